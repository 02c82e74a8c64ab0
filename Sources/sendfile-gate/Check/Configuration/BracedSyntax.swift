/// The language of a web server whose blocks are in braces.
protocol BracedSyntax {
    /// The text, from the place that is read next.
    var text: ConfigurationText { get set }

    /// - Parameters:
    ///   - directory: The directory to which a relative path of `include` belongs; `nil` reads no other file, and keeps
    ///     `include` as a directive.
    ///   - depth: The number of files that include this text.
    init(_ text: ConfigurationText, in directory: String?, depth: Int)

    /// Reads up to a closing brace, or to the end.
    mutating func block() -> [Directive]
}

extension BracedSyntax {
    /// The directives of a file and of the files that it includes.
    static func read(_ file: String) -> [Directive] {
        self.read(file, in: file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ".", depth: 0)
    }

    /// The directives of an included file.
    static func read(_ file: String, in directory: String, depth: Int) -> [Directive] {
        guard depth < ConfigurationText.deepest, let text = ConfigurationText(of: file) else { return [] }
        return self.read(text, in: directory, depth: depth)
    }

    /// The directives of a text.
    static func read(_ text: ConfigurationText, in directory: String? = nil, depth: Int = 0) -> [Directive] {
        var syntax = Self(text, in: directory, depth: depth)
        var directives: [Directive] = []
        while syntax.text.next != nil {
            directives += syntax.block()
            // A brace without a partner.
            _ = syntax.text.take()
        }
        return directives
    }
}
