import Glibc
import Testing

/// A section of an article that is generated from test results, between two marker lines.
///
/// With `WRITE_DOCUMENTATION=1` in the environment the section is written; otherwise it must be up to date.
struct GeneratedSection {
    /// The article's path below the package.
    let article: String
    let name: String
    /// The filter for the tests that write the section.
    var filter = "Parity"

    private var begin: String {
        "<!-- \(self.name): written by WRITE_DOCUMENTATION=1 Tests/run --filter \(self.filter) -->\n"
    }
    private var end: String { "<!-- end of \(self.name) -->\n" }

    private var path: String { "\(CodeBlock.package)/\(self.article)" }

    /// The range of the section in the text of the article.
    private func range(in article: String) throws -> Range<String.Index> {
        guard let begin = article.firstRange(of: self.begin), let end = article.firstRange(of: self.end),
            begin.upperBound <= end.lowerBound
        else { throw Failure("\(self.article) has no section \(self.name)") }
        return begin.upperBound..<end.lowerBound
    }

    /// The article's current text.
    var written: String {
        get throws {
            let article = try Files.text(self.path)
            return String(article[try self.range(in: article)])
        }
    }

    /// Writes the section, or compares it.
    func check(_ text: String) throws {
        let article = try Files.text(self.path)
        let range = try self.range(in: article)
        let written = article[range]
        let text = "\n\(text)\n"
        if getenv("WRITE_DOCUMENTATION").map({ String(cString: $0) }) == "1" {
            guard written != text else { return }
            try Files.write(article.replacingSubrange(range, with: text), to: self.path)
            // Set the current time, because the tests' files are old.
            utimes(self.path, nil)
        } else {
            let (old, new) = (written.split(separator: "\n"), text.split(separator: "\n"))
            // Only the lines that differ, because a report in CI shows the first line of an issue.
            let isCurrent = written == text
            #expect(
                isCurrent,
                "\(self.article) has \(old.filter { !new.contains($0) }), the tests \(new.filter { !old.contains($0) }); WRITE_DOCUMENTATION=1 Tests/run --filter \(self.filter) updates it"
            )
        }
    }

    /// A table in Markdown.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        let lines = [head, head.map { _ in "---" }] + rows
        return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    }
}

extension String {
    fileprivate func replacingSubrange(_ range: Range<String.Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
