/// The grammars of header fields, written a second time from the text of the RFCs, to compare with.
enum FieldGrammar {
    // MARK: Entity tags (RFC 9110 §8.8.3)

    struct Tag: Equatable {
        let isWeak: Bool
        let opaque: [UInt8]

        /// §8.8.3.2
        func matches(_ other: Tag, strongly: Bool) -> Bool {
            self.opaque == other.opaque && !(strongly && (self.isWeak || other.isWeak))
        }
    }

    /// `#entity-tag`, in which a recipient ignores empty elements (§5.6.1.2); `nil` for any other text.
    static func tags(_ field: String) -> [Tag]? {
        let bytes = Array(field.utf8)
        var tags: [Tag] = []
        var index = 0
        func skipSpace() { while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 } }
        while true {
            skipSpace()
            if index < bytes.count, bytes[index] != UInt8(ascii: ",") {
                let isWeak = bytes[index...].starts(with: "W/".utf8)
                if isWeak { index += 2 }
                guard index < bytes.count, bytes[index] == 0x22 else { return nil }
                let start = index + 1
                guard let end = bytes[start...].firstIndex(of: 0x22),
                    bytes[start..<end].allSatisfy({ $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 })
                else { return nil }
                tags.append(Tag(isWeak: isWeak, opaque: Array(bytes[start..<end])))
                index = end + 1
                skipSpace()
            }
            if index == bytes.count { return tags }
            guard bytes[index] == UInt8(ascii: ",") else { return nil }
            index += 1
        }
    }

    // MARK: Ranges (RFC 9110 §14)

    enum Ranges: Equatable {
        /// Another unit.
        case otherUnit
        case malformed
        /// The ranges that exist in a file, in order, and the number of requested ones.
        case some([Range<UInt64>], of: Int)
    }

    static func ranges(_ field: String, size: UInt64) -> Ranges {
        let parts = field.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let unit = parts[0].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        guard parts.count == 2, unit.elementsEqual("bytes".utf8) else { return .otherUnit }
        let largest = UInt64(Int64.max)
        var found: [Range<UInt64>] = []
        var count = 0
        for element in parts[1].split(separator: UInt8(ascii: ",")) {
            let text = Array(element)
            let spec = Array(
                text.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed())
            if spec.isEmpty { continue }
            count += 1
            let ends = spec.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
            guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
                !(ends[0].isEmpty && ends[1].isEmpty)
            else { return .malformed }
            // Numbers that are larger than every size are equal.
            func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
                let digits = digits.drop { $0 == 0x30 }
                return digits.count > 19 ? largest : min(largest, digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) })
            }
            if ends[0].isEmpty {
                let length = min(number(ends[1]), size)
                if length > 0 { found.append(size - length..<size) }
                continue
            }
            let first = number(ends[0])
            let last = ends[1].isEmpty ? UInt64.max : number(ends[1])
            guard first <= last else { return .malformed }
            if first < size { found.append(first..<(last < size ? last + 1 : size)) }
        }
        return count == 0 ? .malformed : .some(found, of: count)
    }

    // MARK: Content-Disposition (RFC 6266 §4.1, RFC 8187 §3.2)

    struct Disposition {
        var type = ""
        /// The value of `filename`.
        var name: [UInt8]?
        /// The decoded value of `filename*`.
        var extendedName: [UInt8]?
    }

    static func disposition(_ field: String) -> Disposition? {
        let bytes = Array(field.utf8)
        var index = 0
        func isToken(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & ~0x20)
                || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        func token() -> [UInt8]? {
            let token = Array(bytes[index...].prefix(while: isToken))
            index += token.count
            return token.isEmpty ? nil : token
        }
        func skipSpace() { while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 } }
        func quoted() -> [UInt8]? {
            index += 1
            var text: [UInt8] = []
            while index < bytes.count, bytes[index] != 0x22 {
                if bytes[index] == UInt8(ascii: "\\") { index += 1 }
                guard index < bytes.count, bytes[index] >= 0x20 || bytes[index] == 0x09, bytes[index] != 0x7F else {
                    return nil
                }
                text.append(bytes[index])
                index += 1
            }
            guard index < bytes.count else { return nil }
            index += 1
            return text
        }
        var disposition = Disposition()
        guard let type = token() else { return nil }
        disposition.type = String(decoding: type, as: UTF8.self)
        while true {
            skipSpace()
            if index == bytes.count { return disposition }
            guard bytes[index] == UInt8(ascii: ";") else { return nil }
            index += 1
            skipSpace()
            guard let parameter = token(), index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return nil }
            index += 1
            guard index < bytes.count, let value = bytes[index] == 0x22 ? quoted() : token() else { return nil }
            switch String(decoding: parameter, as: UTF8.self) {
            case "filename" where disposition.name == nil: disposition.name = value
            case "filename*" where disposition.extendedName == nil:
                guard let name = Self.extended(value) else { return nil }
                disposition.extendedName = name
            default: return nil
            }
        }
    }

    /// ext-value: charset, language and value-chars.
    private static func extended(_ value: [UInt8]) -> [UInt8]? {
        let parts = value.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("UTF-8".utf8), parts[1].isEmpty else { return nil }
        var decoded: [UInt8] = []
        var rest = parts[2]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                // attr-char has none of these, though a token has.
                guard !"*'%".utf8.contains(byte) else { return nil }
                decoded.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            decoded.append(UInt8(digits[0] << 4 | digits[1]))
            rest = rest.dropFirst(2)
        }
        return decoded
    }
}
