import Testing

/// The name of a file below the root: bytes, in any encoding.
struct FileName: Hashable, Sendable, CustomTestStringConvertible, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(stringLiteral text: String) { self.bytes = Array(text.utf8) }

    /// The name with every byte percent-encoded except slashes, because an encoded slash would be refused. Web servers
    /// interpret none of it.
    var percentEncoded: String {
        self.bytes.map { $0 == UInt8(ascii: "/") ? "/" : "%" + Self.hexadecimal($0) }.joined()
    }

    var hexadecimal: String { self.bytes.map(Self.hexadecimal).joined() }

    /// The name in quotes; invisible or invalid text is escaped, and a long name is truncated.
    var testDescription: String {
        guard let text = String(validating: self.bytes, as: UTF8.self) else {
            return "bytes \(self.bytes.prefix(12).map(Self.hexadecimal).joined(separator: " "))\(self.ellipsis(12))"
        }
        var description = ""
        for scalar in text.unicodeScalars.prefix(40) {
            switch scalar.properties.generalCategory {
            case .control, .format, .nonspacingMark, .lineSeparator, .unassigned,
                .spaceSeparator where scalar != " ":
                description += "\\u{\(String(scalar.value, radix: 16))}"
            default: description.unicodeScalars.append(scalar)
            }
        }
        return "\"\(description)\"\(text.unicodeScalars.count > 40 ? self.ellipsis(0) : "")"
    }

    private func ellipsis(_ shown: Int) -> String { self.bytes.count > shown ? "… (\(self.bytes.count) bytes)" : "" }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0\(digits)" : digits
    }
}
