import SendfileBasics

/// The fields of a form or of a query (`application/x-www-form-urlencoded`, WHATWG URL §5.1).
///
/// ```swift
/// let form = try await request.form(upTo: 8192)
/// guard let name = form["name"], let password = form["password"] else { return Response(status: .badRequest) }
/// let page = request.queryFields["page"] ?? "1"
/// ```
public struct FormFields: Sendable, Hashable {
    /// One field, decoded.
    public struct Field: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value; empty where there is no `=`.
        public let value: String
    }

    /// All fields in the order in which they were sent.
    public let all: [Field]

    /// Reads fields: `+` is a space, `%XX` is a byte, and bytes that are not UTF-8 are replaced by U+FFFD.
    ///
    /// Nothing limits the number of fields here; ``Request/form(upTo:fieldLimit:)`` does.
    public init(_ text: String) {
        // There cannot be more fields than this limit.
        self.init(Array(text.utf8), limit: .max)!
    }

    /// `nil` if there are more fields than `limit`.
    init?(_ bytes: [UInt8], limit: Int) {
        var fields: [Field] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            guard fields.count < limit else { return nil }
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            fields.append(Field(name: Self.decode(pair[..<equals]), value: Self.decode(pair[equals...].dropFirst())))
        }
        self.all = fields
    }

    /// The value of the first field with this name, or `nil`.
    public subscript(name: String) -> String? { self.all.first { $0.name == name }?.value }

    /// The values of all fields with this name, as of several checkboxes.
    public func values(_ name: String) -> [String] { self.all.filter { $0.name == name }.map(\.value) }

    private static func decode(_ text: ArraySlice<UInt8>) -> String {
        let spaced = text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decode(spaced), as: UTF8.self)
    }
}
