/// Reads a Caddyfile: lines that may have a block in braces, and at the top the blocks of sites, snippets and global options.
///
/// A block of global options has the name `{`, and a site that of its first address. A file for one site needs no braces. The lines of
/// a snippet or file stand in place of `import`, with their own places; a snippet also stays as a block `(name)`. The line
/// `import` itself stays if the snippet or file does not exist.
///
/// As Caddy 2.6.2 and 2.11.4 read it, except that heredocs and `{args[0]}` are read for both; they are new in 2.7.
struct CaddySyntax {
    private let readsFiles: Bool
    private var snippets: [String: [CaddyToken]] = [:]
    /// The number of directives that are still read. Snippets that import others twice would have no end.
    private var rest = 200_000

    private init(readsFiles: Bool) { self.readsFiles = readsFiles }

    /// The directives of a file and of the files that it imports.
    static func read(_ file: String) -> [Directive] {
        guard let text = ConfigurationText(of: file) else { return [] }
        return Self.read(text, readsFiles: true)
    }

    /// The directives of a text.
    static func read(_ text: ConfigurationText, readsFiles: Bool = false) -> [Directive] {
        var syntax = Self(readsFiles: readsFiles)
        return syntax.top(CaddyToken.all(in: text), depth: 0)
    }

    /// Whether a directive at the top is the block of a site.
    static func isSite(_ directive: Directive) -> Bool {
        directive.children != nil && directive.name != "{" && !directive.name.hasPrefix("(")
            && !directive.name.hasPrefix("&(")
    }

    /// The blocks of a file.
    private mutating func top(_ tokens: [CaddyToken], depth: Int) -> [Directive] {
        var directives: [Directive] = []
        var index = 0
        while index < tokens.count, self.rest > 0 {
            let token = tokens[index]
            if token.closes {
                // A brace without a partner.
                index += 1
            } else if token.text == "import", !token.isQuoted {
                directives += self.imported(tokens, &index, depth, isTop: true)
            } else {
                directives.append(self.block(tokens, &index, depth))
            }
        }
        return directives
    }

    /// A block at the top.
    private mutating func block(_ tokens: [CaddyToken], _ index: inout Int, _ depth: Int) -> Directive {
        let first = tokens[index]
        var words: [String] = []
        while index < tokens.count, !tokens[index].opens {
            // A comma at the end of a line announces another address.
            guard words.isEmpty || tokens[index].isOnLine(of: tokens[index - 1]) || words.last?.hasSuffix(",") == true
            else { break }
            words.append(tokens[index].text)
            index += 1
        }
        self.rest -= 1
        var directive = Directive(
            name: words.first ?? "{", words: Array(words.dropFirst()), file: first.file, line: first.line)
        guard index < tokens.count, tokens[index].opens else {
            // The site of a file without braces.
            directive.children = self.lines(Array(tokens[index...]), depth)
            index = tokens.count
            return directive
        }
        index += 1
        let start = index
        directive.children = self.lines(tokens, &index, depth, nesting: 1)
        if words.count == 1, directive.name.hasPrefix("("), directive.name.hasSuffix(")") {
            self.snippets[String(directive.name.dropFirst().dropLast())] = Array(tokens[start..<index])
        }
        if index < tokens.count { index += 1 }
        return directive
    }

    /// All directives of an imported text.
    private mutating func lines(_ tokens: [CaddyToken], _ depth: Int) -> [Directive] {
        var directives: [Directive] = []
        var index = 0
        while index < tokens.count, self.rest > 0 {
            directives += self.lines(tokens, &index, depth, nesting: 1)
            // A brace without a partner.
            index += 1
        }
        return directives
    }

    /// Reads up to a closing brace.
    private mutating func lines(
        _ tokens: [CaddyToken], _ index: inout Int, _ depth: Int, nesting: Int
    ) -> [Directive] {
        var directives: [Directive] = []
        while index < tokens.count, !tokens[index].closes, self.rest > 0 {
            let first = tokens[index]
            if first.text == "import", !first.isQuoted {
                directives += self.imported(tokens, &index, depth, isTop: false)
                continue
            }
            let words = Self.words(tokens, &index)
            self.rest -= 1
            var directive = Directive(
                name: words.first?.text ?? "{", words: words.dropFirst().map(\.text), file: first.file,
                line: first.line)
            if index < tokens.count, tokens[index].opens {
                index += 1
                // Without a limit, a file of opening braces would use up the stack.
                if nesting < 100 {
                    directive.children = self.lines(tokens, &index, depth, nesting: nesting + 1)
                    if index < tokens.count { index += 1 }
                }
            }
            directives.append(directive)
        }
        return directives
    }

    /// The words of a line, up to a brace.
    private static func words(_ tokens: [CaddyToken], _ index: inout Int) -> [CaddyToken] {
        let start = index
        while index < tokens.count, !tokens[index].opens, !tokens[index].closes,
            index == start || tokens[index].isOnLine(of: tokens[index - 1])
        {
            index += 1
        }
        return Array(tokens[start..<index])
    }

    /// The directives of the snippet or the files that a line imports.
    private mutating func imported(
        _ tokens: [CaddyToken], _ index: inout Int, _ depth: Int, isTop: Bool
    ) -> [Directive] {
        let words = Self.words(tokens, &index)
        var directive = Directive(
            name: "import", words: words.dropFirst().map(\.text), file: words[0].file, line: words[0].line)
        if index < tokens.count, tokens[index].opens {
            index += 1
            directive.children = self.lines(tokens, &index, depth, nesting: 2)
            if index < tokens.count { index += 1 }
        }
        self.rest -= 1
        guard let name = directive.words.first, depth < ConfigurationText.deepest else { return [directive] }
        let arguments = Array(directive.words.dropFirst())
        var texts: [[CaddyToken]] = []
        if let snippet = self.snippets[name] {
            texts = [snippet]
        } else if self.readsFiles {
            let directory = directive.file.lastIndex(of: "/").map { String(directive.file[..<$0]) } ?? "."
            texts = ConfigurationText.files(name, in: directory).compactMap(ConfigurationText.init(of:))
                .map(CaddyToken.all)
        }
        guard !texts.isEmpty else { return [directive] }
        return texts.flatMap { text -> [Directive] in
            let tokens = Self.filled(text, arguments)
            return isTop ? self.top(tokens, depth: depth + 1) : self.lines(tokens, depth + 1)
        }
    }

    /// The words with the arguments of `import` in place of `{args[0]}`, `{args.0}`, and of `{args[:]}` for several.
    private static func filled(_ tokens: [CaddyToken], _ arguments: [String]) -> [CaddyToken] {
        tokens.flatMap { token -> [CaddyToken] in
            guard token.text.contains("{args") else { return [token] }
            if token.text.hasPrefix("{args["), token.text.hasSuffix("]}"), token.text.contains(":") {
                let bounds = token.text.dropFirst(6).dropLast(2).split(
                    separator: ":", omittingEmptySubsequences: false)
                let end = min(Int(bounds.last ?? "") ?? arguments.count, arguments.count)
                return arguments[min(max(Int(bounds[0]) ?? 0, 0), max(end, 0))..<max(end, 0)].map { argument in
                    CaddyToken(
                        text: argument, file: token.file, line: token.line, breaks: 0, isQuoted: token.isQuoted)
                }
            }
            var token = token
            for (number, argument) in arguments.enumerated() {
                token.text = token.text.replacing("{args[\(number)]}", with: argument)
                    .replacing("{args.\(number)}", with: argument)
            }
            return [token]
        }
    }
}
