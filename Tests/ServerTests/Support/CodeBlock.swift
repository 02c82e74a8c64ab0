import Testing

/// A fenced block of an article, such as a program or a part of a web server's configuration.
struct CodeBlock: Sendable, CustomTestStringConvertible {
    /// The article's path below the package.
    let article: String
    /// The number of the block's first line in the article.
    let line: Int
    /// The text after the opening fence.
    let language: String
    let text: String

    var testDescription: String { "\(self.article):\(self.line)" }

    /// The directory of this package.
    static let package =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

    /// The articles: paths below the package.
    static var articles: [String] {
        get throws {
            let catalogues = try Files.names(in: "\(Self.package)/Sources").map { "Sources/\($0)/Documentation.docc" }
            let examples = try Files.names(in: "\(Self.package)/Examples").map { "Examples/\($0)" }
            let folders = catalogues + examples + ["conf", ".github"]
            // Most sources have no catalogue, and some examples are single files.
            let articles = folders.flatMap { folder in
                ((try? Files.names(in: "\(Self.package)/\(folder)")) ?? []).map { "\(folder)/\($0)" }
            }
            return ["README.md"] + articles.filter { $0.hasSuffix(".md") }
        }
    }

    /// The blocks of all articles, in order.
    static var all: [CodeBlock] {
        get throws { try Self.articles.flatMap { try Self.blocks(of: $0) } }
    }

    /// The blocks in the comments of the libraries' sources.
    static var comments: [CodeBlock] {
        get throws {
            try Self.sources(below: "Sources").flatMap { source in
                let comments = try Files.text("\(Self.package)/\(source)")
                    .split(separator: "\n", omittingEmptySubsequences: false)
                    .map { $0.drop { $0 == " " } }
                    .map { $0.hasPrefix("///") ? $0.dropFirst($0.hasPrefix("/// ") ? 4 : 3) : "" }
                return try Self.blocks(in: comments.joined(separator: "\n"), of: source)
            }
        }
    }

    private static func sources(below folder: String) throws -> [String] {
        try Files.names(in: "\(Self.package)/\(folder)").flatMap { name in
            let path = "\(folder)/\(name)"
            // A name without a suffix is a directory.
            return try name.contains(".") ? (name.hasSuffix(".swift") ? [path] : []) : Self.sources(below: path)
        }
    }

    /// The blocks of one article.
    static func blocks(of article: String) throws -> [CodeBlock] {
        try Self.blocks(in: Files.text("\(Self.package)/\(article)"), of: article)
    }

    /// The blocks of a text of an article.
    static func blocks(in text: String, of article: String) throws -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var open: (line: Int, language: String, indentation: Int, lines: [Substring])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.drop { $0 == " " }
            if !content.hasPrefix("```") {
                // A block in a list is indented like its fence.
                let indentation = min(open?.indentation ?? 0, line.count - content.count)
                open?.lines.append(line.dropFirst(indentation))
            } else if let block = open {
                blocks.append(
                    CodeBlock(
                        article: article, line: block.line, language: block.language,
                        text: block.lines.joined(separator: "\n") + "\n"))
                open = nil
            } else {
                open = (index + 2, String(content.dropFirst(3)), line.count - content.count, [])
            }
        }
        if let open { throw Failure("\(article):\(open.line - 1): a block without a closing fence") }
        return blocks
    }
}
