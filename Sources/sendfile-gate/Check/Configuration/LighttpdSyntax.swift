/// Reads lighttpd's configuration: assignments, and conditions with a block in braces.
struct LighttpdSyntax: BracedSyntax {
    var text: ConfigurationText
    private let directory: String?
    private let depth: Int

    init(_ text: ConfigurationText, in directory: String?, depth: Int) {
        (self.text, self.directory, self.depth) = (text, directory, depth)
    }

    /// Reads up to a closing brace.
    mutating func block() -> [Directive] {
        var directives: [Directive] = []
        while true {
            self.text.skipSpace()
            guard let byte = self.text.next, byte != UInt8(ascii: "}") else { return directives }
            let line = self.text.line
            let name = self.text.take { !ConfigurationText.isSpace($0) && !"=+:{}~!^\"".utf8.contains($0) }
            if name.hasPrefix("$") || name == "else" {
                directives.append(self.condition(name, line))
            } else if name == "include" || name == "include_shell" {
                self.text.skipSpace()
                let pattern = self.text.next == UInt8(ascii: "\"") ? self.text.takeQuoted() : ""
                // include_shell "/usr/share/lighttpd/use-ipv6.pl " + server.port
                _ = self.text.take { !"\n#}".utf8.contains($0) }
                guard name == "include", let directory else { continue }
                for file in ConfigurationText.files(pattern, in: directory) {
                    directives += Self.read(file, in: directory, depth: self.depth + 1)
                }
            } else {
                self.text.skipSpace()
                let sign = self.text.take { "=+:".utf8.contains($0) }
                let value = self.value()
                // No assignment: skip a byte, so that reading ends.
                if sign == "", value == "", name == "" { _ = self.text.take() }
                if sign != "" {
                    directives.append(
                        Directive(name: name, words: [sign, value], file: self.text.file, line: line))
                }
            }
        }
    }

    /// Reads a condition such as `$HTTP["host"] == "example.org" { … }`, or `else` before one or before a block.
    private mutating func condition(_ start: String, _ line: Int) -> Directive {
        var name = start
        var words: [String] = []
        if name == "else" {
            self.text.skipSpace()
            if self.text.next == UInt8(ascii: "$") { words.append("else") }
            // "else if" is a spelling of newer versions.
            if self.text.take("if") { self.text.skipSpace() }
            if self.text.next == UInt8(ascii: "$") { name = self.text.take { $0 != UInt8(ascii: "[") && $0 != 0x7B } }
        }
        // The name ended before the first quote.
        if name.hasPrefix("$") {
            name += self.text.take { $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "\n") }
            if self.text.take("]") { name += "]" }
            self.text.skipSpace()
            words.append(self.text.take { "=!~^$".utf8.contains($0) })
            self.text.skipSpace()
            words.append(self.text.next == UInt8(ascii: "\"") ? self.text.takeQuoted() : self.value())
        }
        var directive = Directive(name: name, words: words, file: self.text.file, line: line)
        self.text.skipSpace()
        directive.children = []
        if self.text.take("{"), self.text.enterBlock() {
            directive.children = self.block()
            self.text.leaveBlock()
            _ = self.text.take()
        }
        return directive
    }

    /// Reads a value on one line: a text, a number or a list, possibly several joined by `+`.
    private mutating func value() -> String {
        var parts: [String] = []
        repeat {
            self.text.skipSpace()
            parts.append(self.single())
            self.text.skipSpace()
        } while self.text.take("+")
        return parts.joined(separator: " + ")
    }

    private mutating func single() -> String {
        switch self.text.next {
        case UInt8(ascii: "\""): return "\"\(self.text.takeQuoted())\""
        case UInt8(ascii: "("):
            var text = ""
            var depth = 0
            repeat {
                switch self.text.next {
                case nil: return text
                case UInt8(ascii: "\""): text += "\"\(self.text.takeQuoted())\""
                case UInt8(ascii: "#"): self.text.skipSpace()
                case let byte?:
                    _ = self.text.take()
                    if byte == UInt8(ascii: "(") { depth += 1 }
                    if byte == UInt8(ascii: ")") { depth -= 1 }
                    let isSpace = ConfigurationText.isSpace(byte)
                    if !isSpace || !text.hasSuffix(" ") {
                        text += isSpace ? " " : String(decoding: [byte], as: UTF8.self)
                    }
                }
            } while depth > 0
            return text
        default:
            return self.text.take { !ConfigurationText.isSpace($0) && !"+{}#".utf8.contains($0) }
        }
    }
}
