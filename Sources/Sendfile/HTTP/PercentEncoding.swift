/// Percent-encoding (RFC 3986 §2.1) of bytes.
package enum PercentEncoding {
    /// A set of ASCII characters that stay as they are: a bit each.
    struct ByteSet: Sendable {
        private var low: UInt64 = 0
        private var high: UInt64 = 0

        init(_ characters: String) {
            for byte in characters.utf8 { self.insert(byte) }
        }

        mutating func insert(_ byte: UInt8) {
            if byte < 64 { self.low |= 1 << UInt64(byte) } else { self.high |= 1 << UInt64(byte - 64) }
        }

        @inline(__always)
        func contains(_ byte: UInt8) -> Bool {
            byte < 0x80 && (byte < 64 ? self.low : self.high) >> UInt64(byte & 63) & 1 != 0
        }
    }

    private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    /// Unreserved characters (RFC 3986 §2.3) and `/`.
    static let pathCharacters = ByteSet(alphanumerics + "-._~/")

    /// `attr-char` of RFC 8187 §3.2.1.
    static let attributeCharacters = ByteSet(alphanumerics + "!#$&+-.^_`|~")

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
    package static func encodePath(_ path: some Collection<UInt8>) -> [UInt8] {
        Self.encode(path, keeping: Self.pathCharacters)
    }

    /// Encodes every byte that is not in `kept`, and appends to `prefix`.
    static func encode(_ bytes: some Collection<UInt8>, keeping kept: ByteSet, after prefix: String = "") -> [UInt8] {
        func digit(_ number: UInt8) -> UInt8 {
            number < 10 ? UInt8(ascii: "0") + number : UInt8(ascii: "A") + number - 10
        }
        var encoded: [UInt8] = []
        encoded.append(upTo: prefix.utf8.count + bytes.count * 3) { writer in
            writer.put(prefix)
            for byte in bytes {
                if kept.contains(byte) {
                    writer.put(byte)
                } else {
                    writer.put(UInt8(ascii: "%"))
                    writer.put(digit(byte >> 4))
                    writer.put(digit(byte & 15))
                }
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
