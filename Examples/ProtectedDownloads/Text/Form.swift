/// The fields of a form or a query (`application/x-www-form-urlencoded`).
struct Form {
    private var fields: [String: String] = [:]

    /// Parses fields; if a name occurs several times, the first value counts.
    init(_ text: String) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(parts[0])
            if self.fields[name] == nil { self.fields[name] = parts.count == 2 ? Self.decode(parts[1]) : "" }
        }
    }

    /// The value of a field, or `nil`.
    subscript(name: String) -> String? { self.fields[name] }

    private static func decode(_ text: Substring) -> String {
        String(decoding: PercentCoding.decode(text.replacing("+", with: " ")), as: UTF8.self)
    }
}
