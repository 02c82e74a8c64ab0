import Glibc
import Subprocess

/// Why no web server of this machine accepts a connection.
enum Unreachable {
    /// The likely reasons, one per line: an address at which the web server does not listen, or an error in its
    /// configuration.
    ///
    /// - Parameter failure: The words of curl.
    static func reasons(_ url: URLText, _ failure: String) async -> [String] {
        let request = RoutedRequest(url)
        // The web server listens and has shown a certificate.
        if let reasons = UntrustedCertificate.reasons(request, failure) { return reasons }
        let proxies = ProxyVariables.lines(url)
        if !proxies.isEmpty { return proxies }
        let addresses = request.addresses.isEmpty ? LocalAddresses.resolve(request.host) : request.addresses
        var reasons: [String] = []
        // Others may be installed and configured for the same port; the one with the gate is meant.
        let all = ServerConfiguration.all
        let withGate = all.filter(\.passesToGate)
        // A web server that failed is the one that is missing, whatever its files say.
        var failed: [ServerConfiguration] = []
        for configuration in all where await UnitState(configuration.service)?.hasFailed == true {
            failed.append(configuration)
        }
        for configuration in failed { reasons += await Self.failure(of: configuration) }
        for configuration in failed.isEmpty ? withGate.isEmpty ? all : withGate : [] {
            let title = configuration.server.title
            let lines = configuration.addresses.filter { $0.address.port == request.port }
            guard !lines.isEmpty else { continue }
            // With an address at which the server listens, it does not run, or ends again and again.
            let others = lines.filter { line in
                !addresses.isEmpty
                    && !addresses.contains {
                        line.address.takes($0, isDual: configuration.server != .nginx)
                    }
            }
            guard others.count == lines.count else {
                reasons += await Self.failure(of: configuration)
                continue
            }
            reasons += others.map { line in
                "\(title) listens at another address: \(line.line.place): \(line.line.text)"
            }
        }
        let elsewhere = addresses.contains(where: LocalAddresses.contains) ? nil : addresses.first
        reasons += LocalAddresses.shown(url, peer: elsewhere).map { [$0] } ?? HostLines.shown(request.host)
        let holders = ((try? PortHolders.names(of: request.port)) ?? []).sorted().joined(separator: ", ")
        let names = ServerConfiguration.all.map(\.service)
        if !holders.isEmpty {
            reasons.append(
                names.contains { holders.contains($0) }
                    ? "\(holders) listens on port \(request.port) of this machine, so a firewall, another address or TLS stands between: nft list ruleset; iptables-save; ss -ltn"
                    : "port \(request.port) is held by \(holders): another program than the web server (ss -ltnp)")
        }
        reasons += ServerConfiguration.all.flatMap { configuration -> [String] in
            guard let route = configuration.route(of: request) else { return [] }
            let names: Set = [
                "ssl_certificate", "ssl_certificate_key", "ssl_protocols", "ssl_reject_handshake", "ssl_verify_client",
                "sslcertificatefile", "sslcertificatekeyfile", "sslverifyclient", "sslengine", "ssl.pemfile",
                "ssl.engine", "ssl.privkey",
            ]
            let lines = route.directives.filter { names.contains($0.name.lowercased()) }
            return lines.isEmpty || !url.origin.hasPrefix("https") ? [] : lines.map { "\($0.place): \($0.text)" }
        }
        let isHere = request.addresses.contains { $0 == "::1" || $0.hasPrefix("127.") }
        if reasons.isEmpty, isHere {
            reasons += ServerConfiguration.all.map { configuration in
                let ports = Set(configuration.addresses.map(\.address.port)).sorted().map(String.init)
                return
                    "\(configuration.server.title) is not configured for port \(request.port): \(configuration.file) and what it includes "
                    + (ports.isEmpty ? "name no port" : "name \(ports.joined(separator: ", "))")
            }
        }
        // A site that is not read listens at no address.
        let gaps = failed.isEmpty && withGate.isEmpty ? all.flatMap(IncludeGaps.lines) : []
        // A place may be found in several ways; the first one says most.
        var seen: Set<Substring> = []
        return gaps
            + reasons.filter { line in
                seen.insert(Diagnosis.namesPlace(line) ? line.prefix { $0 != " " } : line[...]).inserted
            }
    }

