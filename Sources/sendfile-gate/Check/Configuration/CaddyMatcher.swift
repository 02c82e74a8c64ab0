import Glibc

/// The matchers of a Caddyfile: those with a name (`@files path /files/*`) that a block defines, and paths (`/files/*`).
///
/// The result of a matcher is `nil` if it depends on more than the host and the path, such as on a header field: it may match.
struct CaddyMatcher {
    /// The request as it is after the directives before, which may change its path.
    struct Request {
        let host: String
        /// The decoded path; `nil` if it is not known here.
        var path: String?
    }

    /// The definitions by name, with `@`.
    private var definitions: [String: Directive] = [:]

    /// Adds the definitions of a block, which are valid in it.
    mutating func define(_ lines: [Directive]) {
        for line in lines where line.name.hasPrefix("@") { self.definitions[line.name] = line }
    }

    /// The directives whose first word is not a matcher.
    private static let withoutMatcher: Set<String> = [
        "bind", "tls", "log", "import", "try_files", "handle_errors", "tracing", "fs", "invoke",
    ]

    /// The matcher of a directive; `nil` if it applies to all requests.
    static func word(_ line: Directive) -> String? {
        guard let word = line.words.first, !Self.withoutMatcher.contains(line.name) else { return nil }
        if word.hasPrefix("@") { return word }
        // With one word, it is the new value; that is new in Caddy 2.8.
        let isValue = line.words.count == 1 && ["root", "rewrite", "redir", "method"].contains(line.name)
        return word.hasPrefix("/") && !isValue ? word : nil
    }

    /// The words of a directive after its matcher.
    static func values(_ line: Directive) -> [String] {
        let hasMatcher = Self.word(line) != nil || line.words.first == "*"
        return Array(line.words.dropFirst(hasMatcher ? 1 : 0))
    }

    /// Whether a directive applies to a request.
    func matches(_ line: Directive, _ request: Request) -> Bool? {
        guard let word = Self.word(line) else { return true }
        guard word.hasPrefix("@") else { return Self.matches(path: word, request) }
        guard let definition = self.definitions[word] else { return nil }
        return Self.all(Self.lines(definition), request)
    }

    /// The single path of a directive's matcher, by whose length Caddy sorts.
    func path(_ line: Directive) -> String? {
        guard let word = Self.word(line), word.hasPrefix("@") else { return Self.word(line) }
        let lines = self.definitions[word].map(Self.lines) ?? []
        let paths = lines.filter { $0.name == "path" }.flatMap(\.words)
        return paths.count == 1 ? paths[0] : nil
    }

    /// The line because of which a directive does not apply: that of the definition, or its own.
    func excluding(_ line: Directive, _ request: Request) -> Directive {
        guard let word = Self.word(line), let definition = self.definitions[word] else { return line }
        guard definition.children != nil, definition.words.isEmpty else { return definition }
        return Self.lines(definition).first { Self.all([$0], request) == false } ?? definition
    }

    /// The matchers of a definition or of `not`, which is a line or a block.
    private static func lines(_ definition: Directive) -> [Directive] {
        guard let name = definition.words.first else { return definition.children ?? [] }
        return [
            Directive(
                name: name, words: Array(definition.words.dropFirst()), file: definition.file,
                line: definition.line, children: definition.children)
        ]
    }

    /// Whether all matchers of a set match. The values of several lines with one name are alternatives.
    private static func all(_ lines: [Directive], _ request: Request) -> Bool? {
        var result: Bool? = true
        for name in Set(lines.map(\.name)) {
            let same = lines.filter { $0.name == name }
            let values = same.flatMap(\.words)
            let part: Bool? =
                switch name {
                case "path": Self.any(values) { Self.matches(path: $0, request) }
                case "path_regexp": same.count == 1 ? Self.matches(pattern: values.last ?? "", request) : nil
                case "host": Self.any(values) { Self.matches(host: $0, request) }
                // A download is a GET.
                case "method": values.contains { $0.contains("{") } ? nil : values.contains { $0.uppercased() == "GET" }
                case "not": Self.any(same) { Self.all(Self.lines($0), request) }.map { !$0 }
                default: nil
                }
            if part == false { return false }
            if part == nil { result = nil }
        }
        return result
    }

    /// Whether one of the alternatives matches.
    private static func any<Element>(_ elements: [Element], _ matches: (Element) -> Bool?) -> Bool? {
        let results = elements.map(matches)
        return results.contains(true) ? true : results.contains { $0 == nil } ? nil : false
    }

    // MARK: Values

    /// Whether a host has a name, in which `*` stands for one label. `nil` if the name has a placeholder.
    static func matches(host pattern: String, _ request: Request) -> Bool? {
        guard !pattern.contains("{") else { return nil }
        let labels = pattern.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        let own = request.host.split(separator: ".", omittingEmptySubsequences: false)
        guard pattern.contains("*") else { return pattern.lowercased() == request.host }
        return labels.count == own.count && zip(labels, own).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// Whether a path matches, without regard to case. `*` at the beginning or the end stands for any text.
    static func matches(path pattern: String, _ request: Request) -> Bool? {
        if pattern == "*" { return true }
        // "%" compares the encoded path.
        guard let path = request.path, !pattern.contains("%"), !pattern.contains("{") else { return nil }
        let pattern = pattern.lowercased()
        let own = Self.cleaned(path, mergesSlashes: !pattern.contains("//")).lowercased()
        let count = pattern.count { $0 == "*" }
        if count == 2, pattern.hasPrefix("*"), pattern.hasSuffix("*") {
            return own.contains(pattern.dropFirst().dropLast())
        }
        if count == 1, pattern.hasPrefix("*") { return own.hasSuffix(pattern.dropFirst()) }
        if count == 1, pattern.hasSuffix("*") { return own.hasPrefix(pattern.dropLast()) }
        return fnmatch(pattern, own, FNM_PATHNAME) == 0
    }

    /// Whether a path contains a match of a regular expression.
    private static func matches(pattern: String, _ request: Request) -> Bool? {
        guard let path = request.path, !pattern.contains("{$"), !pattern.contains("{http") else { return nil }
        let ignoresCase = pattern.hasPrefix("(?i)")
        return RegularExpression.matches(
            ignoresCase ? String(pattern.dropFirst(4)) : pattern, Self.cleaned(path, mergesSlashes: true),
            ignoringCase: ignoresCase)
    }

    /// The path without `.`, `..` and double slashes, as matchers see it.
    private static func cleaned(_ path: String, mergesSlashes: Bool) -> String {
        guard path.contains("//") || path.contains("/.") else { return path }
        var parts: [Substring] = []
        let all = path.split(separator: "/", omittingEmptySubsequences: mergesSlashes)
        for part in all where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        let text = parts.joined(separator: "/")
        let start = text.hasPrefix("/") ? text : "/\(text)"
        return mergesSlashes && path.hasSuffix("/") && !start.hasSuffix("/") ? "\(start)/" : start
    }
}
