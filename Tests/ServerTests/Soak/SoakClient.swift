import Glibc

/// One of the clients of a soak. Each request's number determines its kind, so every kind occurs equally often everywhere.
struct SoakClient: Sendable {
    let site: HTTPClient
    let tag: String

    private static let small = Corpus.content(of: "plain.txt")

    /// Sends the request of this number and examines the response.
    func run(_ number: Int) throws {
        switch number % 100 {
        case 0: try self.download()
        case 1: try self.downloadSlowly()
        case 2: try self.leave(during: "/file/\(Corpus.large.name)")
        case 3: try self.leave(during: "/wait/600000")
        case 4..<10: try self.expect(404, self.site.get("/file/missing.txt"))
        case 10..<18: try self.expect(304, self.site.get("/file/plain.txt", ["If-None-Match": self.tag]))
        case 18..<26: try self.range(number)
        case 26..<30: try self.upload(number)
        case 30..<34: try self.echo(number)
        case 34..<38: try self.expect(412, self.site.get("/file/plain.txt", ["If-Match": "\"other\""]))
        case 38..<42: try self.expect(500, self.site.get("/throw"))
        case 42..<50:
            let answer = try self.site.send("HEAD", "/file/plain.txt")
            try self.expect(200, answer, length: Self.small.count)
        default: try self.expect(200, self.site.get("/file/plain.txt"), body: Self.small)
        }
    }

    private func expect(_ status: Int, _ answer: HTTPAnswer, body: [UInt8]? = nil, length: Int? = nil) throws {
        guard answer.status == status else { throw Failure("status \(answer.status) in place of \(status)") }
        if let body, answer.body != body { throw Failure("a wrong body of \(answer.body.count) bytes") }
        if let length, answer.field("Content-Length") != "\(length)" { throw Failure("fields: \(answer.fields)") }
    }

    private func download() throws {
        try self.expect(200, self.site.get("/file/\(Corpus.large.name)"), body: Corpus.large.content)
    }

    /// Reads 8 MiB in 32 pieces, with a pause after each.
    private func downloadSlowly() throws {
        var position = 0
        let answer = try self.site.send("GET", "/file/\(Corpus.large.name)", [:]) { piece in
            guard Corpus.large.content.has(piece, at: position) else { throw Failure("wrong bytes at \(position)") }
            if position >> 18 != (position + piece.count) >> 18 { usleep(50_000) }
            position += piece.count
        }
        try self.expect(200, answer)
        guard position == Corpus.large.content.count else { throw Failure("\(position) bytes of a large file") }
    }

    /// Closes the connection when the first bytes have arrived, or after a moment without any.
    private func leave(during target: String) throws {
        let socket = try Socket.connected(to: .host(self.site.host, port: self.site.port))
        try socket.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        var readable = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&readable, 1, 50)
    }

    private func range(_ number: Int) throws {
        let start = number &* 7919 % (7 << 20)
        let answer = try self.site.get("/file/\(Corpus.large.name)", ["Range": "bytes=\(start)-\(start + 65_535)"])
        try self.expect(206, answer, body: Array(Corpus.large.content[start..<start + 65_536]))
    }

    private func upload(_ number: Int) throws {
        let start = number &* 104_729 % (7 << 20)
        let pieces = (0..<4).map { Array(Corpus.large.content[start + ($0 << 16)..<start + (($0 + 1) << 16)]) }
        let body = number % 2 == 0 ? HTTPClient.Body.chunked(pieces) : .bytes(Array(pieces.joined()))
        try self.expect(200, self.site.send("POST", "/count", body: body), body: Array("\(4 << 16)".utf8))
    }

    private func echo(_ number: Int) throws {
        let start = number &* 15_485_863 % (7 << 20)
        let body = Array(Corpus.large.content[start..<start + 10_000])
        try self.expect(200, self.site.send("POST", "/echo", body: .bytes(body)), body: body)
    }
}