    /// Why a web server does not run: the state of its service, an error in its configuration, and the words of a program
    /// that it starts.
    private static func failure(of configuration: ServerConfiguration) async -> [String] {
        let service = configuration.service
        let state =
            "\(configuration.server.title) is configured for this port and does not listen: systemctl status \(service)"
        let units = await UnitState(service)
        let (command, message) = await Self.test(configuration)
        var reasons: [String] = []
        if let message {
            if configuration.server == .apache, let directive = ApacheModule.unknownDirective(in: message) {
                reasons += ApacheModule.missing(for: directive).map { name in
                    "a2enmod \(name); systemctl restart \(service)   (this module knows \(directive), and is not loaded)"
                }
            }
            reasons +=
                LogPlaces.find(in: message) + MissingIncludes.lines(configuration, message)
                + Self.lines(of: configuration, withPathsOf: message)
                + Self.lines(of: configuration, namedIn: message).map { "\($0.place): \($0.text)" }
            reasons += ["\(command) says: \(message.split(separator: "\n")[0])", state]
        } else {
            reasons += (units?.suspects ?? []) + [state]
        }
        let log = await UnitJournal.lines(of: ["\(service).service"], since: UnitJournal.now - 600).filter { line in
            // Apache cannot find its own name, which is of no consequence.
            !["AH00557", "AH00558"].contains { line.contains($0) }
        }
        let fatal = message == nil ? configuration.errorLog(nil).map(ErrorLogTail.fatalLines) ?? [] : []
        for line in fatal {
            reasons.append("the error log says: \(line)")
            reasons += Self.lines(of: configuration, withPathsOf: line)
        }
        let failures = ["failed", "rror", "annot", "No such"]
        if message == nil,
            let line = log.last(where: { line in failures.contains { line.contains($0) } && !line.contains("SENDFILE_")
            })
        {
            reasons.append("the journal of \(service) says: \(line)")
            reasons += Self.lines(of: configuration, withPathsOf: line)
        }
        reasons += configuration.missingDirectories.map {
            "\($0.line.place): \($0.line.text)   (the directory \($0.directory) does not exist)"
        }
        reasons += CaddyPlaces.missingImports(configuration)
        let packaged = await PackagedFiles.unchanged(of: configuration.server)
        let additions = Difference.newestFirst(Deviations.additions(configuration, packaged: packaged))
        if message == nil, fatal.isEmpty { reasons += additions.prefix(8).map(\.shown) }
        if let units {
            reasons += units.problems + Difference.newestFirst(units.differences).prefix(8).map(\.shown)
            if !units.differences.isEmpty { reasons += await UnitState.verification(of: [units]) }
        }
        let words = log.lazy.compactMap(Facts.words).last
        if let words {
            reasons.append("a program that it starts says: \(words)")
            let setting = Diagnosis.setting(words) ?? words
            reasons += configuration.directives.flatMap(\.all).filter { line in
                line.words.contains { $0.contains(setting) }
            }.prefix(3).map { "\($0.place): \($0.text)" }
        }
        return reasons
    }

    /// The places that a line of a log names, and the directives with a path that it contains.
    private static func lines(of configuration: ServerConfiguration, withPathsOf line: String) -> [String] {
        let paths = configuration.directives.flatMap(\.all).filter { directive in
            directive.children == nil
                && directive.words.contains { word in
                    word.split(separator: "\"").contains { Self.isPath(String($0), in: line) }
                }
        }
        return LogPlaces.find(in: line) + paths.prefix(3).map { "\($0.place): \($0.text)" }
    }

    /// Whether a message contains a path, and not only a longer one that begins with it.
    private static func isPath(_ path: String, in line: String) -> Bool {
        guard path.hasPrefix("/"), path.count > 1 else { return false }
        return line.ranges(of: path).contains { range in
            let next = range.upperBound < line.endIndex ? line[range.upperBound] : " "
            return !next.isLetter && !next.isNumber && !"/._-".contains(next)
        }
    }

    /// The lines of directives or modules that a message of lighttpd names without a place.
    private static func lines(of configuration: ServerConfiguration, namedIn message: String) -> [Directive] {
        guard configuration.server == .lighttpd else { return [] }
        let words = message.split { !$0.isLetter && !$0.isNumber && !"._-".contains($0) }.map(String.init)
        let all = configuration.directives.flatMap(\.all)
        return Array(
            all.filter { line in
                words.contains { word in
                    line.name == word
                        || word.hasPrefix("mod_")
                            && line.words.contains { $0.contains("\"\(word.split(separator: ".")[0])\"") }
                }
            }.prefix(4))
    }

    /// Lets the web server check its configuration.
    ///
    /// - Returns: The command, and the line that describes an error.
    private static func test(_ configuration: ServerConfiguration) async -> (String, String?) {
        let (name, arguments): (String, [String]) =
            switch configuration.server {
            case .nginx: ("nginx", ["-t"])
            case .apache: ("apachectl", ["-t"])
            case .caddy: ("caddy", ["adapt", "--config", configuration.file, "--adapter", "caddyfile"])
            default: ("lighttpd", ["-tt", "-f", configuration.file])
            }
        let result = try? await run(
            .name(name), arguments: Arguments(arguments), output: .string(limit: 65_536), error: .string(limit: 65_536))
        let command = ([name] + arguments).joined(separator: " ")
        guard let result, !result.terminationStatus.isSuccess else { return (command, nil) }
        let lines = "\(result.standardError)\n\(result.standardOutput)".split(separator: "\n")
        // A file that an include line names is missing: lighttpd writes more about it than about the error that follows.
        let words = ["exited non-zero", "[emerg]", "yntax error", "error", "rror:"]
        let line = words.lazy.compactMap { word in lines.first { $0.contains(word) } }.first ?? lines.first
        // Apache names the place in one line and the fault in the next.
        let next = line.flatMap { line in lines.firstIndex(of: line) }.flatMap { lines.dropFirst($0 + 1).first }
        return (command, line.map { $0.hasSuffix(":") ? "\($0) \(next ?? "")" : String($0) })
    }
}
