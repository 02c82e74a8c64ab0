/// An HTTP/1.1 client that sends what it is given and hides nothing of the answer: no path is made canonical, no redirect
/// followed, nothing decompressed.
struct HTTPClient {
    let port: UInt16
    /// Whose loopback the port is on.
    var network = Network.own
    /// Whether the answer ends with the connection. A peer that does not close it is taken at its Content-Length.
    var readsToEnd = true

    /// The body of a request.
    enum Body {
        case none
        /// With a Content-Length.
        case bytes([UInt8])
        /// With `Transfer-Encoding: chunked`, a chunk for each.
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

    /// Sends a request and passes the body of the answer on, piece by piece.
    func send(
        _ method: String, _ target: String, _ fields: [String: String], body: Body = .none,
        receive: (ArraySlice<UInt8>) throws -> Void
    ) throws -> HTTPAnswer {
        let socket = try Socket.connected(to: .loopback(port: self.port), in: self.network)
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost:\(self.port)\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        switch body {
        case .none:
            try socket.send("\(head)\r\n".utf8)
        case .bytes(let bytes):
            try socket.send("\(head)Content-Length: \(bytes.count)\r\n\r\n".utf8)
            try socket.send(bytes)
        case .chunked(let chunks):
            try socket.send("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8)
            for chunk in chunks {
                try socket.send("\(String(chunk.count, radix: 16))\r\n".utf8)
                try socket.send(chunk)
                try socket.send("\r\n".utf8)
            }
            try socket.send("0\r\n\r\n".utf8)
        }
        return try HTTPAnswer(
            from: socket, toHead: method == "HEAD", readsToEnd: self.readsToEnd, receive: receive)
    }
}
