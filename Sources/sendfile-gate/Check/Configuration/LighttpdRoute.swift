/// Finds the conditions of lighttpd that apply to a request.
enum LighttpdRoute {
    /// - Returns: `nil` if lighttpd does not listen on the port.
    static func find(_ directives: [Directive], _ request: RoutedRequest) -> Route? {
        guard Self.addresses(directives).contains(where: { $0.1.port == request.port }) else { return nil }
        let top = Directive(
            name: "", words: [], file: directives.first?.file ?? "", line: 1, children: directives)
        var route = Route(blocks: [])
        Self.visit(top, request, &route)
        return route
    }

    private static func visit(_ block: Directive, _ request: RoutedRequest, _ route: inout Route) {
        route.blocks.append(block)
        var isTaken = false
        for child in block.children ?? [] where child.children != nil {
            let isElse = child.name == "else" || child.words.first == "else"
            let applies = !(isElse && isTaken) && Self.applies(child, request)
            isTaken = applies || isElse && isTaken
            if applies {
                Self.visit(child, request, &route)
            } else if child.all.contains(where: { $0.name == "fastcgi.server" }) {
                route.elsewhere.append(child)
            }
        }
    }

    /// The addresses at which lighttpd listens, with the lines that say so.
    static func addresses(_ directives: [Directive]) -> [(Directive, ServerAddress)] {
        let port = directives.last { $0.name == "server.port" }
        let bind = directives.last { $0.name == "server.bind" }.map { Self.plain($0.words[1]) } ?? "*"
        let number = port.map { $0.words[1] } ?? "80"
        let main = ServerAddress(bind.contains(":") ? "[\(bind)]:\(number)" : "\(bind):\(number)", standard: nil)
        let line =
            directives.last { $0.name == "server.bind" } ?? port
            ?? Directive(name: "server.port", words: ["=", "80"], file: directives.first?.file ?? "", line: 1)
        let sockets = directives.filter { $0.name == "$SERVER[\"socket\"]" && $0.words.count == 2 }.compactMap { line in
            ServerAddress(line.words[1], standard: 80).map { (line, $0) }
        }
        return (main.map { [(line, $0)] } ?? []) + sockets
    }

    private static func applies(_ condition: Directive, _ request: RoutedRequest) -> Bool {
        if condition.name == "else" { return true }
        guard let pattern = condition.words.last, condition.words.count >= 2 else { return true }
        let sign = condition.words[condition.words.count - 2]
        let texts: [String]
        switch condition.name {
        // The field contains the port unless it is the scheme's own.
        case "$HTTP[\"host\"]": texts = [request.host, "\(request.host):\(request.port)"]
        case "$HTTP[\"url\"]": texts = [request.path]
        case "$SERVER[\"socket\"]":
            return ServerAddress(pattern, standard: 80)?.port == request.port
        // Other conditions may apply.
        default: return true
        }
        return switch sign {
        case "==": texts.contains(pattern)
        case "!=": !texts.contains(pattern)
        case "=~": texts.contains { RegularExpression.matches(pattern, $0) != false }
        case "!~": !texts.contains { RegularExpression.matches(pattern, $0) == true }
        case "=^": texts.contains { $0.hasPrefix(pattern) }
        case "=$": texts.contains { $0.hasSuffix(pattern) }
        default: true
        }
    }

    /// The text of a value without quotes.
    static func plain(_ value: String) -> String {
        value.hasPrefix("\"") && value.hasSuffix("\"") && value.count > 1 ? String(value.dropFirst().dropLast()) : value
    }
}
