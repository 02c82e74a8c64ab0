/// The lines that pass a request on to another web server over HTTP: this one is a proxy in front.
enum Forwarding {
    /// The lines of a route; empty if the web server answers by itself or passes the request to a program over FastCGI.
    static func lines(_ route: Route, _ server: FrontServer, path: String) -> [Directive] {
        switch server {
        case .nginx:
            // Only the location's own line counts: nginx does not inherit it.
            let last = route.blocks.last.map { Route(blocks: [$0], transparent: route.transparent).directives } ?? []
            return last.filter { $0.name == "proxy_pass" && !last.contains { $0.name == "fastcgi_pass" } }
        case .lighttpd: return route.innermost(["proxy.server"])
        case .apache:
            // mod_rewrite's rules of the server come before the lines of mod_proxy.
            if let rule = Self.proxyRule(route, path) { return [rule] }
            // The section that is merged last decides, and in it the first line whose path is the request's.
            for block in route.blocks.reversed() {
                let lines = (block.children ?? []).filter { Self.applies($0, path) }
                if let first = lines.first { return Self.isHTTP(first) ? [first] : [] }
            }
            return []
        case .caddy: return CaddyRoute.passers(route).filter { !CaddyRoute.isFastCGI($0) }
        case .unknown: return []
        }
    }

    /// The rule of mod_rewrite that passes a path on, if no condition stands before it.
    private static func proxyRule(_ route: Route, _ path: String) -> Directive? {
        for block in route.blocks where block.name == "" || block.name.lowercased() == "<virtualhost>" {
            var isConditional = false
            for line in block.children ?? [] {
                let flags = line.words.count > 2 ? line.words[2].dropFirst().dropLast().split(separator: ",") : []
                switch line.name.lowercased() {
                case "rewritecond": isConditional = true
                case "rewriterule":
                    if !isConditional, flags.contains("P"), Self.isHTTP(line),
                        RegularExpression.matches(line.words[0], path) == true
                    {
                        return line
                    }
                    isConditional = false
                default: continue
                }
            }
        }
        return nil
    }

    /// Whether a line of Apache decides to which program a request is passed.
    private static func applies(_ line: Directive, _ path: String) -> Bool {
        guard line.name.lowercased() == "proxypass", let first = line.words.first else { return false }
        return !first.hasPrefix("/") || path.hasPrefix(first)
    }

    private static func isHTTP(_ line: Directive) -> Bool {
        line.words.contains { $0.hasPrefix("http://") || $0.hasPrefix("https://") || $0.hasPrefix("balancer://") }
    }

    /// The effect of a line on the request that the other web server receives.
    static func note(_ line: Directive, _ route: Route) -> String {
        let what = "passes this URL on to another web server"
        if CaddyRoute.upstreams(line).contains(where: { $0.contains(GatePaths.socket) }) {
            return "speaks HTTP to the gate: it needs \"transport fastcgi\""
        }
        guard line.name == "proxy_pass", let address = line.words.first, let path = Self.path(of: address) else {
            return what
        }
        let prefix = route.blocks.last { $0.name == "location" }?.words.last ?? ""
        return path == prefix
            ? "\(what), with a path that nginx decodes and encodes again"
            : "\(what), with \(path) in place of \(prefix)"
    }

    /// The changes with which the other web server receives the request as it is.
    static func remedies(_ line: Directive, _ route: Route) -> [String] {
        switch line.name.lowercased() {
        case "proxy_pass":
            let address = line.words.first ?? ""
            let plain = Self.path(of: address).map { String(address.dropLast($0.count)) } ?? address
            let hasHost = route.innermost(["proxy_set_header"]).contains { $0.words.first?.lowercased() == "host" }
            return
                (plain == address
                ? [] : ["proxy_pass \(plain);   (without a path: with one, nginx replaces the location's)"])
                + (hasHost
                    ? []
                    : [
                        "proxy_set_header Host $host;   (without it, the other web server sees the host \(Self.host(plain)))"
                    ])
        case "proxypass":
            let keepsHost = route.innermost(["proxypreservehost"]).contains { $0.words.first?.lowercased() == "on" }
            return keepsHost
                ? [] : ["ProxyPreserveHost On   (without it, the other web server sees its own address as the host)"]
        case "reverse_proxy":
            return CaddyRoute.changes(route).map { line in
                let change = line.name == "handle_path" ? "handle" : "remove it"
                return "\(line.text)   (\(change): the web server behind needs the URL of the link)"
            }
        default: return []
        }
    }

    /// Whether a line leads to a web server of this machine that passes requests to the gate.
    static func leadsToGate(_ line: Directive, in configuration: ServerConfiguration) -> Bool {
        let targets = ForwardingTarget.find(line, in: configuration).map(\.address).filter {
            $0.isWildcard || LocalAddresses.contains($0.address)
        }
        return ServerConfiguration.all.contains { other in
            other.passesToGate && other.addresses.contains { own in targets.contains { $0.port == own.address.port } }
        }
    }

    /// The path in `http://127.0.0.1:8080/`; `nil` without one.
    private static func path(of address: String) -> String? {
        guard let start = address.firstRange(of: "://")?.upperBound,
            let slash = address[start...].firstIndex(of: "/")
        else { return nil }
        return String(address[slash...])
    }

    private static func host(_ address: String) -> Substring {
        address[(address.firstRange(of: "://")?.upperBound ?? address.startIndex)...]
    }
}

extension Facts {
    /// Whether Apache has no module for the protocol of a line that passes the URL on.
    var lacksProtocol: Bool { self.errorLog.contains { $0.contains("No protocol handler was valid") } }

    /// Whether the web server passes requests to the gate, but not those for this URL: another line takes it.
    var isTakenByOther: Bool {
        guard self.target.gate != nil, let configuration, let route, configuration.passesToGate else { return false }
        return !route.directives.contains(where: ServerConfiguration.passes)
    }

    /// The lines with which this machine's web server passes the URL on to another one.
    var forwarding: [Directive] {
        self.route.map { Forwarding.lines($0, self.server, path: RoutedRequest(self.target.url).path) } ?? []
    }
}
