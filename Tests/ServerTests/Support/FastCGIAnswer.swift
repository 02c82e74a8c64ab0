/// A program's response to one FastCGI request.
struct FastCGIAnswer {
    /// The CGI response: header fields, an empty line, the body.
    var output: [UInt8] = []
    /// The text for the web server's log.
    var errors: [UInt8] = []
    /// The protocol status; 0 for a completed request.
    var protocolStatus: UInt8 = 0

    /// The header fields; `Status` is one of them.
    var fields: [(name: String, value: String)] {
        self.head.split(separator: "\r\n").compactMap { line in
            line.firstIndex(of: ":").map {
                (String(line[..<$0]), String(line[line.index(after: $0)...].drop { $0 == " " }))
            }
        }
    }

    func field(_ name: String) -> String? {
        self.fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var status: Int? { self.field("Status").flatMap { Int($0.prefix(3)) } }

    var body: [UInt8] { self.headLength.map { Array(self.output[($0 + 4)...]) } ?? [] }

    var text: String { String(decoding: self.body, as: UTF8.self) }

    private var head: String { String(decoding: self.output[..<(self.headLength ?? self.output.count)], as: UTF8.self) }

    private var headLength: Int? { self.output.firstRange(of: Array("\r\n\r\n".utf8))?.lowerBound }
}
