/// An HTTP/1.1 client that sends requests unchanged and returns responses unchanged: no path normalization, redirects
/// or decompression.
struct HTTPClient {
    let port: UInt16
    /// A name or an IP address, without brackets.
    var host = "127.0.0.1"
    /// The value of `Host`; `nil` for `localhost` with the port.
    var authority: String?
    /// The network namespace whose loopback is used.
    var network = Network.own
    /// Whether to read until the connection is closed. Otherwise the Content-Length ends the response.
    var readsToEnd = true

    /// The body of a request.
    enum Body {
        case none
        /// With a Content-Length.
        case bytes([UInt8])
        /// With `Transfer-Encoding: chunked`, one chunk per element.
        case chunked([[UInt8]])
    }

    func get(_ target: String, _ fields: [String: String] = [:]) throws -> HTTPAnswer {
        try self.send("GET", target, fields)
    }

    func send(
        _ method: String, _ target: String, _ fields: [String: String] = [:], body: Body = .none
    ) throws -> HTTPAnswer {
        var bytes: [UInt8] = []
        var answer = try self.send(method, target, fields, body: body) { bytes += $0 }
        answer.body = bytes
        return answer
    }

    /// Sends a request and passes on the response's body, chunk by chunk.
    func send(
        _ method: String, _ target: String, _ fields: [String: String], body: Body = .none,
        receive: (ArraySlice<UInt8>) throws -> Void
    ) throws -> HTTPAnswer {
        let socket = try Socket.connected(to: .host(self.host, port: self.port), in: self.network)
        var head =
            "\(method) \(target) HTTP/1.1\r\nHost: \(self.authority ?? "localhost:\(self.port)")\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        var message = Array(head.utf8)
        switch body {
        case .none: message += "\r\n".utf8
        case .bytes(let bytes): message += Array("Content-Length: \(bytes.count)\r\n\r\n".utf8) + bytes
        case .chunked(let chunks):
            message += "Transfer-Encoding: chunked\r\n\r\n".utf8
            for chunk in chunks {
                message += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
            }
            message += "0\r\n\r\n".utf8
        }
        // A server may refuse a body, answer and close the connection before it has read everything.
        try socket.sendUnlessClosed(message)
        return try HTTPAnswer(
            from: socket, toHead: method == "HEAD", readsToEnd: self.readsToEnd, receive: receive)
    }
}
