import SendfileBasics

/// A JSON value (RFC 8259) that another program wrote: a log line, or a policy.
package enum JSONText: Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONText])
    case object([String: JSONText])

    /// Parses one value from the first byte to the last; `nil` if the bytes are anything else.
    package init?(_ bytes: ArraySlice<UInt8>) {
        var reader = Reader(bytes: bytes, position: bytes.startIndex)
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = value
    }

    /// A member of an object.
    package subscript(_ name: String) -> JSONText? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text; `nil` for any other value.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The number; `nil` for any other value.
    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// A number of bytes; `nil` for any other value.
    package var count: Int64? {
        guard let number, number >= 0, number < 0x1p63 else { return nil }
        return Int64(number)
    }

    /// The flag; `nil` for any other value.
    package var flag: Bool? {
        if case .flag(let flag) = self { flag } else { nil }
    }

    private struct Reader {
        let bytes: ArraySlice<UInt8>
        var position: Int

        /// Deeper values than any log or policy has are refused, so that a text cannot use up the stack.
        private static let maximumDepth = 16

        var isAtEnd: Bool {
            mutating get {
                self.skipSpace()
                return self.position == self.bytes.endIndex
            }
        }

        private var byte: UInt8? { self.position < self.bytes.endIndex ? self.bytes[self.position] : nil }

        private mutating func skipSpace() {
            while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { self.position += 1 }
        }

        private mutating func take(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard self.bytes.endIndex - self.position >= count else { return false }
            for index in 0..<count where self.bytes[self.position + index] != text.utf8Start[index] { return false }
            self.position += count
            return true
        }

        mutating func value(depth: Int) -> JSONText? {
            guard depth < Self.maximumDepth else { return nil }
            self.skipSpace()
            switch self.byte {
            case UInt8(ascii: "\""): return self.string().map { .text($0) }
            case UInt8(ascii: "{"): return self.object(depth: depth)
            case UInt8(ascii: "["): return self.list(depth: depth)
            case UInt8(ascii: "t"): return self.take("true") ? .flag(true) : nil
            case UInt8(ascii: "f"): return self.take("false") ? .flag(false) : nil
            case UInt8(ascii: "n"): return self.take("null") ? .null : nil
            default: return self.number()
            }
        }

        private mutating func object(depth: Int) -> JSONText? {
            var members: [String: JSONText] = [:]
            self.position += 1
            self.skipSpace()
            if self.take("}") { return .object(members) }
            while true {
                self.skipSpace()
                guard self.byte == UInt8(ascii: "\""), let name = self.string() else { return nil }
                self.skipSpace()
                guard self.take(":"), let value = self.value(depth: depth + 1) else { return nil }
                members[name] = value
                self.skipSpace()
                if self.take("}") { return .object(members) }
                guard self.take(",") else { return nil }
            }
        }

        private mutating func list(depth: Int) -> JSONText? {
            var values: [JSONText] = []
            self.position += 1
            self.skipSpace()
            if self.take("]") { return .list(values) }
            while true {
                guard let value = self.value(depth: depth + 1) else { return nil }
                values.append(value)
                self.skipSpace()
                if self.take("]") { return .list(values) }
                guard self.take(",") else { return nil }
            }
        }

        private mutating func number() -> JSONText? {
            let start = self.position
            _ = self.take("-")
            let isZero = self.byte == UInt8(ascii: "0")
            let digits = self.takeDigits()
            guard digits > 0, !isZero || digits == 1 else { return nil }
            if self.take("."), self.takeDigits() == 0 { return nil }
            if self.take("e") || self.take("E") {
                if !self.take("+") { _ = self.take("-") }
                guard self.takeDigits() > 0 else { return nil }
            }
            return Double(String(decoding: self.bytes[start..<self.position], as: UTF8.self)).map { .number($0) }
        }

        /// Takes digits, and returns their number.
        private mutating func takeDigits() -> Int {
            let start = self.position
            while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.position += 1 }
            return self.position - start
        }

        private mutating func string() -> String? {
            self.position += 1
            var text: [UInt8] = []
            while let byte {
                self.position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let scalar = self.escape() else { return nil }
                    text.append(contentsOf: Array(String(scalar).utf8))
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            guard let byte else { return nil }
            self.position += 1
            switch byte {
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
            case UInt8(ascii: "u"):
                guard let unit = self.hexadecimal() else { return nil }
                guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) }
                guard self.take("\\u"), let low = self.hexadecimal(), (0xDC00...0xDFFF).contains(low) else {
                    return nil
                }
                return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            default: return nil
            }
        }

        private mutating func hexadecimal() -> UInt32? {
            guard self.bytes.endIndex - self.position >= 4 else { return nil }
            defer { self.position += 4 }
            var unit: UInt32 = 0
            for byte in self.bytes[self.position..<self.position + 4] {
                guard let digit = Hexadecimal.digit(byte) else { return nil }
                unit = unit << 4 | UInt32(digit)
            }
            return unit
        }
    }
}
