import Glibc

/// A web server's side of connections that does, in a random order, everything that a web server and its clients may do.
///
/// It throws if a response that ends has other bytes than the right ones, or if a response does not end within the time
/// limit of a socket.
struct RandomPeer {
    /// The end of one exchange.
    enum End: Hashable {
        case answered
        /// The peer closed the connection itself.
        case givenUp
        /// The program closed the connection before the end of the response.
        case lost
        /// The program answered with a status of an error.
        case refused
    }

    private let address: Address
    /// The state of erand48(3).
    private var random: [UInt16]

    init(_ address: Address, seed: UInt64) {
        self.address = address
        self.random = [0, 16, 32].map { UInt16(truncatingIfNeeded: seed >> $0) }
    }

    /// One connection, with one or several requests.
    mutating func act() throws -> End {
        do {
            let client = try FastCGIClient(self.address)
            switch self.below(10) {
            case 0: return try self.text(client)
            case 1: return try self.kept(client)
            case 2: return try self.upload(client)
            case 3: return try self.unfinishedUpload(client)
            case 4: return try self.unfinishedHead(client)
            case 5: return try self.abort(client)
            case 6: return try self.part(client)
            case 7: return try self.unfinishedRead(client)
            case 8: return try self.failure(client)
            default: return try self.held(client)
            }
        } catch let failure as Failure where failure.isLostConnection {
            return .lost
        }
    }

    // MARK: Exchanges

    private mutating func text(_ client: FastCGIClient, keepConnection: Bool = false) throws -> End {
        try self.send(
            self.request("GET", "/file/plain.txt", keepConnection: keepConnection)
                + FastCGIClient.record(.input, []), to: client)
        return try Self.expect(client.receiveAnswer(), 200, Corpus.content(of: "plain.txt"))
    }

    private mutating func kept(_ client: FastCGIClient) throws -> End {
        for _ in 0..<self.below(6) {
            let end =
                try self.below(2) == 0
                ? self.text(client, keepConnection: true) : self.part(client, keepConnection: true)
            if end != .answered { return end }
        }
        return try self.text(client)
    }

    private mutating func upload(_ client: FastCGIClient) throws -> End {
        let body = self.bytes(self.below(150_000))
        try self.send(self.request("POST", "/echo", length: body.count), to: client)
        try self.sendBody(body, to: client)
        try client.endInput()
        return try Self.expect(client.receiveAnswer(), 200, body)
    }

    private mutating func unfinishedUpload(_ client: FastCGIClient) throws -> End {
        let body = self.bytes(1 + self.below(50_000))
        try self.send(self.request("POST", "/count", length: body.count + 1), to: client)
        try self.sendBody(body, to: client)
        return .givenUp
    }

    private mutating func unfinishedHead(_ client: FastCGIClient) throws -> End {
        let request = self.request("GET", "/ready")
        try self.send(Array(request.prefix(self.below(request.count))), to: client)
        return .givenUp
    }

    /// A request that the web server ends while its handler waits.
    private mutating func abort(_ client: FastCGIClient) throws -> End {
        try self.send(self.request("GET", "/wait/\(self.below(4))") + FastCGIClient.record(.input, []), to: client)
        if self.below(2) == 0 { usleep(useconds_t(self.below(3_000))) }
        // Without the abort, 200; with it, 503 or no response. The program may have closed the connection before it.
        do {
            try self.send(FastCGIClient.record(.abortRequest, []), to: client)
            let answer = try client.receiveAnswer()
            if !answer.output.isEmpty { _ = try Self.expect(answer, 200, Array("waited".utf8)) }
        } catch let failure as Failure where failure.isLostConnection {}
        return .givenUp
    }

    /// A part of a large file, which the peer may read slowly.
    private mutating func part(_ client: FastCGIClient, keepConnection: Bool = false) throws -> End {
        let (range, parameters) = self.range()
        try self.send(
            self.request("GET", "/file/\(Corpus.large.name)", parameters, keepConnection: keepConnection)
                + FastCGIClient.record(.input, []), to: client)
        if self.below(3) == 0 { usleep(useconds_t(self.below(3_000))) }
        return try Self.expect(client.receiveAnswer(), 206, Array(Corpus.large.content[range]))
    }

    private mutating func unfinishedRead(_ client: FastCGIClient) throws -> End {
        let target = "/file/\(Corpus.large.name)"
        try self.send(self.request("GET", target) + FastCGIClient.record(.input, []), to: client)
        for _ in 0..<self.below(4) { _ = try client.socket.receive(atMost: 1 + self.below(60_000)) }
        return .givenUp
    }

    /// A handler that throws.
    private mutating func failure(_ client: FastCGIClient) throws -> End {
        try self.send(self.request("GET", "/throw") + FastCGIClient.record(.input, []), to: client)
        let answer = try client.receiveAnswer()
        guard answer.status == 500 else { throw Failure("/throw: \(answer.status ?? 0)") }
        return .answered
    }

    /// A response that begins before the body of its request is complete.
    private mutating func held(_ client: FastCGIClient) throws -> End {
        let body = self.bytes(1 + self.below(5_000))
        try self.send(self.request("POST", "/hold", length: body.count), to: client)
        try self.sendBody(body, to: client)
        try client.endInput()
        return try Self.expect(
            client.receiveAnswer(), 200, Array("begun and ended after \(body.count) bytes".utf8))
    }

    // MARK: Requests and bytes

    private mutating func request(
        _ method: String, _ target: String, _ parameters: [String: String] = [:], length: Int = 0,
        keepConnection: Bool = false
    ) -> [UInt8] {
        Array(
            FastCGIClient.head(
                method, target, parameters: parameters, contentLength: length, keepConnection: keepConnection
            ).joined())
    }

    private mutating func range() -> (bytes: Range<Int>, parameters: [String: String]) {
        let start = self.below(Corpus.large.content.count - 200_000)
        let range = start..<start + 1 + self.below(200_000)
        return (range, ["HTTP_RANGE": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
    }

    /// Sends bytes in pieces, or at once.
    private mutating func send(_ bytes: [UInt8], to client: FastCGIClient) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(self.below(3) == 0 ? 1 + self.below(rest.count) : rest.count)
            try client.socket.send(piece)
            rest = rest.dropFirst(piece.count)
            if self.below(4) == 0 { sched_yield() }
        }
    }

    /// Sends a body in records of random lengths.
    private mutating func sendBody(_ body: [UInt8], to client: FastCGIClient) throws {
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 + self.below(min(rest.count, 60_000)))
            try self.send(FastCGIClient.record(.input, Array(piece)), to: client)
            rest = rest.dropFirst(piece.count)
        }
    }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: self.below(256)), count: count)
    }

    private mutating func below(_ limit: Int) -> Int { Int(erand48(&self.random) * Double(limit)) }

    /// Throws unless a complete response is the right one, or an error with a body of its own.
    private static func expect(_ answer: FastCGIAnswer, _ status: Int, _ body: [UInt8]) throws -> End {
        switch answer.status {
        case status:
            guard answer.body == body else {
                throw Failure("a complete response has \(answer.body.count) wrong bytes, not \(body.count) right ones")
            }
            return .answered
        case 500, 503: return .refused
        default: throw Failure("status \(answer.status ?? 0), not \(status): \(answer.text.prefix(200))")
        }
    }
}

extension Failure {
    /// Whether the program closed the connection.
    fileprivate var isLostConnection: Bool {
        ["the connection ended", "the peer closed the connection", "Connection reset", "Broken pipe"].contains {
            self.description.contains($0)
        }
    }
}
