import Testing

/// The name of a file below the root: bytes, in whatever encoding.
struct FileName: Hashable, Sendable, CustomTestStringConvertible, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(stringLiteral text: String) { self.bytes = Array(text.utf8) }

    /// With every byte percent-encoded, so that no web server takes one for itself.
    var percentEncoded: String { self.bytes.map { "%" + Self.hexadecimal($0) }.joined() }

    var hexadecimal: String { self.bytes.map(Self.hexadecimal).joined() }

    var testDescription: String { String(decoding: self.bytes, as: UTF8.self).debugDescription }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0\(digits)" : digits
    }
}
