/// Finds the site and the directives that Caddy applies to a request.
///
/// The behaviour that Caddy 2.6.2 (Debian 12 and 13) and 2.11.4 share, from their documentation and source: the order of directives, groups of
/// `handle` of which the first match applies, and matchers that see the path as earlier directives have left it.
///
/// The blocks of the route have their directives in the order of their evaluation, without those that do not apply and without
/// those after a line that answers. A block with a matcher that may match is conditional.
enum CaddyRoute {
    /// - Returns: `nil` if no site has the port.
    static func find(_ directives: [Directive], _ request: RoutedRequest) -> Route? {
        let sites = CaddySite.all(directives)
        let listening = sites.flatMap { site in site.addresses.map { (site, $0) } }
        let candidates = CaddySite.sorted(request.select(listening, isDual: true))
        let initial = CaddyMatcher.Request(host: request.host, path: request.path)
        let chosen = candidates.first { $0.takes(initial) == true } ?? candidates.first { $0.takes(initial) == nil }
        if candidates.isEmpty {
            // Caddy redirects to HTTPS, and takes the port for that.
            let isHTTP = request.port == CaddySite.httpPort(directives)
            let secure = isHTTP ? sites.first { $0.redirectsHTTP && $0.takes(initial) == true } : nil
            guard let secure else { return nil }
            return Route(blocks: [], elsewhere: [secure.block], site: secure.block)
        }
        var walk = CaddyWalk(request: initial, order: CaddyOrder(CaddySite.options(directives)))
        var blocks: [Directive] = []
        if let chosen { blocks = walk.site(chosen.block) }
        var route = Route(blocks: blocks, transparent: Self.transparent(directives), conditional: walk.conditional)
        let count = Set(sites.map(\.block.place)).count
        route.site = count > 1 ? chosen?.block : nil
        route.elsewhere = Self.elsewhere(directives, chosen?.block, walk)
        return route
    }

    /// The lines because of which those that pass requests on do not apply: another site's address, a matcher, an earlier block.
    private static func elsewhere(_ directives: [Directive], _ chosen: Directive?, _ walk: CaddyWalk) -> [Directive] {
        var seen = walk.applied
        var lines: [Directive] = []
        // A snippet has the same lines as the sites that import it, so the snippets are last.
        let blocks = directives.filter(CaddySyntax.isSite) + directives.filter { $0.name.hasPrefix("(") }
        for block in blocks {
            let reasons = block.all.filter(Self.passesOn).filter { seen.insert($0.place).inserted }.map { line in
                block.place == chosen?.place ? walk.excluded[line.place] ?? line : block
            }
            lines += reasons.map { $0.withoutBlock }
        }
        var places: Set<String> = []
        return lines.filter { places.insert($0.place).inserted }
    }

    /// Blocks of other names hold directives of their own, for another request or response.
    private static let scopes: Set<String> = [
        "handle", "handle_path", "route", "handle_errors", "handle_response", "intercept", "log", "tls", "{",
    ]

    /// The names of the directives whose blocks contain only their options: `reverse_proxy`, `header`.
    private static func transparent(_ directives: [Directive]) -> Set<String> {
        let blocks = directives.filter(CaddySyntax.isSite).flatMap { $0.all.dropFirst() }.filter { $0.children != nil }
        return Set(blocks.map(\.name)).subtracting(Self.scopes).filter { !$0.hasPrefix("@") }
    }

    // MARK: Lines that pass requests on

    /// Whether a line passes requests to a program or another web server.
    static func passesOn(_ line: Directive) -> Bool { line.name == "reverse_proxy" || line.name == "php_fastcgi" }

    /// Whether a line passes requests to a program over FastCGI.
    static func isFastCGI(_ line: Directive) -> Bool {
        line.name == "php_fastcgi"
            || line.name == "reverse_proxy" && line.children("transport").contains { $0.words.first == "fastcgi" }
    }

    /// The addresses to which a line passes requests: `127.0.0.1:8080`, `http://…`, `unix//run/gate.sock`.
    static func upstreams(_ line: Directive) -> [String] {
        CaddyMatcher.values(line) + line.children("to").flatMap(\.words)
    }

    /// The path in `unix//run/gate.sock`.
    static func socket(_ upstream: String) -> String? {
        guard upstream.hasPrefix("unix"), let slash = upstream.firstIndex(of: "/") else { return nil }
        let path = upstream[upstream.index(after: slash)...]
        return path.hasPrefix("/") ? String(path.prefix { $0 != "|" }) : nil
    }

    /// The lines of a route that pass requests to a socket or port, over FastCGI or HTTP.
    static func passers(_ route: Route) -> [Directive] { route.directives.filter(Self.passesOn) }

    /// The lines of a route that change the URL before it is passed on.
    static func changes(_ route: Route) -> [Directive] {
        let names: Set = ["rewrite", "uri", "try_files"]
        return (route.blocks + route.conditional).filter { $0.name == "handle_path" }.map(\.withoutBlock)
            + route.directives.filter { names.contains($0.name) }
    }

    /// The lines that name the directory of the files that a program names: `root` in `handle_response`.
    static func fileRoots(_ route: Route) -> [Directive] {
        Self.passers(route).flatMap(\.all).filter { $0.name == "handle_response" }.flatMap(\.all).filter { line in
            line.name == "root"
        }
    }

    /// The lines that import a snippet or a file that does not exist. Caddy does not start with them.
    static func missingImports(_ directives: [Directive]) -> [Directive] {
        directives.flatMap(\.all).filter { line in
            // A pattern may match no file.
            line.name == "import" && line.words.first.map { word in !word.contains { "*?[{".contains($0) } } == true
        }
    }
}

extension Directive {
    /// The line alone.
    fileprivate var withoutBlock: Directive {
        Directive(name: self.name, words: self.words, file: self.file, line: self.line)
    }
}
