/// Reads Apache's configuration: a directive per line, and sections in angle brackets.
struct ApacheSyntax {
    private var text: ConfigurationText
    private let directory: String
    private let depth: Int

    /// The directives of a file and of the files that it includes.
    static func read(_ file: String) -> [Directive] {
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        // Red Hat's ServerRoot is the directory above.
        let root = directory.hasSuffix("/conf") ? String(directory.dropLast(5)) : directory
        return self.read(file, in: root, depth: 0)
    }

    /// The directives of an included file.
    static func read(_ file: String, in directory: String, depth: Int) -> [Directive] {
        guard depth < ConfigurationText.deepest, let text = ConfigurationText(of: file) else { return [] }
        return self.read(text, in: directory, depth: depth)
    }

    static func read(_ text: ConfigurationText, in directory: String = "/", depth: Int = 0) -> [Directive] {
        var syntax = ApacheSyntax(text: text, directory: directory, depth: depth)
        return syntax.section()
    }

    /// Reads up to the end of a section.
    private mutating func section() -> [Directive] {
        var directives: [Directive] = []
        while let (line, text) = self.logicalLine() {
            if text.hasPrefix("</") { break }
            let isSection = text.hasPrefix("<")
            let words = Self.words(isSection ? String(text.dropFirst().prefix { $0 != ">" }) : text)
            guard let name = words.first else { continue }
            var directive = Directive(
                name: isSection ? "<\(name)>" : name, words: Array(words.dropFirst()), file: self.text.file, line: line)
            if isSection, self.text.enterBlock() {
                directive.children = self.section()
                self.text.leaveBlock()
            }
            switch name.lowercased() {
            case "include", "includeoptional":
                for pattern in directive.words {
                    for file in ConfigurationText.files(pattern, in: self.directory) {
                        directives += Self.read(file, in: self.directory, depth: self.depth + 1)
                    }
                }
            // A module that a section names is assumed to be loaded.
            case "ifmodule", "ifdefine", "ifversion", "ifdirective", "iffile", "ifsection":
                if directive.words.first?.hasPrefix("!") != true { directives += directive.children ?? [] }
            default: directives.append(directive)
            }
        }
        return directives
    }

    /// The next line that is neither empty nor a comment, with the lines that continue it after a backslash.
    private mutating func logicalLine() -> (Int, String)? {
        while self.text.next != nil {
            let start = self.text.line
            var line = self.physicalLine()
            while line.hasSuffix("\\"), self.text.next != nil {
                line.removeLast()
                line += " " + self.physicalLine()
            }
            if line != "", !line.hasPrefix("#") { return (start, line) }
        }
        return nil
    }

    private mutating func physicalLine() -> String {
        let line = self.text.take { $0 != UInt8(ascii: "\n") }
        _ = self.text.take()
        let start = line.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func words(_ line: String) -> [String] {
        var text = ConfigurationText(line, file: "")
        var words: [String] = []
        while true {
            _ = text.take(while: ConfigurationText.isSpace)
            guard let byte = text.next else { return words }
            let isQuoted = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
            words.append(isQuoted ? text.takeQuoted() : text.take { !ConfigurationText.isSpace($0) })
        }
    }
}
