/// The lines of a Caddyfile that a fault may come from.
enum CaddyPlaces {
    /// Whether a directive can answer with this status.
    static func answers(_ line: Directive, _ status: Int) -> Bool {
        let words = CaddyMatcher.values(line)
        let codes = words.compactMap { Int($0) }.filter { (100..<600).contains($0) }
        switch line.name {
        case "abort": return status == 0
        case "respond": return (codes.last ?? 200) == status || words.contains { $0.contains("{") }
        case "error": return (codes.last ?? 500) == status || words.contains { $0.contains("{") }
        case "redir":
            guard let word = words.dropFirst().first else { return status == 302 }
            let named = ["permanent": 301, "temporary": 302, "html": 200]
            return (named[word] ?? Int(word)).map { $0 == status } ?? (300..<400).contains(status)
        case "basic_auth", "basicauth": return status == 401
        case "forward_auth": return (300..<404).contains(status) || status >= 500
        case "file_server": return [200, 304, 403, 404, 405].contains(status)
        case "php_fastcgi": return ![0, 401].contains(status)
        case "request_body": return status == 413
        case "rewrite", "uri", "try_files": return [400, 403, 404, 405].contains(status)
        default: return false
        }
    }

    /// The lines that change the URL before it is passed on.
    static func changes(_ route: Route) -> [(line: Directive, note: String)] {
        CaddyRoute.passers(route).isEmpty
            ? [] : CaddyRoute.changes(route).map { ($0, "changes this URL before it is passed on") }
    }

    /// The blocks of which it is not known whether they apply.
    static func conditions(_ route: Route) -> [(line: Directive, note: String)] {
        route.conditional.filter { ["handle", "handle_path", "route"].contains($0.name) }.map {
            ($0, "takes this URL only if its matcher matches")
        }
    }

    /// The lines of `import` without a file. Caddy neither starts nor takes a new configuration with them.
    static func missingImports(_ configuration: ServerConfiguration) -> [String] {
        guard configuration.server == .caddy else { return [] }
        return CaddyRoute.missingImports(configuration.directives).map {
            "\($0.place): \($0.text)   (the snippet or file does not exist: Caddy does not start, and keeps its older configuration)"
        }
    }
}
