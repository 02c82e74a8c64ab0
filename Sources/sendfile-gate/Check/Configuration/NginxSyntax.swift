/// Reads nginx's configuration: directives that end with a semicolon or contain a block in braces.
struct NginxSyntax: BracedSyntax {
    var text: ConfigurationText
    private let directory: String?
    private let depth: Int

    init(_ text: ConfigurationText, in directory: String?, depth: Int) {
        (self.text, self.directory, self.depth) = (text, directory, depth)
    }

    /// The server blocks for HTTP: at the top, as in an included file, or in `http`.
    static func servers(_ directives: [Directive]) -> [Directive] {
        directives.flatMap { $0.name == "http" ? $0.children("server") : [$0] }.filter {
            $0.name == "server" && $0.children != nil
        }
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
                if self.text.enterBlock() {
                    directive.children = self.block()
                    self.text.leaveBlock()
                    directive.end = (self.text.index, self.text.line)
                    _ = self.text.take()
                }
            } else if self.text.next == UInt8(ascii: ";") {
                _ = self.text.take()
            }
            if name == "include", let directory, let pattern = directive.words.first {
                for file in ConfigurationText.files(pattern, in: directory) {
                    directives += Self.read(file, in: directory, depth: self.depth + 1)
                }
            } else if name != "" {
                directives.append(directive)
            }
        }
    }

    /// Reads a word. A backslash protects the next character, and stays unless that is a quote or a backslash.
    private mutating func word() -> String {
        let quotes = [UInt8(ascii: "\""), UInt8(ascii: "'")]
        let quote = self.text.next.flatMap { quotes.contains($0) ? $0 : nil }
        if quote != nil { _ = self.text.take() }
        var word: [UInt8] = []
        while let byte = self.text.next {
            if let quote {
                if byte == quote {
                    _ = self.text.take()
                    break
                }
            } else if ConfigurationText.isSpace(byte) || byte == UInt8(ascii: ";")
                // "${name}" is a variable and begins no block.
                || byte == UInt8(ascii: "{") && word.last != UInt8(ascii: "$")
            {
                break
            }
            _ = self.text.take()
            guard byte == UInt8(ascii: "\\"), let protected = self.text.take() else {
                word.append(byte)
                continue
            }
            if !quotes.contains(protected), protected != byte { word.append(byte) }
            word.append(protected)
        }
        return String(decoding: word, as: UTF8.self)
    }
}
