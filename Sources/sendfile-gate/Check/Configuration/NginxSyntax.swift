/// Reads nginx's configuration: directives that end with a semicolon or contain a block in braces.
struct NginxSyntax: BracedSyntax {
    var text: ConfigurationText
    private let directory: String
    private let depth: Int

    init(_ text: ConfigurationText, in directory: String, depth: Int) {
        (self.text, self.directory, self.depth) = (text, directory, depth)
    }

    /// Reads up to a closing brace.
    mutating func block() -> [Directive] {
        var directives: [Directive] = []
        while true {
            self.text.skipSpace()
            guard let byte = self.text.next, byte != UInt8(ascii: "}") else { return directives }
            let line = self.text.line
            var words: [String] = []
            while let byte = self.text.next, byte != UInt8(ascii: ";"), byte != UInt8(ascii: "{"),
                byte != UInt8(ascii: "}")
            {
                words.append(self.word())
                self.text.skipSpace()
            }
            let name = words.first ?? ""
            var directive = Directive(
                name: name, words: Array(words.dropFirst()), file: self.text.file, line: line)
            if self.text.next == UInt8(ascii: "{") {
                _ = self.text.take()
                directive.children = self.block()
                _ = self.text.take()
            } else if self.text.next == UInt8(ascii: ";") {
                _ = self.text.take()
            }
            if name == "include", let pattern = directive.words.first {
                for file in ConfigurationText.files(pattern, in: self.directory) {
                    directives += Self.read(file, in: self.directory, depth: self.depth + 1)
                }
            } else if name != "" {
                directives.append(directive)
            }
        }
    }

    private mutating func word() -> String {
        if let quote = self.text.next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            return self.text.takeQuoted()
        }
        var last: UInt8 = 0
        return self.text.take { byte in
            defer { last = byte }
            // "${name}" is a variable and begins no block.
            let isVariable = byte == UInt8(ascii: "{") && last == UInt8(ascii: "$")
            return isVariable
                || !ConfigurationText.isSpace(byte) && byte != UInt8(ascii: ";") && byte != UInt8(ascii: "{")
        }
    }
}
