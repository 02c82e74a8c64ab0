/// The lines that give a variable of nginx its value: a condition may stand far from the line that decides it.
enum VariableLines {
    /// The lines of `map` and `geo` on whose variables the conditions around these lines depend; of a `map` of the URL those that match.
    static func find(
        _ configuration: ServerConfiguration, _ route: Route, _ lines: [Directive], _ request: RoutedRequest
    ) -> [(line: Directive, note: String)] {
        guard configuration.server == .nginx, !lines.isEmpty else { return [] }
        let places = Set(lines.map(\.place))
        let conditions = route.directives.filter { block in
            block.name == "if" && block.all.contains { places.contains($0.place) }
        }
        let names = Set((conditions + lines).flatMap(\.words).flatMap(Self.variables))
        let blocks = configuration.directives.flatMap(\.all).filter { block in
            ["map", "geo"].contains(block.name) && block.words.last.map { names.contains($0) } == true
        }
        let chosen = conditions.map { ($0, "the condition") }
        return chosen
            + blocks.flatMap { block -> [(line: Directive, note: String)] in
                let source = block.name == "map" ? block.words.first ?? "" : ""
                let entries = ["$request_uri", "$uri", "$document_uri"].contains(source) ? block.children ?? [] : []
                let matching = entries.filter { Self.matches($0.name, request) }
                return matching.map { ($0, "matches this URL, and sets \(block.words.last ?? "")") }
                    + [(block, "sets the variable")]
            }
    }

    /// The names in a word: `$a`, `${b}c`.
    private static func variables(_ word: String) -> [String] {
        word.split(separator: "$").dropFirst(word.hasPrefix("$") ? 0 : 1).map { part in
            "$" + part.drop { $0 == "{" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        }
    }

    private static func matches(_ pattern: String, _ request: RoutedRequest) -> Bool {
        guard pattern.hasPrefix("~") else { return pattern == request.path }
        let expression = String(pattern.dropFirst().drop { $0 == "*" })
        return RegularExpression.matches(expression, request.path, ignoringCase: pattern.hasPrefix("~*")) == true
    }
}
