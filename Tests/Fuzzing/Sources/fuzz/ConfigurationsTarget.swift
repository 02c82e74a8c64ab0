@testable import GateReaders

/// Configurations of other web servers, as `check` reads them.
enum ConfigurationsTarget {
    private static let request = URLText("http://example.org:8080/d/private/a.txt").map { RoutedRequest($0) }

    static func run(_ input: Input) {
        var input = input
        let kind = input.byte() % 4
        let text = input.restText
        let directives: [Directive]
        switch kind {
        case 0:
            directives = NginxSyntax.read(ConfigurationText(text, file: "f"))
            let written = Self.nginx(directives)
            let again = NginxSyntax.read(ConfigurationText(written, file: "f"))
            require(Self.shape(again) == Self.shape(directives), "\(text) is read as \(written)")
        case 1:
            // No file of this machine is read.
            guard !text.lowercased().contains("include") else { return }
            directives = ApacheSyntax.read(ConfigurationText(text, file: "f"), in: "/nonexistent")
        case 2: directives = LighttpdSyntax.read(ConfigurationText(text, file: "f"))
        default:
            // A snippet has its lines in several places.
            guard !text.contains("import") else { return }
            directives = CaddySyntax.read(ConfigurationText(text, file: "f"))
        }
        Self.check(directives, text)
        guard let request = Self.request else { return require(false, "no request") }
        switch kind {
        case 0: Self.check(NginxRoute.find(directives, request))
        case 1: Self.check(ApacheRoute.find(directives, request))
        case 2: Self.check(LighttpdRoute.find(directives, request))
        default: Self.check(CaddyRoute.find(directives, request))
        }
    }

    private static func check(_ directives: [Directive], _ text: String) {
        let lines = text.utf8.count { $0 == 0x0A } + 1
        let all = directives.flatMap(\.all)
        require(all.count <= text.utf8.count, "\(all.count) directives in \(text)")
        for directive in all {
            require((1...lines).contains(directive.line) && directive.file == "f", "\(directive) of \(lines) lines")
            require(directive.text.count <= 120, directive.text)
            if let end = directive.end {
                require(end.line >= directive.line && end.offset <= text.utf8.count, "\(directive)")
            }
        }
    }

    private static func check(_ route: Route?) {
        guard let route else { return }
        for directive in route.directives { _ = route.isConditional(directive) }
        _ = (route.innermost(["fastcgi_pass", "documentroot"]), route.site?.place, route.elsewhere.map(\.place))
    }

    /// The directives without their places.
    private static func shape(_ directives: [Directive]) -> String {
        directives.map { directive in
            "\(([directive.name] + directive.words).map { Array($0.utf8) })"
                + (directive.children.map { "{\(Self.shape($0))}" } ?? ";")
        }.joined()
    }

    /// Each word in quotes, in which a backslash protects quotes and itself.
    private static func nginx(_ directives: [Directive]) -> String {
        directives.map { directive in
            let words = ([directive.name] + directive.words).map { word in
                let bytes = word.utf8.flatMap { byte -> [UInt8] in
                    [UInt8(ascii: "\""), UInt8(ascii: "\\")].contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte]
                }
                return "\"\(String(decoding: bytes, as: UTF8.self))\""
            }
            return words.joined(separator: " ") + (directive.children.map { "{\(Self.nginx($0))}" } ?? ";")
        }.joined(separator: "\n")
    }
}
