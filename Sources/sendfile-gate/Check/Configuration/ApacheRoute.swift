/// Finds the virtual host and the sections that Apache applies to a request.
enum ApacheRoute {
    /// - Returns: `nil` if Apache does not listen on the port.
    static func find(_ directives: [Directive], _ request: RoutedRequest) -> Route? {
        guard Self.addresses(directives).contains(where: { $0.1.port == request.port }) else { return nil }
        let hosts = directives.filter { $0.name.lowercased() == "<virtualhost>" }
        let listening = hosts.flatMap { host in
            host.words.compactMap {
                ServerAddress($0, standard: nil) ?? ServerAddress("\($0):\(request.port)", standard: nil)
            }
            .map { (host, $0) }
        }
        let candidates = request.select(listening, isDual: true)
        let places = Set(candidates.map(\.place))
        let host = candidates.first { host in Self.names(host).contains(where: request.hasName) } ?? candidates.first
        let main = Directive(
            name: "", words: [], file: directives.first?.file ?? "", line: 1,
            children: directives.filter { $0.name.lowercased() != "<virtualhost>" })
        let scopes = [main] + (host.map { [$0] } ?? [])
        let root = scopes.reversed().lazy.compactMap { Self.first("documentroot", in: $0)?.words.first }.first
        // Location sections come last, so they override the others.
        let sections = scopes.flatMap { $0.children ?? [] }.filter { Self.applies($0, request, root) }
        let ordered = [false, true].flatMap { isLocation in
            sections.filter { $0.name.lowercased().hasPrefix("<location") == isLocation }
        }
        var route = Route(blocks: scopes + ordered, transparent: ["<requireany>", "<requireall>", "<limit>"])
        // After the sections of directories and before those of URLs.
        let index = scopes.count + ordered.count(where: { !$0.name.lowercased().hasPrefix("<location") })
        route.blocks.insert(contentsOf: Self.accessFiles(route, request, root), at: index)
        route.conditional = route.blocks.flatMap { $0.children ?? [] }.filter { $0.name.lowercased() == "<if>" }
        if hosts.count > 1, let host { route.site = Self.first("servername", in: host) ?? host }
        let own = Set(ordered.map(\.place))
        route.elsewhere = hosts.flatMap { other in
            other.all.filter { Self.passes($0) && !own.contains($0.place) && $0.place != host?.place }
                .map { block in
                    if other.place == host?.place { return block }
                    // The name of another virtual host is not the URL's, or its address is not.
                    return (places.contains(other.place) ? Self.first("servername", in: other) : nil) ?? other
                }
        }
        return route
    }

    /// The addresses at which Apache listens, with the lines that say so.
    static func addresses(_ directives: [Directive]) -> [(Directive, ServerAddress)] {
        directives.filter { $0.name.lowercased() == "listen" }.compactMap { line in
            line.words.first.flatMap { ServerAddress($0, standard: 80) }.map { (line, $0) }
        }
    }

    /// The files `.htaccess` on the way to a path, if Apache reads them: it does where `AllowOverride` is not `None`, and not for a
    /// URL that it passes on to a proxy.
    private static func accessFiles(_ route: Route, _ request: RoutedRequest, _ root: String?) -> [Directive] {
        guard let root,
            !route.directives.contains(where: {
                $0.name.lowercased() == "proxypass" && $0.words.first?.hasPrefix("/") != true
            }),
            let override = route.innermost(["allowoverride"]).last, override.words.first?.lowercased() != "none"
        else { return [] }
        var directory = root.hasSuffix("/") ? String(root.dropLast()) : root
        return ([""] + request.path.split(separator: "/").dropLast()).compactMap { name in
            if name != "" { directory += "/\(name)" }
            let directives = ApacheSyntax.read("\(directory)/.htaccess")
            guard let first = directives.first else { return nil }
            // Without children it would be a line of its own.
            return Directive(name: "", words: [], file: first.file, line: 1, children: directives)
        }
    }

    private static func first(_ name: String, in block: Directive) -> Directive? {
        block.children?.first { $0.name.lowercased() == name }
    }

    private static func names(_ host: Directive) -> [String] {
        (host.children ?? []).filter { ["servername", "serveralias"].contains($0.name.lowercased()) }
            .flatMap(\.words).map { String($0.prefix { $0 != ":" }) }
    }

    /// Whether a block passes its requests to a FastCGI program.
    private static func passes(_ block: Directive) -> Bool {
        (block.children ?? []).contains { directive in
            switch directive.name.lowercased() {
            case "fcgidwrapper": true
            case "sethandler", "proxypass", "proxypassmatch": directive.wholeText.contains("fcgi")
            default: false
            }
        }
    }

    /// Whether a section applies.
    ///
    /// - Parameter root: `DocumentRoot`.
    private static func applies(_ section: Directive, _ request: RoutedRequest, _ root: String?) -> Bool {
        let isExpression = section.words.first == "~"
        guard let pattern = isExpression ? section.words.dropFirst().first : section.words.first else { return false }
        let (path, file) = (request.path, (root ?? "") + request.path)
        let name = String(path.utf8.suffix { $0 != UInt8(ascii: "/") })
        func matches(_ text: String) -> Bool { RegularExpression.matches(pattern, text) == true }
        switch section.name.lowercased() {
        case "<location>" where !isExpression: return Self.contains(pattern, path)
        case "<location>", "<locationmatch>": return matches(path)
        case "<directory>" where !isExpression: return root != nil && Self.contains(pattern, file)
        case "<directory>", "<directorymatch>": return root != nil && matches(file)
        case "<files>" where !isExpression: return pattern == name
        case "<files>", "<filesmatch>": return matches(name)
        // Each request that is passed to a proxy's backend, also to a FastCGI program.
        case "<proxy>": return pattern == "*"
        default: return false
        }
    }

    /// Whether a section's path is the request's or that of a directory above it.
    private static func contains(_ pattern: String, _ path: String) -> Bool {
        path == pattern || path.hasPrefix(pattern.hasSuffix("/") ? pattern : "\(pattern)/")
    }
}

extension String.UTF8View {
    fileprivate func suffix(_ condition: (UInt8) -> Bool) -> String {
        String(decoding: self.reversed().prefix(while: condition).reversed(), as: UTF8.self)
    }
}
