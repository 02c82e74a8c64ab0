/// What is known about one answer.
struct Answer: Sendable {
    /// What was asked.
    let question: Question
    /// 0 if the server took the question and closed the connection, or kept silent.
    let status: Int
    /// The header fields in the order in which they came.
    let fields: [Field]
    /// How many bytes of the body came.
    var length = 0
    /// The first 16 KiB of the body.
    var beginning: [UInt8] = []
    /// The first byte of the body that is not the file's; `nil` if all that came are.
    var difference: Int?
    /// Whether asking stopped because enough was known.
    var isCut = false
    /// Why the body did not come to its end, in curl's words.
    var problem: String?

    struct Field: Sendable {
        let name: String
        let value: String
    }

    /// The value of a field, whatever its name's case; of several the first.
    func field(_ name: String) -> String? {
        self.fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: self.beginning, as: UTF8.self) }

    /// Whether it is a page, by its type or its looks: a server may name the type by the URL.
    var isPage: Bool {
        let beginning = self.text.prefix(100).lowercased().drop { $0.isWhitespace }
        return self.field("Content-Type")?.hasPrefix("text/html") == true || beginning.hasPrefix("<!doctype html")
            || beginning.hasPrefix("<html")
    }

    /// Whether the body is this many bytes of the file and nothing else.
    func isFile(_ count: Int) -> Bool { self.difference == nil && self.length == count && self.problem == nil }

    /// Whether the file came, or so much of it that it is no chance.
    func gives(_ size: Int) -> Bool {
        (200..<300).contains(self.status) && self.difference == nil && self.length > 0
            && (self.length == size || self.isCut)
    }
}
