/// Base 64 (RFC 4648).
package struct Base64: Sendable {
    private let alphabet: [UInt8]
    private let isPadded: Bool

    /// The standard alphabet with padding (§4). Reading accepts a text without its padding.
    package static let standard = Self(last: "+/", isPadded: true)

    /// The URL and filename safe alphabet (§5) without padding.
    package static let url = Self(last: "-_", isPadded: false)

    private init(last: String, isPadded: Bool) {
        self.alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        self.isPadded = isPadded
    }

    /// Encodes bytes.
    package func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits = 0
        var count = 0
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xFFFF
            count += 8
            while count >= 6 {
                count -= 6
                text.append(self.alphabet[bits >> count & 63])
            }
        }
        if count > 0 { text.append(self.alphabet[bits << (6 - count) & 63]) }
        while self.isPadded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes a text; `nil` if it is invalid.
    ///
    /// Unused bits must be zero (§3.5), so that all bytes have only one text. Padding may be missing but not wrong.
    package func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        var letters = 0
        var padding = 0
        for character in text {
            if self.isPadded, character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = self.value(character) else { return nil }
            letters += 1
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 255))
            }
        }
        guard count < 6, bits & (1 << count - 1) == 0 else { return nil }
        guard padding == 0 || padding < 3 && (letters + padding).isMultiple(of: 4) else { return nil }
        return bytes
    }

    private func value(_ character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0")) + 52
        case self.alphabet[62]: 62
        case self.alphabet[63]: 63
        default: nil
        }
    }
}
