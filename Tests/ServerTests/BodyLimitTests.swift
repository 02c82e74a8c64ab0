import Glibc
import Testing

/// Bodies larger than the configurations of `conf` accept: every client can send one, and most servers store it on
/// disk.
@Suite(.serialized) struct BodyLimitTests {
    /// The site's limit, and the number of further bytes that a server and the sockets may hold before the client
    /// receives the response.
    private static let limit = 64 << 20
    private static let smallLimit = 64 << 10
    private static let slack = 16 << 20
    /// More than this is never sent: a server without a limit would fill the disk.
    private static let most = 160 << 20

    @Test("A body of the maximum size arrives complete", arguments: WebServer.allCases)
    func whole(_ server: WebServer) throws {
        let site = try Site.shared(Delivery(server: server, streams: false))
        for isChunked in [false, true] {
            let (status, answer, _) = try Self.post("/count", Self.limit, isChunked: isChunked, to: site.port)
            #expect(status == 200, "chunked: \(isChunked)")
            #expect(answer.hasSuffix("\(Self.limit)"), "chunked: \(isChunked)")
        }
    }

    @Test("A larger body is answered with 413, and the rest is not read", arguments: WebServer.allCases)
    func longer(_ server: WebServer) throws {
        let site = try Site.shared(Delivery(server: server, streams: false))
        try Self.expectRefusal(
            "/count", above: Self.limit, by: site.port,
            ofUnknownLength: Self.unknown(server))
    }

    @Test("The limit for bodies is small for the gate", arguments: GateSite.servers)
    func gate(_ server: WebServer) throws {
        try Self.expectRefusal(
            "/plain.txt", above: Self.smallLimit, by: try GateSite.shared(.init(server: server)).port,
            ofUnknownLength: Self.unknown(server))
    }

    @Test(
        "The limit for bodies is small for an authorizer, except for the application behind it",
        arguments: AuthorizerSite.Server.allCases)
    func authorizer(_ server: AuthorizerSite.Server) throws {
        let port = try AuthorizerSite.shared(server).port
        try Self.expectRefusal(
            "/application/x", above: Self.limit, by: port,
            ofUnknownLength: [.fcgid: [500]][server] ?? [413])
        // A file is sent, or POST refused, without reading a body of unknown length.
        try Self.expectRefusal("/files/plain.txt", above: Self.smallLimit, by: port, ofUnknownLength: nil)
    }

    /// The statuses for a body that is too long and of unknown length. mod_fcgid knows 500 only. mod_proxy_fcgi and
    /// Caddy pass a body on as it arrives: the program drops the rest, so that its response is not lost.
    private static func unknown(_ server: WebServer) -> [Int] {
        switch server {
        case .apacheFcgid, .apacheLocalRedirect: [500]
        case .apacheProxyFcgi, .caddy, .lighttpd, .nginx: [413]
        }
    }

    /// - Parameter unknown: The status for a body of unknown length; `nil` for any.
    private static func expectRefusal(
        _ target: String, above limit: Int, by port: UInt16, ofUnknownLength unknown: [Int]?
    ) throws {
        for (length, isChunked) in [
            (limit + 1, false), (1 << 40, false), (limit + 1, true), (limit + (64 << 20), true),
        ] {
            let (status, _, taken) = try Self.post(target, length, isChunked: isChunked, to: port)
            let expected = isChunked ? unknown ?? [status] : [413]
            #expect(expected.contains(status), "\(target), \(length) bytes, chunked: \(isChunked)")
            #expect(taken <= limit + Self.slack, "\(target), \(length) bytes, chunked: \(isChunked)")
        }
    }

    /// Sends a body until a response arrives.
    ///
    /// - Returns: The status and the text of the response, and the number of accepted body bytes.
    private static func post(
        _ target: String, _ length: Int, isChunked: Bool, to port: UInt16
    ) throws -> (status: Int, text: String, taken: Int) {
        let socket = try Socket.connected(to: .loopback(port: port))
        let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length)"
        try socket.send(
            "POST \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: user=alice\r\n\(framing)\r\n\r\n"
                .utf8)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        var taken = 0
        do {
            while taken < length, !socket.hasInput {
                guard taken < Self.most else { return (0, "no answer after \(taken) bytes", taken) }
                let bytes = piece.prefix(length - taken)
                try socket.send(
                    isChunked
                        ? Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0D, 0x0A] : Array(bytes))
                taken += bytes.count
            }
            if isChunked, taken == length { try socket.send("0\r\n\r\n".utf8) }
        } catch {
            // The server has closed its side. Its response is read below, unless a reset has overtaken it.
        }
        var text: [UInt8] = []
        let answer = try HTTPAnswer(from: socket, toHead: false, readsToEnd: false) { text += $0 }
        return (answer.status, String(decoding: text, as: UTF8.self), taken)
    }
}

extension Socket {
    /// Whether something has arrived, or the other side has closed.
    fileprivate var hasInput: Bool {
        var poll = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }
}
