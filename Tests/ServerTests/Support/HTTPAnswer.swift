/// A response as the client receives it.
struct HTTPAnswer {
    let status: Int
    /// The header fields in the order received.
    let fields: [(name: String, value: String)]
    /// The body without chunked framing; for a method or status without a body, any unexpected bytes.
    var body: [UInt8] = []

    var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The value of a field, by case-insensitive name; several values are joined with `, `.
    func field(_ name: String) -> String? {
        let values = self.fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    init(status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Receives a complete response; the body is passed to `receive`.
    init(
        from socket: Socket, toHead: Bool, readsToEnd: Bool = true, receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var reader = ByteReader(socket)
        self = try Self.head(&reader)

        let hasBody = !toHead && status != 304 && status != 204
        if hasBody, self.field("Transfer-Encoding")?.lowercased() == "chunked" {
            while true {
                let line = try reader.line()
                guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else {
                    throw Failure("invalid chunk size: \(line)")
                }
                if size == 0 { break }
                try reader.pass(size, to: receive)
                guard try reader.line().isEmpty else { throw Failure("a chunk is longer than its size") }
            }
            _ = try Self.fields(&reader)
        } else if hasBody, let length = self.field("Content-Length") {
            guard let length = Int(length) else { throw Failure("Content-Length: \(length)") }
            try reader.pass(length, to: receive)
        }
        // Every request asks the server to close the connection: the remaining bytes belong to the response.
        if readsToEnd { try reader.passRest(to: receive) }
    }

    /// The status and the fields of a response whose body is read separately.
    static func head(_ reader: inout ByteReader) throws -> HTTPAnswer {
        let statusLine = try reader.line()
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard statusLine.hasPrefix("HTTP/1.1 "), words.count >= 2, let status = Int(words[1]) else {
            throw Failure("not a status line: \(statusLine)")
        }
        return HTTPAnswer(status: status, fields: try Self.fields(&reader), body: [])
    }

    private static func fields(_ reader: inout ByteReader) throws -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        while true {
            let line = try reader.line()
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":") else { throw Failure("not a header field: \(line)") }
            fields.append((String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })))
        }
    }
}
