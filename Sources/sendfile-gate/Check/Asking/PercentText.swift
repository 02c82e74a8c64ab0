/// Percent-encoding of paths.
enum PercentText {
    /// Encodes a name, including slashes; unreserved characters (RFC 3986) remain.
    static func encode(_ bytes: some Sequence<UInt8>, keeping kept: String = "") -> String {
        bytes.reduce(into: "") { text, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPlain || "-._~".unicodeScalars.contains(scalar) || kept.unicodeScalars.contains(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += Self.escape(byte)
            }
        }
    }

    /// Encodes every byte.
    static func encodeAll(_ bytes: some Sequence<UInt8>) -> String { bytes.map(Self.escape).joined() }

    private static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
    }

    static func decode(_ text: some Sequence<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        let text = Array(text)
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let byte = UInt8(String(decoding: text[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }
}
