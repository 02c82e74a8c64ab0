import Glibc
import Testing

/// What the articles point to is there.
@Suite struct ReferenceTests {
    @Test("A link to a file leads to one, and a path of this package is one", arguments: try CodeBlock.articles)
    func references(_ article: String) throws {
        let text = try Files.text("\(CodeBlock.package)/\(article)")
        let folder = article.split(separator: "/").dropLast().map { "\($0)/" }.joined()
        for link in text.matches(of: /\]\((?<target>[^)#\s]+)/) {
            let target = String(link.output.target)
            // Of other sites, and symbols.
            guard !target.contains(":"), !target.hasPrefix("`") else { continue }
            #expect(Self.exists(folder + target), "\(article) links to \(target)")
        }
        for path in text.matches(of: /`(?<path>(?:conf|Examples)\/[\w.\/-]*\w|Tests\/run)[^`]*`/) {
            #expect(Self.exists(String(path.output.path)), "\(article) speaks of \(path.output.path)")
        }
    }

    private static func exists(_ path: String) -> Bool { access("\(CodeBlock.package)/\(path)", F_OK) == 0 }
}
