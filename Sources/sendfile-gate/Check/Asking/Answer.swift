/// One response of the web server.
struct Answer: Sendable {
    /// The request that was sent.
    let question: Question
    /// The status code; 0 if the server accepted the request and closed the connection, or sent nothing.
    let status: Int
    /// The header fields in the order received.
    let fields: [Field]
    /// The number of body bytes received.
    var length = 0
    /// The first 16 KiB of the body.
    var beginning: [UInt8] = []
    /// The position of the first body byte that differs from the file; `nil` if all received bytes are equal.
    var difference: Int?
    /// Whether reading stopped early because enough of the body was known.
    var isCut = false
    /// The address to which the request was sent; `nil` if it is unknown.
    var peer: String?
    /// The reason why the body is incomplete, in curl's words.
    var problem: String?

    struct Field: Sendable {
        let name: String
        let value: String
    }

    /// The value of a field, by case-insensitive name; the first one if there are several.
    func field(_ name: String) -> String? {
        self.fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: self.beginning, as: UTF8.self) }

    /// Whether the body is an HTML page, by its type or its beginning: a server may derive the type from the URL.
    var isPage: Bool {
        let beginning = self.text.prefix(100).lowercased().drop { $0.isWhitespace }
        return self.field("Content-Type")?.hasPrefix("text/html") == true || beginning.hasPrefix("<!doctype html")
            || beginning.hasPrefix("<html")
    }

    /// Whether this is a page with status 200.
    var isPageWith200: Bool { self.status == 200 && self.isPage }

    /// Whether the body is exactly the expected number of the file's bytes.
    func isFile(_ count: Int) -> Bool { self.difference == nil && self.length == count && self.problem == nil }

    /// Whether the file was received, or enough of it to rule out coincidence.
    func gives(_ size: Int) -> Bool {
        (200..<300).contains(self.status) && self.difference == nil && self.length > 0
            && (self.length == size || self.isCut)
    }
}
