/// A JSON value (RFC 8259), parsed strictly: it refuses everything that another strict parser might refuse.
enum JSON: Equatable {
    case null
    case flag(Bool)
    /// A number in its original form.
    case number(String)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// Parses one value from the first byte to the last.
    init(_ bytes: some Sequence<UInt8>) throws {
        let bytes = Array(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed(description: "not UTF-8") }
        var reader = Reader(rest: Substring(text).unicodeScalars)
        self = try reader.value()
        guard reader.rest.isEmpty else {
            throw Malformed(description: "more after the value: \(text.debugDescription)")
        }
    }

    subscript(_ name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    private struct Reader {
        var rest: Substring.UnicodeScalarView

        func fail(_ what: String) -> Malformed {
            Malformed(description: "\(what) before \(String(rest).debugDescription)")
        }

        mutating func take(_ expected: String) -> Bool {
            guard self.rest.starts(with: expected.unicodeScalars) else { return false }
            self.rest.removeFirst(expected.unicodeScalars.count)
            return true
        }

        mutating func value() throws -> JSON {
            if self.take("null") { return .null }
            if self.take("true") { return .flag(true) }
            if self.take("false") { return .flag(false) }
            if self.take("\"") { return .text(try self.text()) }
            if self.take("[") { return .list(try self.items("]") { try $0.value() }) }
            if self.take("{") {
                let members = try self.items("}") { reader in
                    guard reader.take("\"") else { throw reader.fail("no name") }
                    let name = try reader.text()
                    guard reader.take(":") else { throw reader.fail("no colon") }
                    return (name, try reader.value())
                }
                guard Set(members.map(\.0)).count == members.count else { throw self.fail("a name twice") }
                return .object(Dictionary(members) { $1 })
            }
            let number = String(self.rest.prefix { "+-.eE0123456789".unicodeScalars.contains($0) })
            guard number.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else {
                throw self.fail("no value")
            }
            self.rest.removeFirst(number.count)
            return .number(number)
        }

        mutating func items<Item>(_ end: String, _ item: (inout Reader) throws -> Item) throws -> [Item] {
            if self.take(end) { return [] }
            var items = [try item(&self)]
            while self.take(",") { items.append(try item(&self)) }
            guard self.take(end) else { throw self.fail("no \(end)") }
            return items
        }

        /// Parses a string after its opening quote.
        mutating func text() throws -> String {
            var units: [UInt16] = []
            while let scalar = self.rest.popFirst() {
                switch scalar {
                case "\"":
                    guard let text = String(validating: units, as: UTF16.self) else { throw self.fail("half a pair") }
                    return text
                case "\\": units += try self.escaped()
                case "\0"..."\u{1F}": throw self.fail("a control character")
                default: units += Array(String(scalar).utf16)
                }
            }
            throw self.fail("an unterminated string")
        }

        mutating func escaped() throws -> [UInt16] {
            switch self.rest.popFirst() {
            case "\"": return [0x22]
            case "\\": return [0x5C]
            case "/": return [0x2F]
            case "b": return [8]
            case "f": return [12]
            case "n": return [10]
            case "r": return [13]
            case "t": return [9]
            case "u":
                let digits = String(self.rest.prefix(4))
                guard digits.wholeMatch(of: /[0-9a-fA-F]{4}/) != nil, let unit = UInt16(digits, radix: 16) else {
                    throw self.fail("no four digits")
                }
                self.rest.removeFirst(4)
                return [unit]
            default: throw self.fail("an invalid escape")
            }
        }
    }
}
