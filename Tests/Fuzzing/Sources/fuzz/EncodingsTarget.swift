@testable import ExampleReaders
@testable import SendfileBasics

/// Encodings of bytes, against a second implementation that follows the text of each RFC.
enum EncodingsTarget {
    static func run(_ input: Input) {
        let bytes = Array(input.rest)
        Self.percent(bytes)
        Self.base64(bytes)
        Self.hexadecimal(bytes)
        require(
            Array(ReadableText.decode(bytes).utf8) == bytes || String(validating: bytes, as: UTF8.self) == nil,
            "\(bytes)")
    }

    private static func percent(_ bytes: [UInt8]) {
        // RFC 3986 §2.1
        var decoded: [UInt8] = []
        var isStrict = true
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%") {
                let digits = bytes[min(index + 1, bytes.count)..<min(index + 3, bytes.count)]
                if digits.count == 2, let byte = Self.byte(digits) {
                    decoded.append(byte)
                    index += 3
                    continue
                }
                isStrict = false
            }
            decoded.append(bytes[index])
            index += 1
        }
        require(PercentEncoding.decode(bytes) == decoded, "\(bytes)")
        require(PercentEncoding.decodeStrictly(bytes) == (isStrict ? decoded : nil), "\(bytes)")
        for kept in [
            PercentEncoding.unreservedCharacters, PercentEncoding.pathCharacters, PercentEncoding.attributeCharacters,
            PercentEncoding.noCharacters,
        ] {
            let text = PercentEncoding.text(bytes, keeping: kept)
            require(PercentEncoding.decodeStrictly(text.utf8) == bytes, text)
            require(text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, text)
        }
    }

    private static func byte(_ digits: ArraySlice<UInt8>) -> UInt8? {
        let values = digits.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return values.count == 2 ? UInt8(values[0] * 16 + values[1]) : nil
    }

    private static func base64(_ bytes: [UInt8]) {
        for (encoding, last, isPadded) in [(Base64.standard, "+/", true), (Base64.url, "-_", false)] {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
            // RFC 4648 §4: each group of 24 bits, the last one filled with zeros.
            var text: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let group = bytes[start..<min(start + 3, bytes.count)]
                let number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
                for place in 0...group.count { text.append(alphabet[number >> (18 - 6 * place) & 63]) }
                if isPadded { text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - group.count) }
            }
            require(encoding.encode(bytes) == String(decoding: text, as: UTF8.self), "\(bytes)")
            require(encoding.decode(text) == bytes, "\(text)")
            guard let decoded = encoding.decode(bytes) else { continue }
            let again = Array(encoding.encode(decoded).utf8)
            require(
                again == bytes || isPadded && again.prefix { $0 != UInt8(ascii: "=") }.elementsEqual(bytes), "\(bytes)")
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) {
        let text = SendfileBasics.Hexadecimal.encode(bytes)
        require(text == ExampleReaders.Hexadecimal.encode(bytes), text)
        for decode in [
            SendfileBasics.Hexadecimal.decode(text.uppercased().utf8), ExampleReaders.Hexadecimal.decode(text.utf8),
        ] {
            require(decode == bytes, text)
        }
        let pairs = stride(from: 0, to: bytes.count, by: 2).map { Self.byte(bytes[$0..<min($0 + 2, bytes.count)]) }
        let expected = pairs.contains(nil) ? nil : pairs.compactMap(\.self)
        require(SendfileBasics.Hexadecimal.decode(bytes) == expected, "\(bytes)")
    }
}
