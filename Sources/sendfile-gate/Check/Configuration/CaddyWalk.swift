/// Follows a request through the directives of a site of a Caddyfile.
struct CaddyWalk {
    private var request: CaddyMatcher.Request
    private let order: CaddyOrder
    /// The blocks whose matcher may match.
    private(set) var conditional: [Directive] = []
    /// The places of the directives that apply.
    private(set) var applied: Set<String> = []
    /// The line because of which a directive does not apply, by the place of the directive.
    private(set) var excluded: [String: Directive] = [:]

    init(request: CaddyMatcher.Request, order: CaddyOrder) { (self.request, self.order) = (request, order) }

    /// The block of a site with the directives that apply, and those blocks in it that apply.
    mutating func site(_ block: Directive) -> [Directive] { self.block(block, CaddyMatcher()).blocks }

    private mutating func block(_ block: Directive, _ matcher: CaddyMatcher) -> (blocks: [Directive], ends: Bool) {
        var matcher = matcher
        let children = block.children ?? []
        matcher.define(children)
        let steps = block.name == "route" ? children.filter(self.order.contains) : self.order.sorted(children, matcher)
        // Directives such as "tls" are the site's, and have no place in the order.
        var lines = children.filter { !$0.name.hasPrefix("@") && !self.order.contains($0) }
        var inner: [Directive] = []
        var ends = false
        var groups: Set<String> = []
        var previous: (key: String, result: Bool?)?
        for step in steps {
            let group = Self.group(step, steps)
            // Caddy joins neighbours with the same matcher, and asks it once.
            let key = "\(group ?? "") \(CaddyMatcher.word(step) ?? "")"
            let isJoined = previous?.key == key && step.name != "rewrite"
            let result = isJoined ? previous?.result : matcher.matches(step, self.request)
            previous = (key, result)
            let isTaken = !isJoined && group.map { groups.contains($0) } == true
            guard !ends, !isTaken, result != false else {
                let reason = !ends && !isTaken ? matcher.excluding(step, self.request) : step
                for line in step.all where CaddyRoute.passesOn(line) { self.excluded[line.place] = reason }
                continue
            }
            if let group, result == true { groups.insert(group) }
            if ["handle", "handle_path", "route"].contains(step.name), step.children != nil {
                let before = self.request
                self.strip(step)
                let part = self.block(step, matcher)
                if result == true {
                    inner += part.blocks
                    ends = part.ends
                } else {
                    self.conditional += part.blocks
                    self.request = before
                }
                continue
            }
            lines.append(step)
            self.applied.formUnion(step.all.map(\.place))
            self.change(by: step, isCertain: result == true)
            ends = result == true && Self.ends(step)
        }
        let own = Directive(name: block.name, words: block.words, file: block.file, line: block.line, children: lines)
        return ([own] + inner, ends)
    }

    /// The group of directives of which the first match applies.
    private static func group(_ step: Directive, _ steps: [Directive]) -> String? {
        let name = CaddyOrder.name(step)
        switch name {
        case "rewrite": return name
        case "handle", "root": return steps.count { CaddyOrder.name($0) == name } > 1 ? name : nil
        default: return nil
        }
    }

    /// Whether Caddy answers with a directive, and evaluates none after it.
    private static func ends(_ step: Directive) -> Bool {
        switch step.name {
        case "abort", "error", "copy_response", "respond", "redir", "metrics", "reverse_proxy": true
        case "file_server": step.children("pass_thru").isEmpty
        default: false
        }
    }

    // MARK: Changes of the path

    /// Removes the prefix of `handle_path`.
    private mutating func strip(_ step: Directive) {
        guard step.name == "handle_path", let path = CaddyMatcher.word(step) else { return }
        self.strip(prefix: String(path.dropLast(path.hasSuffix("/*") ? 2 : path.hasSuffix("*") ? 1 : 0)))
    }

    private mutating func strip(prefix: String) {
        guard let path = self.request.path, path.lowercased().hasPrefix(prefix.lowercased()) else { return }
        let rest = String(path.dropFirst(prefix.count))
        self.request.path = rest.hasPrefix("/") ? rest : "/\(rest)"
    }

    /// Changes the path as a directive does.
    private mutating func change(by step: Directive, isCertain: Bool) {
        guard ["rewrite", "uri", "try_files", "php_fastcgi"].contains(step.name) else { return }
        let before = self.request.path
        let words = CaddyMatcher.values(step)
        switch (step.name, words.first) {
        case ("rewrite", _): self.rewrite(to: words.first ?? "")
        case ("uri", "strip_prefix"):
            guard let prefix = words.dropFirst().first, !prefix.contains("{") else {
                self.request.path = nil
                return
            }
            self.strip(prefix: prefix.hasPrefix("/") ? prefix : "/\(prefix)")
        case ("uri", "strip_suffix"):
            guard let suffix = words.dropFirst().first, let path = before, path.hasSuffix(suffix) else { return }
            self.request.path = String(path.dropLast(suffix.count))
        case ("uri", "query"): return
        // The result depends on files, or on an expression.
        default: self.request.path = nil
        }
        if !isCertain, self.request.path != before { self.request.path = nil }
    }

    /// Puts another URL in place of the request's.
    private mutating func rewrite(to target: String) {
        // "?name=value" changes the query only.
        guard let path = self.request.path, !target.hasPrefix("?") else { return }
        var text = String(target.prefix { $0 != "?" })
        for name in ["{uri}", "{path}", "{http.request.uri}", "{http.request.uri.path}"] {
            text = text.replacing(name, with: path)
        }
        self.request.path = text.contains("{") ? nil : text == "" ? path : text.hasPrefix("/") ? text : "/\(text)"
    }
}
