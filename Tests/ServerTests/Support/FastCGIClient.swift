/// The web server's side of a FastCGI connection: sends records and parses responses.
struct FastCGIClient {
    enum RecordType: UInt8 {
        case beginRequest = 1
        case abortRequest = 2
        case endRequest = 3
        case parameters = 4
        case input = 5
        case output = 6
        case errors = 7
    }

    struct Record {
        let type: RecordType
        let request: UInt16
        let content: [UInt8]
    }

    let socket: Socket

    init(_ address: Address) throws { self.socket = try Socket.connected(to: address) }

    /// Sends a complete request and receives the complete response.
    func exchange(
        _ method: String, _ target: String, parameters: [String: String] = [:], body: [UInt8] = [], id: UInt16 = 1,
        keepConnection: Bool = false
    ) throws -> FastCGIAnswer {
        try self.begin(
            method, target, parameters: parameters, contentLength: body.count, id: id, keepConnection: keepConnection)
        try self.sendInput(body, id: id)
        try self.endInput(id: id)
        return try self.receiveAnswer(id: id)
    }

    /// Sends everything of a request that precedes its body.
    func begin(
        _ method: String, _ target: String, parameters: [String: String] = [:], contentLength: Int, id: UInt16 = 1,
        keepConnection: Bool = false
    ) throws {
        let records = Self.head(
            method, target, parameters: parameters, contentLength: contentLength, id: id, keepConnection: keepConnection
        )
        for record in records { try self.socket.send(record) }
    }

    /// The records of a request that precede its body.
    static func head(
        _ method: String, _ target: String, parameters: [String: String] = [:], contentLength: Int, id: UInt16 = 1,
        keepConnection: Bool = false
    ) -> [[UInt8]] {
        var all = [
            "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method, "REQUEST_URI": target, "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": String(contentLength),
        ]
        all.merge(parameters) { $1 }
        var encoded: [UInt8] = []
        for (name, value) in all {
            encoded += Self.length(name.utf8.count) + Self.length(value.utf8.count)
            encoded += Array(name.utf8) + Array(value.utf8)
        }
        return [
            Self.record(.beginRequest, [0, 1, keepConnection ? 1 : 0, 0, 0, 0, 0, 0], id: id),
            Self.record(.parameters, encoded, id: id), Self.record(.parameters, [], id: id),
        ]
    }

    func sendInput(_ bytes: [UInt8], id: UInt16 = 1) throws {
        for start in stride(from: 0, to: bytes.count, by: 65_528) {
            try self.send(.input, Array(bytes[start..<min(start + 65_528, bytes.count)]), id: id)
        }
    }

    func endInput(id: UInt16 = 1) throws { try self.send(.input, [], id: id) }

    /// Receives records up to the end of the request.
    func receiveAnswer(id: UInt16 = 1) throws -> FastCGIAnswer {
        var answer = FastCGIAnswer()
        while true {
            let record = try self.receive()
            guard record.request == id else { throw Failure("a record of request \(record.request), not \(id)") }
            switch record.type {
            case .output: answer.output += record.content
            case .errors: answer.errors += record.content
            case .endRequest:
                guard record.content.count == 8 else { throw Failure("END_REQUEST with \(record.content.count) bytes") }
                answer.protocolStatus = record.content[4]
                return answer
            default: throw Failure("an unexpected record of type \(record.type)")
            }
        }
    }

    /// The next record.
    func receive() throws -> Record {
        let head = try self.receive(exactly: 8)
        guard head[0] == 1, let type = RecordType(rawValue: head[1]) else { throw Failure("not a record: \(head)") }
        let content = try self.receive(exactly: Int(head[4]) << 8 | Int(head[5]))
        _ = try self.receive(exactly: Int(head[6]))
        return Record(type: type, request: UInt16(head[2]) << 8 | UInt16(head[3]), content: content)
    }

    private func receive(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try self.socket.receive(atMost: count - bytes.count)
            guard !more.isEmpty else { throw Failure("the connection ended within a record") }
            bytes += more
        }
        return bytes
    }

    private func send(_ type: RecordType, _ content: [UInt8], id: UInt16) throws {
        try self.socket.send(Self.record(type, content, id: id))
    }

    static func record(_ type: RecordType, _ content: [UInt8], id: UInt16 = 1) -> [UInt8] {
        let head: [UInt8] = [
            1, type.rawValue, UInt8(id >> 8), UInt8(id & 255), UInt8(content.count >> 8), UInt8(content.count & 255), 0,
            0,
        ]
        return head + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        count < 128 ? [UInt8(count)] : [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: (count | 1 << 31) >> $0) }
    }
}
