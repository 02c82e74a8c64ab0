/// An address on this machine to which a line of a web server's configuration passes requests.
struct ForwardingTarget: Sendable {
    let line: Directive
    let address: ServerAddress
    let isSecure: Bool

    /// The addresses to which the checked URL is passed on, each once.
    static func find(_ facts: Facts) -> [ForwardingTarget] {
        let own = RoutedRequest(facts.target.url).port
        let all = facts.configuration.map { configuration in
            facts.forwarding.flatMap { Self.find($0, in: configuration) }
        }
        var seen: Set<String> = []
        let targets = (all ?? FrontFiles.targets(facts)).map(\.resolved).filter { target in
            let name = target.address.address
            // The address of the URL itself would be asked again.
            return (name == "*" || LocalAddresses.contains(name)) && target.address.port != own
                && seen.insert("\(name) \(target.address.port)").inserted
        }
        // Where the web server itself is set up for the gate, the line leads to another application, and is the fault.
        guard facts.configuration?.passesToGate == true else { return targets }
        return targets.contains { $0.leadsToGate(facts.target.url) } ? targets : []
    }

    /// The target with the address of a host that has a name.
    private var resolved: ForwardingTarget {
        let name = self.address.address
        guard !name.contains(":"), name.contains(where: \.isLetter),
            let address = LocalAddresses.resolve(name).first(where: LocalAddresses.contains),
            let local = ServerAddress("\(address.bracketed):\(self.address.port)", standard: nil)
        else { return self }
        return ForwardingTarget(line: self.line, address: local, isSecure: self.isSecure)
    }

    /// The lines of /etc/hosts about the names in the lines that pass the checked URL on, if the web server behind is not reached.
    static func hostLines(_ facts: Facts) -> [String] {
        guard let configuration = facts.configuration, facts.whole.status >= 500 else { return [] }
        let names = facts.forwarding.flatMap { Self.find($0, in: configuration) }.map(\.address.address)
        return Set(names).sorted().flatMap { name in
            HostLines.find(name).map {
                "\($0.place): \($0.name)   (the address to which \(facts.server.title) passes the URL on)"
            }
        }
    }

    /// Whether a web server of this machine passes the URL to the gate at this address.
    private func leadsToGate(_ url: URLText) -> Bool {
        guard let own = URLText("http://\(self.address.connectable.bracketed):\(self.address.port)\(url.path)") else {
            return false
        }
        let request = RoutedRequest(own)
        return ServerConfiguration.all.contains { configuration in
            configuration.route(of: request)?.directives.contains { $0.wholeText.contains(GatePaths.socket) } == true
        }
    }

    /// The addresses that a line names itself, or by the name of a group of servers.
    static func find(_ line: Directive, in configuration: ServerConfiguration) -> [ForwardingTarget] {
        let text = line.wholeText
        // A variable has another value for each request.
        guard !line.words.contains(where: { $0.hasPrefix("http") && $0.contains("://$") }) else { return [] }
        switch configuration.server {
        case .nginx:
            guard let url = line.words.first.flatMap({ URLText($0) }) else { return [] }
            let isSecure = url.origin.hasPrefix("https")
            let name = url.origin[(url.origin.firstRange(of: "://")?.upperBound ?? url.origin.startIndex)...]
            let groups = configuration.directives.filter { $0.name == "http" }.flatMap { $0.children("upstream") }
            guard let group = groups.first(where: { $0.words.first == String(name) }) else {
                return Self.find(line, url)
            }
            return group.children("server").filter { !$0.words.contains("down") }.compactMap { server in
                server.words.first.flatMap { ServerAddress($0, standard: 80) }.map {
                    ForwardingTarget(line: server, address: $0, isSecure: isSecure)
                }
            }
        case .apache:
            if let word = line.words.first(where: { $0.hasPrefix("balancer://") }) {
                let name = "balancer://" + word.dropFirst("balancer://".count).prefix { $0 != "/" }
                let groups = configuration.directives.flatMap(\.all).filter {
                    $0.name.lowercased() == "<proxy>" && $0.words.first?.hasPrefix(name) == true
                }
                let members = groups.flatMap(\.all).filter { $0.name.lowercased() == "balancermember" }
                return members.flatMap { member in
                    member.words.lazy.compactMap { URLText($0) }.first.map { Self.find(member, $0) } ?? []
                }
            }
            return line.words.lazy.compactMap { URLText($0) }.first.map { Self.find(line, $0) } ?? []
        case .lighttpd: return Self.pairs(in: text).map { ForwardingTarget(line: line, address: $0, isSecure: false) }
        case .caddy: return CaddyRoute.upstreams(line).flatMap { Self.upstream($0, line) }
        case .unknown: return []
        }
    }

    private static func find(_ line: Directive, _ url: URLText) -> [ForwardingTarget] {
        let request = RoutedRequest(url)
        return ServerAddress("\(request.host.bracketed):\(request.port)", standard: nil).map {
            [ForwardingTarget(line: line, address: $0, isSecure: url.origin.hasPrefix("https"))]
        } ?? []
    }

    /// The pairs in lighttpd's `"host" => "127.0.0.1", "port" => 8080`. The port is 80 by default.
    static func pairs(in text: String) -> [ServerAddress] {
        func value(_ name: String, _ text: Substring) -> String? {
            guard let start = text.firstRange(of: "\"\(name)\"")?.upperBound else { return nil }
            let value = text[start...].drop { " =>\"".contains($0) }.prefix { !" \",)".contains($0) }
            return value.isEmpty ? nil : String(value)
        }
        var rest = text[...]
        var addresses: [ServerAddress] = []
        while let start = rest.firstRange(of: "\"host\"") {
            let next = rest[start.upperBound...].firstRange(of: "\"host\"")?.lowerBound ?? rest.endIndex
            let pair = rest[start.lowerBound..<next]
            if let host = value("host", pair) {
                let text = "\(host.bracketed):\(value("port", pair) ?? "80")"
                addresses += [ServerAddress(text, standard: 80)].compactMap { $0 }
            }
            rest = rest[next...]
        }
        return addresses
    }

    /// The address in a word of Caddy's `reverse_proxy`: `127.0.0.1:8080`, `http://localhost:8080`.
    private static func upstream(_ word: String, _ line: Directive) -> [ForwardingTarget] {
        if let url = URLText(word) { return Self.find(line, url) }
        guard word.contains(":"), !word.contains("/"), let address = ServerAddress(word, standard: nil) else {
            return []
        }
        return [ForwardingTarget(line: line, address: address, isSecure: false)]
    }
}

extension String {
    /// An IPv6 address in brackets, as a URL has it; any other host as it is.
    var bracketed: String { self.contains(":") && !self.hasPrefix("[") ? "[\(self)]" : self }
}
