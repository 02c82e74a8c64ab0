/// A JSON object on one line (RFC 8259), built member by member.
///
/// Any text stays within its quotes and on its line: quotes, backslashes, control characters, line and paragraph
/// separators and characters that change the writing direction are escaped.
package struct JSONLine: Sendable {
    /// The line without its end.
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// The line with its end.
    package var line: [UInt8] { self.bytes + "}\n".utf8 }

    package init() {}

    /// Adds a text; `nil` is `null`.
    package mutating func add(_ name: String, _ text: String?) {
        self.addName(name)
        if let text { self.append(text) } else { self.bytes.append(contentsOf: "null".utf8) }
    }

    /// Adds a number; `nil` is `null`.
    package mutating func add(_ name: String, _ number: (some BinaryInteger)?) {
        self.add(name, literal: number.map { String($0) })
    }

    /// Adds `true` or `false`; `nil` is `null`.
    package mutating func add(_ name: String, _ flag: Bool?) {
        self.add(name, literal: flag.map { $0 ? "true" : "false" })
    }

    /// Adds JSON text, such as a number with decimals.
    package mutating func add(_ name: String, literal: String?) {
        self.addName(name)
        self.bytes.append(contentsOf: (literal ?? "null").utf8)
    }

    // MARK: Parts

    /// Adds the name of a member, whose value follows.
    mutating func addName(_ name: String) {
        self.separate()
        self.append(name)
        self.bytes.append(UInt8(ascii: ":"))
    }

    /// Adds the comma before a member or an item, unless it is the first one.
    mutating func separate() {
        guard let last = self.bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
        self.bytes.append(UInt8(ascii: ","))
    }

    mutating func beginObject() { self.bytes.append(UInt8(ascii: "{")) }
    mutating func endObject() { self.bytes.append(UInt8(ascii: "}")) }
    mutating func beginList() { self.bytes.append(UInt8(ascii: "[")) }
    mutating func endList() { self.bytes.append(UInt8(ascii: "]")) }

    /// Adds a text in quotes.
    mutating func append(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(UInt8(scalar.value))
            case " "..."~": self.bytes.append(UInt8(scalar.value))
            default: self.appendEscapedIfInvisible(scalar)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscapedIfInvisible(_ scalar: Unicode.Scalar) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            for unit in scalar.utf16 {
                let digits = String(unit, radix: 16)
                self.bytes.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            }
        default: self.bytes.append(contentsOf: scalar.utf8)
        }
    }
}
