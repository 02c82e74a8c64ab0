/// A site of a Caddyfile, with one of its addresses.
struct CaddySite: Sendable {
    let block: Directive
    /// The host in lower case, in which `*` stands for a label; empty for every host.
    let host: String
    let port: Int
    /// The path with which an address may end; empty without one.
    let path: String
    /// Whether the site is for HTTPS because its address says nothing else: Caddy then redirects HTTP to it.
    let redirectsHTTP: Bool
    /// The addresses of the machine at which Caddy listens for the site.
    let addresses: [ServerAddress]

    /// The sites of a Caddyfile, one for each address.
    static func all(_ directives: [Directive]) -> [CaddySite] {
        let options = Self.options(directives)
        return directives.filter(CaddySyntax.isSite).flatMap { block in
            ([block.name] + block.words).map { $0.hasSuffix(",") ? String($0.dropLast()) : $0 }.filter { $0 != "" }
                .map { CaddySite(block, $0, options) }
        }
    }

    /// The lines of the block of global options.
    static func options(_ directives: [Directive]) -> [Directive] {
        directives.first { $0.name == "{" }?.children ?? []
    }

    /// The port of HTTP.
    static func httpPort(_ directives: [Directive]) -> Int { Self.port("http_port", Self.options(directives)) ?? 80 }

    private static func port(_ name: String, _ options: [Directive]) -> Int? {
        options.first { $0.name == name }?.words.first.flatMap { Int($0) }
    }

    private init(_ block: Directive, _ text: String, _ options: [Directive]) {
        // The value of an environment variable is not known here; its default is in the address.
        let text = Self.withDefaults(text)
        let scheme = text.firstRange(of: "://").map { String(text[..<$0.lowerBound]) } ?? ""
        let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
        let authority = rest.prefix { $0 != "/" }
        self.path = String(rest.dropFirst(authority.count))
        let colon = authority.lastIndex(of: ":").flatMap { colon in
            authority[colon...].contains("]") || authority[colon...].contains("}") ? nil : colon
        }
        let httpPort = Self.port("http_port", options) ?? 80
        let httpsPort = Self.port("https_port", options) ?? 443
        let number = colon.flatMap { Int(authority[authority.index(after: $0)...]) }
        self.host = authority[..<(colon ?? authority.endIndex)].lowercased().filter { $0 != "[" && $0 != "]" }
        self.port = number ?? (scheme == "http" ? httpPort : httpsPort)
        let auto = options.filter { $0.name == "auto_https" }.flatMap(\.words)
        self.redirectsHTTP =
            scheme != "http" && self.port != httpPort && self.host != ""
            && !auto.contains { $0 == "off" || $0 == "disable_redirects" }
        self.block = block
        var hosts = block.children("bind").flatMap(\.words)
        if hosts.isEmpty { hosts = options.filter { $0.name == "default_bind" }.flatMap(\.words) }
        let own = self.port
        self.addresses = (hosts.isEmpty ? ["*"] : hosts).compactMap { host in
            let host = host.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? host
            let plain = host.filter { $0 != "[" && $0 != "]" }
            return ServerAddress(plain.contains(":") ? "[\(plain)]:\(own)" : "\(plain):\(own)", standard: nil)
        }
    }

    /// The text with the default values of `{$NAME:value}`.
    private static func withDefaults(_ text: String) -> String {
        var text = text
        while let start = text.firstRange(of: "{$"), let end = text[start.upperBound...].firstIndex(of: "}"),
            let colon = text[start.upperBound..<end].firstIndex(of: ":")
        {
            text.replaceSubrange(start.lowerBound...end, with: text[text.index(after: colon)..<end])
        }
        return text
    }

    /// Whether the site takes a request for this host and path; `nil` if its address has a placeholder.
    func takes(_ request: CaddyMatcher.Request) -> Bool? {
        let isHost = self.host == "" ? true : CaddyMatcher.matches(host: self.host, request)
        guard isHost != false, self.path != "" && self.path != "/" else { return isHost }
        return CaddyMatcher.matches(path: self.path, request) == true ? isHost : false
    }

    /// The sites in the order in which Caddy looks for the one of a request: hosts without `*` are first, then longer ones.
    static func sorted(_ sites: [CaddySite]) -> [CaddySite] {
        func length(_ text: String) -> Int { text.count - text.count { $0 == "*" } }
        let keys = sites.map { site in
            let same = sites.filter { $0.block.place == site.block.place }
            return (
                host: same.map { length($0.host) }.max() ?? 0, path: same.map { length($0.path) }.max() ?? 0,
                isWild: same.contains { $0.host == "" || $0.host.contains("*") }
            )
        }
        func precedes(_ one: Int, _ other: Int) -> Bool {
            let (first, second) = (keys[one], keys[other])
            if first.host == 0 { return false }
            if second.host == 0 { return true }
            if first.isWild != second.isWild { return second.isWild }
            return first.host == second.host ? first.path > second.path : first.host > second.host
        }
        var order = Array(sites.indices)
        for index in order.indices {
            var place = index
            while place > 0, precedes(order[place], order[place - 1]) {
                order.swapAt(place, place - 1)
                place -= 1
            }
        }
        return order.map { sites[$0] }
    }
}
