/// Parses a JSON text.
struct JSONParser {
    var bytes: ArraySlice<UInt8>

    mutating func value() throws -> JSONValue {
        self.skipBlanks()
        switch self.bytes.first {
        case UInt8(ascii: "{"): return .object(try self.members())
        case UInt8(ascii: "["): return .array(try self.elements())
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default:
            let digits = self.bytes.prefix { "+-.eE0123456789".utf8.contains($0) }
            guard let number = Double(String(decoding: digits, as: UTF8.self)) else { throw self.failure }
            self.bytes = self.bytes.dropFirst(digits.count)
            return .number(number)
        }
    }

    private mutating func members() throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        try self.list(until: UInt8(ascii: "}")) { parser in
            let name = try parser.string()
            try parser.take(UInt8(ascii: ":"))
            members[name] = try parser.value()
        }
        return members
    }

    private mutating func elements() throws -> [JSONValue] {
        var elements: [JSONValue] = []
        try self.list(until: UInt8(ascii: "]")) { elements.append(try $0.value()) }
        return elements
    }

    private mutating func list(until end: UInt8, _ element: (inout JSONParser) throws -> Void) throws {
        self.bytes.removeFirst()
        self.skipBlanks()
        if self.bytes.first == end {
            self.bytes.removeFirst()
            return
        }
        while true {
            self.skipBlanks()
            try element(&self)
            self.skipBlanks()
            let next = self.bytes.popFirst()
            if next == end { return }
            guard next == UInt8(ascii: ",") else { throw self.failure }
        }
    }

    private mutating func string() throws -> String {
        try self.take(UInt8(ascii: "\""))
        var units: [UInt16] = []
        var plain: [UInt8] = []
        func flush() {
            units += Array(String(decoding: plain, as: UTF8.self).utf16)
            plain = []
        }
        while let byte = self.bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                flush()
                return String(decoding: units, as: UTF16.self)
            case UInt8(ascii: "\\"):
                flush()
                units.append(try self.escaped())
            default: plain.append(byte)
            }
        }
        throw self.failure
    }

    private mutating func escaped() throws -> UInt16 {
        switch self.bytes.popFirst() {
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "u"):
            guard let unit = UInt16(String(decoding: self.bytes.prefix(4), as: UTF8.self), radix: 16) else {
                throw self.failure
            }
            self.bytes = self.bytes.dropFirst(4)
            return unit
        case let byte?: return UInt16(byte)
        case nil: throw self.failure
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
        guard self.bytes.starts(with: word.utf8) else { throw self.failure }
        self.bytes = self.bytes.dropFirst(word.utf8.count)
        return value
    }

    private mutating func take(_ byte: UInt8) throws {
        self.skipBlanks()
        guard self.bytes.popFirst() == byte else { throw self.failure }
    }

    private mutating func skipBlanks() {
        self.bytes = self.bytes.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    private var failure: Failure {
        Failure("not JSON: \(String(decoding: self.bytes.prefix(80), as: UTF8.self))")
    }
}
