/// Percent-encoding (RFC 3986 §2.1) of bytes.
package enum PercentEncoding {
    /// A set of bytes that stay as they are, as a table of 256 flags.
    typealias ByteSet = [Bool]

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
    private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    /// Unreserved characters (RFC 3986 §2.3) and `/`.
    static let pathCharacters = set(alphanumerics + "-._~/")

    /// `attr-char` of RFC 8187 §3.2.1.
    static let attributeCharacters = set(alphanumerics + "!#$&+-.^_`|~")

    /// A set of ASCII characters.
    static func set(_ characters: String) -> ByteSet {
        var set = ByteSet(repeating: false, count: 256)
        for byte in characters.utf8 { set[Int(byte)] = true }
        return set
    }

    /// Decodes each `%XX` once; a `%` that is not followed by two hexadecimal digits stays as it is.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8] {
        let text = Array(text)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let high = Self.digit(text[index + 1]), let low = Self.digit(text[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(text[index])
                index += 1
            }
        }
        return decoded
    }

    /// Encodes every byte but unreserved characters (RFC 3986 §2.3) and `/`.
    package static func encodePath(_ path: some Sequence<UInt8>) -> [UInt8] {
        Self.encode(path, keeping: Self.pathCharacters)
    }

    /// Encodes every byte that is not in `kept`, and appends to `prefix`.
    static func encode(_ bytes: some Sequence<UInt8>, keeping kept: ByteSet, after prefix: String = "") -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(prefix.utf8.count + bytes.underestimatedCount)
        encoded.append(contentsOf: prefix.utf8)
        for byte in bytes {
            if kept[Int(byte)] {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(Self.hexadecimal[Int(byte >> 4)])
                encoded.append(Self.hexadecimal[Int(byte & 15)])
            }
        }
        return encoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
