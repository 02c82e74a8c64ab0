/// A row of the parity table: a request and its expected outcome.
struct Question: Sendable {
    /// The expected outcome, independent of the delivery.
    enum Outcome: Sendable {
        /// This status, and no byte of a file.
        case status(Int)
        /// 200 and the whole file.
        case whole
        /// 206 and these bytes.
        case part(Range<Int>)
        /// 206 and these bytes, as multipart/byteranges.
        case parts([Range<Int>])

        var status: Int {
            switch self {
            case .status(let status): status
            case .whole: 200
            case .part, .parts: 206
            }
        }
    }

    /// The row's title, unique within its table.
    let title: String
    var method = "GET"
    let target: String
    /// The header fields. `{etag}` and `{date}` stand for the validators of `plain.txt` that the client has received.
    var fields: [String: String] = [:]
    let outcome: Outcome
    /// The content of the file.
    var content: [UInt8] = Corpus.content(of: "plain.txt")
    /// The name under which the client saves the file; `nil` if none is sent.
    var savedName: String?

    func fields(_ validators: [String: String]) -> [String: String] {
        self.fields.mapValues { value in
            validators.reduce(value) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
    }

    /// The same request with HEAD: its response has the header for the whole file, whatever the range.
    var asHead: Question {
        var outcome = self.outcome
        switch self.outcome {
        case .part, .parts, .status(416): outcome = .whole
        case .whole, .status: break
        }
        return Question(
            title: self.title.replacing("GET", with: "HEAD", maxReplacements: 1), method: "HEAD", target: self.target,
            fields: self.fields, outcome: outcome, content: self.content, savedName: self.savedName)
    }

    /// A path with the file's name as hexadecimal digits, which every web server passes on unchanged.
    static func target(_ name: FileName, _ query: String = "", with variant: String? = nil) -> String {
        (variant.map { "/variant/\($0)/" } ?? "/hex/") + name.hexadecimal + query
    }
}
