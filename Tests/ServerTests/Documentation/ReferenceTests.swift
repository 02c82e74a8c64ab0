import Glibc
import Testing

/// The targets of the articles' links exist.
@Suite struct ReferenceTests {
    @Test("A link to a file and a path of this package lead to existing files", arguments: try CodeBlock.articles)
    func references(_ article: String) throws {
        let text = try Files.text("\(CodeBlock.package)/\(article)")
        let folder = article.split(separator: "/").dropLast().map { "\($0)/" }.joined()
        for link in text.matches(of: /\]\((?<target>[^)#\s]+)/) {
            let target = String(link.output.target)
            // Links to other sites, and symbols.
            guard !target.contains(":"), !target.hasPrefix("`") else { continue }
            #expect(Self.exists(folder + target), "\(article) links to \(target)")
        }
        for path in text.matches(of: /`(?<path>(?:conf|Examples)\/[\w.\/-]*\w|Tests\/run)[^`]*`/) {
            #expect(Self.exists(String(path.output.path)), "\(article) speaks of \(path.output.path)")
        }
    }

    private static func exists(_ path: String) -> Bool { access("\(CodeBlock.package)/\(path)", F_OK) == 0 }
}
