/// The cookies that a client sent (RFC 6265 §4.2).
public struct Cookies: Sendable {
    private let pairs: [(name: Substring, value: Substring)]

    /// Parses the value of a `Cookie` header field.
    public init(_ field: String?) {
        self.pairs = (field ?? "").split(separator: ";").compactMap { pair in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            var value = pair[pair.index(after: equals)...].trimmed
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            return (pair[..<equals].trimmed, value)
        }
    }

    /// The value of the first cookie with this name, as it was sent, or `nil`.
    public subscript(name: String) -> String? {
        self.pairs.first { $0.name == name }.map { String($0.value) }
    }

    /// The names of all cookies, in order.
    public var names: [String] { self.pairs.map { String($0.name) } }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
