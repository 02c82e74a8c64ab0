/// The cookies that a client sent (RFC 6265 §4.2).
public struct Cookies: Sendable {
    private let pairs: [(name: Substring, value: Substring)]

    /// Parses the value of a `Cookie` header field.
    public init(_ field: String?) {
        // Bytes are parsed, because a `;` and an accent behind it are one `Character`.
        let quote = UInt8(ascii: "\"")
        self.pairs = (field ?? "").utf8.split(separator: UInt8(ascii: ";")).compactMap { pair in
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            var value = pair[pair.index(after: equals)...].trimmed
            if value.count >= 2, value.first == quote, value.last == quote { value = value.dropFirst().dropLast() }
            return (Substring(pair[..<equals].trimmed), Substring(value))
        }
    }

    /// The value of the first cookie with this name, as it was sent, or `nil`.
    public subscript(name: String) -> String? {
        self.pairs.first { $0.name == name }.map { String($0.value) }
    }

    /// The values of all cookies with this name, as they were sent, in order. Browsers send the cookie with the longest path first.
    public subscript(values name: String) -> [String] {
        self.pairs.filter { $0.name == name }.map { String($0.value) }
    }

    /// The names of all cookies, in order.
    public var names: [String] { self.pairs.map { String($0.name) } }
}

extension Substring.UTF8View {
    fileprivate var trimmed: Self {
        var text = self
        while let first = text.first, Self.isSpace(first) { text = text.dropFirst() }
        while let last = text.last, Self.isSpace(last) { text = text.dropLast() }
        return text
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
