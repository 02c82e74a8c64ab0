/// Percent-encoding (RFC 3986 §2.1) of bytes.
package enum PercentEncoding {
    /// A set of ASCII characters that stay as they are: a bit each.
    package struct ByteSet: Sendable {
        @usableFromInline var low: UInt64 = 0
        @usableFromInline var high: UInt64 = 0

        package init(_ characters: String) {
            for byte in characters.utf8 { self.insert(byte) }
        }

        package mutating func insert(_ byte: UInt8) {
            if byte < 64 { self.low |= 1 << UInt64(byte) } else { self.high |= 1 << UInt64(byte - 64) }
        }

        @inlinable @inline(__always)
        package func contains(_ byte: UInt8) -> Bool {
            byte < 0x80 && (byte < 64 ? self.low : self.high) >> UInt64(byte & 63) & 1 != 0
        }
    }

    private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    /// Unreserved characters (RFC 3986 §2.3).
    package static let unreservedCharacters = ByteSet(alphanumerics + "-._~")

    /// Unreserved characters and `/`.
    package static let pathCharacters = ByteSet(alphanumerics + "-._~/")

    /// `attr-char` of RFC 8187 §3.2.1.
    package static let attributeCharacters = ByteSet(alphanumerics + "!#$&+-.^_`|~")

    /// No character: every byte is encoded.
    package static let noCharacters = ByteSet("")

    /// Whether a byte is an unreserved character.
    package static func isUnreserved(_ byte: UInt8) -> Bool { self.unreservedCharacters.contains(byte) }

    /// Decodes each `%XX` once; a `%` that is not followed by two hexadecimal digits stays as it is.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.withContiguousBytes { self.decode($0, isStrict: false) ?? [] }
    }

    /// Decodes each `%XX` once; `nil` if a `%` is not followed by two hexadecimal digits.
    package static func decodeStrictly(_ text: some Sequence<UInt8>) -> [UInt8]? {
        text.withContiguousBytes { self.decode($0, isStrict: true) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>, isStrict: Bool) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] != UInt8(ascii: "%") {
                decoded.append(text[index])
                index += 1
            } else if index + 2 < text.count, let high = Hexadecimal.digit(text[index + 1]),
                let low = Hexadecimal.digit(text[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else if isStrict {
                return nil
            } else {
                decoded.append(text[index])
                index += 1
            }
        }
        return decoded
    }

    /// Encodes every byte but unreserved characters (RFC 3986 §2.3) and `/`.
    package static func encodePath(_ path: some Sequence<UInt8>) -> [UInt8] {
        self.encode(path, keeping: self.pathCharacters)
    }

    /// Encodes every byte but the characters of `kept`, which are unreserved characters unless given.
    package static func text(
        _ bytes: some Sequence<UInt8>, keeping kept: ByteSet = PercentEncoding.unreservedCharacters
    ) -> String {
        String(decoding: self.encode(bytes, keeping: kept), as: UTF8.self)
    }

    /// Encodes every byte that is not in `kept`, and appends to `prefix`.
    package static func encode(
        _ bytes: some Sequence<UInt8>, keeping kept: ByteSet, after prefix: String = ""
    ) -> [UInt8] {
        bytes.withContiguousBytes { self.encode($0, keeping: kept, after: prefix) }
    }

    /// Calls `body` with the bytes of a slice of an array, which are always contiguous.
    package static func encode(
        _ bytes: ArraySlice<UInt8>, keeping kept: ByteSet, after prefix: String = ""
    ) -> [UInt8] {
        bytes.withUnsafeBufferPointer { self.encode($0, keeping: kept, after: prefix) }
    }

    private static func encode(
        _ bytes: UnsafeBufferPointer<UInt8>, keeping kept: ByteSet, after prefix: String
    ) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.append(upTo: prefix.utf8.count + bytes.count * 3) { writer in
            writer.put(prefix)
            for byte in bytes {
                if kept.contains(byte) {
                    writer.put(byte)
                } else {
                    writer.put(UInt8(ascii: "%"))
                    writer.put(Hexadecimal.upperCaseDigit(byte >> 4))
                    writer.put(Hexadecimal.upperCaseDigit(byte & 15))
                }
            }
        }
        return encoded
    }
}

extension Sequence<UInt8> {
    /// Calls `body` with the bytes in contiguous memory.
    ///
    /// Functions that read every byte use this memory. A generic collection of another module may be read through a
    /// witness table, with a call for each byte: the path of a file then takes 7,000 instructions instead of 300.
    fileprivate func withContiguousBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        self.withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
    }
}
