/// Finds the server block and the location that nginx chooses for a request.
enum NginxRoute {
    /// - Returns: `nil` if no server block listens on the port.
    static func find(_ directives: [Directive], _ request: RoutedRequest) -> Route? {
        let servers = directives.flatMap { block in
            block.name == "http" ? block.children("server").map { (http: block, server: $0) } : []
        }
        let listening = servers.flatMap { pair in Self.addresses(pair.server).map { (pair, $0) } }
        let candidates = request.select(listening, isDual: false)
        guard let chosen = Self.named(candidates, request) else { return nil }
        let places = Set(candidates.map(\.server.place))
        let locations = Self.locate(in: chosen.server, request.path)
        var route = Route(blocks: [chosen.http, chosen.server] + locations, transparent: ["if"])
        route.site =
            servers.count > 1
            ? chosen.server.children("server_name").first ?? chosen.server.children("listen").first : nil
        let own = Set(route.blocks.map(\.place))
        route.elsewhere = servers.flatMap { pair in
            pair.server.all.filter { $0.children("fastcgi_pass").count > 0 && !own.contains($0.place) }.map { block in
                if pair.server.place == chosen.server.place { return block }
                // The name of another server block is not the URL's, or its address is not.
                let name = places.contains(pair.server.place) ? pair.server.children("server_name").first : nil
                return name ?? pair.server.children("listen").first ?? pair.server
            }
        }
        return route
    }

    /// The addresses of a server block; port 80 of all addresses by default.
    static func addresses(_ server: Directive) -> [ServerAddress] {
        let listens = server.children("listen").compactMap(\.words.first)
        return (listens.isEmpty ? ["80"] : listens).compactMap { ServerAddress($0, standard: 80) }
    }

    /// The server block for the request's host: an exact name, a wildcard at the beginning, one at the end, a regular
    /// expression, the default.
    private static func named(
        _ pairs: [(http: Directive, server: Directive)], _ request: RoutedRequest
    ) -> (http: Directive, server: Directive)? {
        func names(_ server: Directive) -> [String] { server.children("server_name").flatMap(\.words) }
        func first(_ condition: (String) -> Bool) -> (http: Directive, server: Directive)? {
            pairs.first { names($0.server).contains(where: condition) }
        }
        if let exact = first({ $0.lowercased() == request.host }) { return exact }
        for isAtStart in [true, false] {
            let patterns = pairs.flatMap { names($0.server) }.map { ($0, $0.hasPrefix(".") ? "*\($0)" : $0) }
            let longest = patterns.filter { pattern in
                (isAtStart ? pattern.1.hasPrefix("*") : pattern.1.hasSuffix("*"))
                    && (request.hasName(pattern.1) || pattern.0.hasPrefix(".") && ".\(request.host)" == pattern.0)
            }.max { $0.0.count < $1.0.count }
            if let longest { return first { $0 == longest.0 } }
        }
        if let match = first({ name in
            name.hasPrefix("~") && RegularExpression.matches(String(name.dropFirst()), request.host) == true
        }) {
            return match
        }
        return pairs.first { pair in
            pair.server.children("listen").contains {
                $0.words.contains("default_server") || $0.words.contains("default")
            }
        } ?? pairs.first
    }

    /// The locations for a path, from the outermost to the innermost.
    private static func locate(in block: Directive, _ path: String) -> [Directive] {
        let locations = block.children("location")
        func isExpression(_ location: Directive) -> Bool { location.words.first?.hasPrefix("~") == true }
        if let exact = locations.first(where: { $0.words == ["=", path] }) { return [exact] }
        let prefixes = locations.filter { location in
            let isPrefix = location.words.count == 1 && !isExpression(location) || location.words.first == "^~"
            return isPrefix && !location.words[0].hasPrefix("@") && path.hasPrefix(location.words.last ?? "")
        }
        let longest = prefixes.max { ($0.words.last?.utf8.count ?? 0) < ($1.words.last?.utf8.count ?? 0) }
        let inner = longest.map { Self.locate(in: $0, path) } ?? []
        if let longest, longest.words.first == "^~" || inner.last.map(isExpression) == true { return [longest] + inner }
        for location in locations where isExpression(location) {
            let ignoresCase = location.words[0].hasPrefix("~*")
            let pattern =
                location.words.count > 1 ? location.words[1] : String(location.words[0].drop { $0 == "~" || $0 == "*" })
            if RegularExpression.matches(pattern, path, ignoringCase: ignoresCase) == true {
                return [location] + Self.locate(in: location, path)
            }
        }
        return longest.map { [$0] + inner } ?? []
    }
}
