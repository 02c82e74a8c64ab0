/// The part of a web server's configuration that applies to a URL.
///
/// It is derived from the configuration files of this machine as each server documents it. The running server decides, so a
/// route only adds places to a remedy and never makes a finding.
struct Route: Sendable {
    /// The blocks that apply, from the outermost to the innermost: `http`, `server` and `location`, or their
    /// counterparts.
    var blocks: [Directive]
    /// The names of blocks that belong to the block in which they stand, because their condition is not known: `if`.
    var transparent: Set<String> = []
    /// The blocks that override all others if a condition holds that is not known: `<If>`.
    var conditional: [Directive] = []
    /// The blocks that pass requests to a program over FastCGI, and do not apply.
    var elsewhere: [Directive] = []
    /// The line that selects the site, such as `server_name`, if there are several.
    var site: Directive?

    /// The directives that apply, of the innermost block first.
    var directives: [Directive] { (self.blocks + self.conditional).reversed().flatMap(self.content) }

    /// Whether a directive is in a conditional block.
    func isConditional(_ line: Directive) -> Bool {
        self.conditional.flatMap(\.all).contains { $0.place == line.place }
    }

    /// The directives with one of these names in the innermost block that contains any.
    func innermost(_ names: Set<String>) -> [Directive] {
        for block in self.blocks.reversed() {
            let found = self.content(block).filter { names.contains($0.name.lowercased()) }
            if !found.isEmpty { return found }
        }
        return []
    }

    /// The names of blocks that count as directives.
    private static let lines: Set = ["limit_except", "handle_response", "handle_errors", "intercept"]

    /// The directives of a block without those of the blocks in it, but with those of transparent ones.
    private func content(_ block: Directive) -> [Directive] {
        (block.children ?? []).flatMap { child in
            self.transparent.contains(child.name.lowercased())
                ? [child] + self.content(child)
                : child.children == nil || Self.lines.contains(child.name) ? [child] : []
        }
    }
}
