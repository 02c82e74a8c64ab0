/// A directive of a web server's configuration, with its place.
struct Directive: Sendable {
    let name: String
    /// The arguments without quotes. For lighttpd: the operator and the value.
    let words: [String]
    let file: String
    /// The number of its first line, from 1 on.
    let line: Int
    /// The directives of a block; `nil` for a directive without one.
    var children: [Directive]?
    /// The place of a block's closing brace, where it is known: the offset in bytes, and the line.
    var end: (offset: Int, line: Int)?

    var place: String { "\(self.file):\(self.line)" }

    /// The directive on one line for a report: without the content of a block, and without values that may be secrets.
    var text: String {
        guard !SecretText.isPossible(in: self.wholeText) else {
            // The name of a plain line is the line.
            return "\(self.name.prefix { $0 != "=" && $0 != " " }) \(SecretText.replacement)"
        }
        let text = self.wholeText
        return text.count > 120 ? "\(text.prefix(119))…" : text
    }

    /// The directive on one line, to compare. It may contain a secret, so it is not shown.
    var wholeText: String { ([self.name] + self.words).joined(separator: " ") }

    /// The children with one of these names, in order.
    func children(_ names: String...) -> [Directive] {
        (self.children ?? []).filter { names.contains($0.name) }
    }

    /// The directive and everything below it, in order.
    var all: [Directive] {
        var all: [Directive] = []
        self.append(to: &all)
        return all
    }

    /// Each directive is appended once. If each block made a list of those below it, deep blocks would be copied again and again.
    private func append(to all: inout [Directive]) {
        all.append(self)
        for child in self.children ?? [] { child.append(to: &all) }
    }
}
