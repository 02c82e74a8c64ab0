@testable import SendfileJSON

/// A second reader of JSON, straight from the grammar of RFC 8259, to compare with.
///
/// Two things are as in the reader of logs: half of a surrogate pair is invalid, and so are values deeper than a log has. Bytes that are
/// not UTF-8 are replaced.
struct JSONGrammar {
    private let bytes: [UInt8]
    private var index = 0

    static func value(of bytes: [UInt8], deepest: Int) -> JSONText? {
        var grammar = JSONGrammar(bytes: bytes)
        guard let value = grammar.element(deepest), grammar.index == bytes.count else { return nil }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard self.bytes[self.index...].starts(with: text.utf8) else { return false }
        self.index += text.utf8.count
        return true
    }

    /// ws
    private mutating func space() {
        while let next, [0x20, 0x09, 0x0A, 0x0D].contains(next) { self.index += 1 }
    }

    /// ws value ws
    private mutating func element(_ depth: Int) -> JSONText? {
        self.space()
        defer { self.space() }
        guard depth > 0 else { return nil }
        if self.take("true") { return .flag(true) }
        if self.take("false") { return .flag(false) }
        if self.take("null") { return .null }
        switch self.next {
        case UInt8(ascii: "\""): return self.string().map { .text($0) }
        case UInt8(ascii: "["):
            var values: [JSONText] = []
            guard
                self.sequence(
                    "[", "]",
                    { grammar in
                        grammar.element(depth - 1).map { values.append($0) } != nil
                    })
            else { return nil }
            return .list(values)
        case UInt8(ascii: "{"):
            var members: [String: JSONText] = [:]
            guard
                self.sequence(
                    "{", "}",
                    { grammar in
                        grammar.space()
                        guard let name = grammar.string() else { return false }
                        grammar.space()
                        guard grammar.take(":"), let value = grammar.element(depth - 1) else { return false }
                        members[name] = value
                        return true
                    })
            else { return nil }
            return .object(members)
        default: return self.number().map { .number($0) }
        }
    }

    private mutating func sequence(_ begin: String, _ end: String, _ item: (inout Self) -> Bool) -> Bool {
        _ = self.take(begin)
        self.space()
        if self.take(end) { return true }
        repeat {
            guard item(&self) else { return false }
            self.space()
        } while self.take(",")
        return self.take(end)
    }

    private mutating func digits() -> Int {
        let start = self.index
        while let next, (0x30...0x39).contains(next) { self.index += 1 }
        return self.index - start
    }

    /// [ minus ] int [ frac ] [ exp ]
    private mutating func number() -> Double? {
        let start = self.index
        _ = self.take("-")
        let isZero = self.next == 0x30
        let count = self.digits()
        guard count > 0, !isZero || count == 1 else { return nil }
        if self.take("."), self.digits() == 0 { return nil }
        if self.take("e") || self.take("E") {
            if !self.take("+") { _ = self.take("-") }
            guard self.digits() > 0 else { return nil }
        }
        return Double(String(decoding: self.bytes[start..<self.index], as: UTF8.self))
    }

    private mutating func string() -> String? {
        guard self.take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = self.next {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case 0..<0x20: return nil
            case UInt8(ascii: "\\"):
                guard let scalar = self.escape() else { return nil }
                text += Array(String(Character(scalar)).utf8)
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        let simple: [String: Unicode.Scalar] = [
            "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
        ]
        for (letter, scalar) in simple where self.take(letter) { return scalar }
        guard let first = self.unit() else { return nil }
        guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) }
        guard self.take("\\"), let second = self.unit(), second & 0xFC00 == 0xDC00 else { return nil }
        return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF)
    }

    /// %x75 4HEXDIG
    private mutating func unit() -> UInt32? {
        guard self.take("u"), self.index + 4 <= self.bytes.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(self.bytes[self.index])).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
            self.index += 1
        }
        return value
    }
}
