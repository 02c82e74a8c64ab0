/// The order in which Caddy evaluates the directives of a block.
///
/// It is that of the tables of Caddy 2.6.2 and 2.11.4, which differ in additions only.
struct CaddyOrder {
    private static let standard = [
        "tracing", "map", "vars", "fs", "root", "log_append", "skip_log", "log_skip", "log_name", "header",
        "copy_response_headers", "request_body", "redir", "method", "rewrite", "uri", "try_files", "basicauth",
        "basic_auth", "forward_auth", "request_header", "encode", "push", "intercept", "templates", "invoke", "handle",
        "route", "abort", "error", "copy_response", "respond", "metrics", "reverse_proxy", "php_fastcgi",
        "file_server", "acme_server",
    ]

    private var names = Self.standard

    /// - Parameter options: The lines of the block of global options, of which `order` changes the order.
    init(_ options: [Directive]) {
        for line in options where line.name == "order" {
            guard let name = line.words.first, line.words.count > 1 else { continue }
            self.names.removeAll { $0 == name }
            let other = line.words.count > 2 ? self.names.firstIndex(of: line.words[2]) : nil
            switch line.words[1] {
            case "first": self.names.insert(name, at: 0)
            case "before": self.names.insert(name, at: other ?? 0)
            case "after": self.names.insert(name, at: other.map { $0 + 1 } ?? self.names.count)
            default: self.names.append(name)
            }
        }
    }

    /// Whether a directive acts on requests: others, such as `tls` and `log`, have no place in the order.
    func contains(_ line: Directive) -> Bool { self.names.contains(Self.name(line)) }

    /// The name under which Caddy sorts and groups a directive: `handle_path` is a `handle`.
    static func name(_ line: Directive) -> String { line.name == "handle_path" ? "handle" : line.name }

    /// The directives that act on requests, in the order of their evaluation. Of those with one name, longer paths are first, and
    /// directives with a matcher before those without one.
    func sorted(_ lines: [Directive], _ matcher: CaddyMatcher) -> [Directive] {
        let places = Dictionary(self.names.enumerated().map { ($1, $0) }) { first, _ in first }
        let lines = lines.filter(self.contains)
        let keys = lines.map { line in
            Key(
                place: places[Self.name(line)] ?? 0, path: matcher.path(line),
                hasMatcher: CaddyMatcher.word(line) != nil, isReversed: line.name == "vars")
        }
        // Caddy's comparison is not transitive, so the result is that of Go's stable sort of a short list: insertion.
        var order = Array(lines.indices)
        for index in order.indices {
            var place = index
            while place > 0, Self.precedes(keys[order[place]], keys[order[place - 1]]) {
                order.swapAt(place, place - 1)
                place -= 1
            }
        }
        return order.map { lines[$0] }
    }

    private struct Key {
        let place: Int
        let path: String?
        let hasMatcher: Bool
        let isReversed: Bool
    }

    private static func precedes(_ one: Key, _ other: Key) -> Bool {
        guard one.place == other.place else { return one.place < other.place }
        let (first, second) = one.isReversed ? (other, one) : (one, other)
        if let path = first.path, let next = second.path {
            // Caddy 2.6.2 counts "*" at the end and 2.11.4 does not. Where they differ, the order is that of the file.
            return path.utf8.count > next.utf8.count && Self.length(path) > Self.length(next)
        }
        return first.hasMatcher && !second.hasMatcher
    }

    /// The length of a path without `*` at its end.
    private static func length(_ path: String) -> Int { path.utf8.count - (path.hasSuffix("*") ? 1 : 0) }
}
