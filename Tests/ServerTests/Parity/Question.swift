/// A row of the parity table: what a client asks, and what comes back.
struct Question: Sendable {
    /// What comes back, as far as it does not depend on who sends it.
    enum Outcome: Sendable {
        /// This status, and no byte of any file.
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

    /// The row's heading; no two of a table are equal.
    let title: String
    var method = "GET"
    let target: String
    /// `{etag}` and `{date}` stand for the validators that the client has seen of `plain.txt`.
    var fields: [String: String] = [:]
    let outcome: Outcome
    /// What is in the file.
    var content: [UInt8] = Corpus.content(of: "plain.txt")
    /// The name that the client saves the file under; `nil` if it is not told one.
    var savedName: String?

    func fields(_ validators: [String: String]) -> [String: String] {
        self.fields.mapValues { value in
            validators.reduce(value) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
    }

    /// The same with HEAD: whoever asks so gets the head for the whole file, whatever the range.
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

    /// The path of a request for a file by the digits of its name: no web server has an opinion about those.
    static func target(_ name: FileName, _ query: String = "", with variant: String? = nil) -> String {
        (variant.map { "/variant/\($0)/" } ?? "/hex/") + name.hexadecimal + query
    }
}
