/// The lines of the web server's configuration on this machine that a fault probably comes from.
extension Diagnosis {
    /// The most lines that a finding names.
    private static let most = 8

    /// The lines of the files, each with its place, and what they do.
    func places(_ facts: Facts) -> [String] {
        guard let configuration = facts.configuration, let route = facts.route else { return [] }
        var seen: Set<String> = []
        let named = self.lines(configuration, route, facts)
        let request = RoutedRequest(facts.target.url)
        let lines = (named + VariableLines.find(configuration, route, named.map(\.line), request)).filter {
            seen.insert($0.line.place).inserted
        }
        .prefix(Self.most).map { line, note in
            "\(line.place): \(line.text)\(note == "" ? "" : "   (\(note))")"
        }
        guard self.isOfConfiguration else { return lines }
        let missing = CaddyPlaces.missingImports(configuration)
        let stale = facts.staleFile.map { file in
            "systemctl reload \(configuration.service)   (\(configuration.server.title) runs with an older configuration: \(file) was changed since)"
        }
        let isUnused =
            configuration.passers.isEmpty && facts.forwarding.isEmpty
            && !configuration.directives.flatMap(\.all).contains(where: CaddyRoute.passesOn)
        let unread = facts.trail.unreadLines(facts).filter(Self.namesPlace)
        let gaps = facts.forwarding.isEmpty ? facts.trail.gaps + unread : []
        let site = facts.target.gate != nil && isUnused && gaps.isEmpty ? [configuration.enableSite] : gaps
        // Another web server may be the one that is set up for the gate; the trail names it, and this line is the last.
        let isOther = ServerConfiguration.all.contains { $0.server != configuration.server && $0.passesToGate }
        let old = (stale.map { [$0] } ?? []) + missing
        return isOther ? old + lines + site : gaps + old + (gaps.isEmpty ? site : []) + lines
    }

    /// Whether the fault can be due to a site that is not enabled, or to a configuration that is not in use.
    private var isOfConfiguration: Bool {
        switch self {
        case .gateNotReached, .redirected, .notSignedIn, .forbiddenByServer, .methodRefused, .closedByRule,
            .notFoundByServer,
            .programUnreachable, .programNotRunning, .socketMissing, .socketClosed, .otherSocket, .queryLost,
            .pathChanged,
            .otherPrefix,
            .internalMissing, .headerNotHonoured, .otherStatus:
            true
        default: false
        }
    }

    private typealias Line = (line: Directive, note: String)

    private func lines(_ configuration: ServerConfiguration, _ route: Route, _ facts: Facts) -> [Line] {
        func named(_ names: String..., note: String = "") -> [Line] {
            route.directives.filter { names.contains($0.name.lowercased()) }.map { ($0, note) }
        }
        // The log says why the connection is not even tried.
        if [.otherStatus, .programUnreachable].contains(self), let lines = Self.preventing(facts) { return lines }
        switch self {
        case .gateNotReached
        where facts.ownReply == .none && facts.gateReport?.reason == "file" && !Self.caching(route).isEmpty:
            return Self.caching(route).map { ($0, "may answer for the gate with a stored page") }
        case .gateNotReached where !facts.forwarding.isEmpty:
            return facts.forwarding.map { ($0, Forwarding.note($0, route)) }
                + CaddyPlaces.changes(route) + Self.answering(facts.whole.status, route, facts)
        case .gateNotReached, .redirected, .notSignedIn, .forbiddenByServer, .methodRefused, .rateLimited,
            .closedByRule, .otherStatus:
            return Self.answering(facts.limit?.status ?? facts.whole.status, route, facts)
        case .notFoundByServer where facts.server == .nginx:
            return facts.internalRoute.map { route in
                route.innermost(["alias", "root"]).map { ($0, "the directory of the files") }
                    + (route.blocks.last.map { [($0, "takes the internal URLs")] } ?? [])
            } ?? []
        case .notFoundByServer, .otherFile:
            return named("xsendfilepath", "fastcgi.server")
                + CaddyRoute.fileRoots(route).map { ($0, "the directory of the files") }
                + Self.lines(naming: "SENDFILE_ROOT", configuration, facts)
        case .socketClosed:
            let names: Set = ["user", "server.username", "server.groupname"]
            let users = configuration.directives.flatMap(\.all).filter { names.contains($0.name.lowercased()) }
            let variables = facts.server == .apache ? PlainLines.read("/etc/apache2/envvars") : []
            let own = variables.filter { $0.name.contains("APACHE_RUN_USER=") || $0.name.contains("APACHE_RUN_GROUP=") }
            return (own + users).map { ($0, "the web server's user") }
                + (facts.units?.lines(containing: "Socket") ?? []).filter { line in
                    ["SocketUser=", "SocketGroup=", "SocketMode="].contains { line.name.hasPrefix($0) }
                }.map { ($0, "the socket's owner") }
        case .programFailed where facts.wordsAreOutdated || facts.hidesRoot || facts.hiddenPath != nil: return []
        case .programUnreachable where !Self.withoutCommand(facts).isEmpty:
            return Self.withoutCommand(facts).map { ($0, "starts the program without serve") }
        case .otherSocket:
            let title = configuration.server.title
            return configuration.upstream(route).map { ($0, "the address to which \(title) connects") }
                + named("proxypass", "proxypassmatch", "fastcgi.server")
                + (facts.units?.sockets ?? []).flatMap { path in
                    (facts.units?.lines(containing: "ListenStream=\(path)") ?? []).map {
                        ($0, "the address at which the gate listens")
                    }
                }
        // The unit is the reason, and its lines are the remedy.
        case .programNotRunning, .socketMissing, .notStarted:
            if facts.units?.isDown == true { return [] }
            fallthrough
        case .programUnreachable, .programFailed:
            let setting = facts.programWords.flatMap(Self.setting)
            if let setting { return Self.lines(naming: setting, configuration, facts) }
            // No response at all may be the web server's own decision, and another location may pass on the URL.
            let isOther = facts.whole.status == 0 || !route.directives.contains(where: ServerConfiguration.passes)
            let others = isOther ? Self.answering(facts.whole.status, route, facts) : []
            return others
                + configuration.upstream(route).map { line in
                    (line, facts.forwarding.isEmpty ? "the program's address" : Forwarding.note(line, route))
                }
                + named("fcgidwrapper", "proxypass", "proxypassmatch", "fastcgi.server")
        case .programSlow: return named("fastcgi_read_timeout", "fcgidiotimeout", "fcgidbusytimeout", "proxytimeout")
        case .queryLost, .pathChanged:
            return facts.forwarding.map { ($0, Forwarding.note($0, route)) } + CaddyPlaces.changes(route)
                + named("rewrite", "try_files", "rewriterule", "url.rewrite", "url.rewrite-once", "url.redirect")
                + route.directives.filter { $0.name == "fastcgi_param" && $0.words.first == "REQUEST_URI" }.map {
                    ($0, "")
                }
        case .refusalAccepted:
            return named(
                "error_page", "errordocument", "server.error-handler-404", "server.error-handler", "handle_errors",
                "handle_response", "intercept")
        case .cached:
            return Self.caching(route).map { ($0, "") }
                + named("fastcgi_cache_valid", "proxy_cache_valid", "fastcgi_ignore_headers", "proxy_ignore_headers")
        case .otherFormat: return Self.lines(naming: "SENDFILE_LINK_FORMAT", configuration, facts)
        case .otherBinding: return Self.lines(naming: "SENDFILE_LINK_BINDING", configuration, facts)
        case .wrongSecret: return Self.lines(naming: "SENDFILE_LINK_SECRET", configuration, facts)
        case .fieldsChanged:
            let names: Set = [
                "add_header", "expires", "fastcgi_hide_header", "fastcgi_pass_header", "fastcgi_ignore_headers",
                "header", "header_down", "expiresactive",
                "expiresdefault", "expiresbytype", "setenv.add-response-header", "setenv.set-response-header",
                "expire.url", "expire.mimetypes", "forcetype",
            ]
            let all = route.directives + (facts.internalRoute?.directives ?? [])
            return all.filter { names.contains($0.name.lowercased()) }.map { ($0, "changes header fields") }
        case .otherRoot, .unknownToProgram, .leavesRoot:
            return Self.lines(naming: "SENDFILE_ROOT", configuration, facts)
        case .streamed, .wrongDialect, .headerNotHonoured, .controlLeaked, .nameLost, .headerSwallowed:
            return Self.lines(naming: "SENDFILE_BACKEND", configuration, facts)
                + named(
                    "xsendfile", "xsendfilepath", "x-sendfile", "fastcgi_ignore_headers", "fastcgi_hide_header",
                    "header", "handle_response")
                + route.directives.filter { $0.name == "header_down" && $0.wholeText.contains("-X-") }.map {
                    ($0, "")
                }
        case .internalMissing:
            return Self.lines(naming: "SENDFILE_URL", configuration, facts)
                + (facts.internalRoute?.blocks.last.map { [($0, "takes the internal URLs")] } ?? [])
        case .otherPrefix:
            let names: Set = ["location", "<Location>", "handle", "handle_path"]
            let blocks = route.blocks.suffix(1).filter { names.contains($0.name) }
            return Self.lines(naming: "SENDFILE_LINK_PREFIX", configuration, facts) + blocks.map { ($0, "") }
        case .clientRefused:
            let words = ["user-agent", "user_agent", "useragent"]
            func isAbout(_ line: Directive) -> Bool { words.contains(where: line.wholeText.lowercased().contains) }
            let own = route.directives.filter(isAbout)
            // A map of nginx or a variable of Apache is defined elsewhere.
            let others = configuration.directives.flatMap(\.all).filter { $0.name != "log_format" && isAbout($0) }
            return (own + others.filter { line in line.name.lowercased() != "logformat" }).map {
                ($0, "depends on the client's name")
            }
        case .compressed:
            let own = named(
                "gzip", "gzip_types", "deflate.mimetypes", "setoutputfilter", "addoutputfilterbytype", "encode")
            return own + (own.isEmpty ? BehindServer.compressing(facts) : [])
        case .rangesIgnored, .conditionIgnored:
            let fields: Set = [
                "requestheader", "setenv.set-request-header", "proxy_set_header", "request_header", "header_up",
            ]
            let changes = route.directives.filter { line in
                let words = self == .rangesIgnored ? ["range"] : ["if-none-match", "if-modified-since"]
                return fields.contains(line.name.lowercased())
                    && words.contains(where: line.wholeText.lowercased().contains)
            }
            let ranges = self == .rangesIgnored ? named("max_ranges", "maxranges", "server.range-requests") : []
            return Self.fetching(route).map {
                ($0, "nginx requests the whole file, without Range and conditions, for its cache")
            }
                + ranges + changes.map { ($0, "") }
        default: return []
        }
    }

    /// The lines that make files available at a public URL: those of its route that name a directory above the file.
    static func publicPlaces(_ url: URLText, _ facts: Facts) -> [String] {
        guard let route = facts.configuration?.route(of: RoutedRequest(url, peer: facts.whole.peer)) else { return [] }
        let directories = Set([facts.target.file.directory, facts.target.root ?? "/"])
        return PublicPath.detours(url, route)
            + route.directives.filter { line in
                let names = [
                    "root", "alias", "aliasmatch", "scriptalias", "documentroot", "alias.url", "server.document-root",
                ]
                guard names.contains(line.name.lowercased()) else { return false }
                let paths = line.words.flatMap { $0.split { "\"() =>,".contains($0) } }.filter { $0.hasPrefix("/") }
                return paths.contains { path in
                    let path = path.hasSuffix("/") ? path.dropLast() : path
                    return directories.contains { $0 == path || $0.hasPrefix("\(path)/") || path.hasPrefix("\($0)/") }
                }
            }.map { "\($0.place): \($0.text)   (makes the files public)" }
    }

    /// The lines for which nginx requests whole responses of another web server or a program.
    static func fetching(_ route: Route) -> [Directive] {
        route.innermost(["proxy_cache", "fastcgi_cache"]).filter { $0.words != ["off"] }
    }

    /// The lines that store answers.
    static func caching(_ route: Route) -> [Directive] {
        let names: Set = ["fastcgi_cache", "fastcgi_cache_key", "proxy_cache", "proxy_cache_key", "cacheenable"]
        return route.directives.filter { names.contains($0.name.lowercased()) && $0.words != ["off"] }
    }

    /// The lines that can answer a request with a status in place of the program.
    private static func answering(_ status: Int, _ route: Route, _ facts: Facts) -> [Line] {
        let lines = route.directives.filter { line in
            facts.server == .caddy ? CaddyPlaces.answers(line, status) : Self.answers(line, status, route)
        }.map { ($0, "answers this URL") }
        guard !route.directives.contains(where: ServerConfiguration.passes) else {
            return lines + Self.missingModule(route)
        }
        let last = route.blocks.last.map { block in
            (block, block.name == "" ? "" : "takes this URL, and passes it to no program")
        }
        let conditions = CaddyPlaces.conditions(route)
        // The block of the whole file is not a line. The line that passes the request on is named already.
        let taker = last.map { $0.0.name == "" || !facts.forwarding.isEmpty ? [] : [$0] } ?? []
        let site = route.site.map { [($0, "this site takes the URL's host and port")] } ?? []
        let others = route.elsewhere.map {
            (
                $0,
                "passes requests to a program, but does not take this URL\(facts.whole.peer.map { " at \($0)" } ?? "")"
            )
        }
        return lines + conditions + others + site + taker
    }

    /// The line of lighttpd that loads modules, if none loads the one of `fastcgi.server`; preferably in the same file.
    private static func missingModule(_ route: Route) -> [Line] {
        let modules = route.directives.filter { $0.name == "server.modules" }
        guard !modules.contains(where: { $0.wholeText.contains("\"mod_fastcgi\"") }) else { return [] }
        let files = Set(route.directives.filter { $0.name == "fastcgi.server" }.map(\.file))
        let line = modules.last { files.contains($0.file) } ?? modules.last
        return line.map { [($0, "add \"mod_fastcgi\": without it, fastcgi.server has no effect")] } ?? []
    }

    /// Whether a directive can answer with this status.
    private static func answers(_ line: Directive, _ status: Int, _ route: Route) -> Bool {
        let (words, name) = (line.words, line.name.lowercased())
        switch name {
        case "return" where status == 0: return words.first == "444"
        case "return": return words.first.flatMap { Int($0) }.map { $0 == status } ?? (status == 302)
        case "rewrite":
            let isRedirect =
                ["redirect", "permanent"].contains(words.last) || words.dropFirst().first?.hasPrefix("http") == true
            return isRedirect == (300..<400).contains(status) && [301, 302, 403, 404].contains(status)
        case "error_page": return (300..<400).contains(status)
        case "auth_basic": return status == 401 && words != ["off"]
        case "auth_request": return (300..<404).contains(status) || status == 500
        case "deny", "disable_symlinks": return status == 403
        case "limit_except": return status == 403 || status == 405
        case "internal", "try_files": return status == 404
        case "limit_req", "limit_conn": return status == 429 || status == 503
        case "large_client_header_buffers", "client_header_buffer_size": return status == 414 || status == 400
        // Apache.
        case "redirect", "redirectmatch", "redirectpermanent", "redirecttemp":
            // "Redirect 413 /" answers with this status only.
            if let number = words.first.flatMap({ Int($0) }) { return number == status }
            return (300..<400).contains(status) || status == 410 && words.first == "gone"
        case "rewriterule":
            let flags = words.count > 2 ? words[2].dropFirst().dropLast().split(separator: ",") : []
            let isRedirect =
                flags.contains { $0.hasPrefix("R") }
                || words.dropFirst().first?.hasPrefix("http") == true && !flags.contains("P")
            // A rule without a substitution changes nothing; another program may answer the new URL with any status.
            let changesURL = words.dropFirst().first.map { $0 != "-" } ?? false
            let isOther = changesURL && !isRedirect && status != 401 && status != 403
            return (300..<400).contains(status) ? isRedirect : status == 403 && flags.contains("F") || isOther
        case "require":
            return status == 401 || status == 403
                ? (Self.applies(line, route) || route.isConditional(line)) && words != ["all", "granted"] : false
        case "sethandler": return status == 404 && !line.wholeText.contains("fcgi") && Self.applies(line, route)
        case "secruleengine": return [400, 403, 406].contains(status) && words.first?.lowercased() == "on"
        // Of interest where mod_fcgid starts the program: a proxy does not look at the option.
        case "options":
            return status == 403 && Self.startsProgram(route) && !words.contains { $0.hasSuffix("ExecCGI") }
        case "fcgidwrapper": return status == 404 && !words.contains("virtual")
        case "limitrequestline": return status == 414
        case "limitrequestfieldsize", "limitrequestfields": return status == 400
        // lighttpd.
        case "server.max-request-field-size": return status == 400 || status == 431
        case "url.redirect": return (300..<400).contains(status)
        case "auth.require": return status == 401
        case "url.access-deny": return status == 403 && words.last?.contains("\"") == true && Self.isLast(line, route)
        case "url.access-allow": return status == 403
        case "fastcgi.server": return status == 404 && words.last?.contains("\"check-local\"") != true
        case "url.rewrite", "url.rewrite-once", "url.rewrite-if-not-file": return status == 404
        default: return false
        }
    }

    /// Whether no more specific block contains a directive of the same name.
    private static func applies(_ line: Directive, _ route: Route) -> Bool {
        route.innermost([line.name.lowercased()]).contains { $0.place == line.place }
    }

    /// Whether mod_fcgid starts the program that gets the requests.
    private static func startsProgram(_ route: Route) -> Bool {
        let isProxied = route.directives.contains { line in
            line.name.lowercased() == "proxypass" && line.wholeText.contains("fcgi:") && Self.applies(line, route)
        }
        return !isProxied && route.directives.contains { $0.wholeText.lowercased().contains("fcgid") }
    }

    /// Whether no later line of the same block assigns another value.
    private static func isLast(_ line: Directive, _ route: Route) -> Bool {
        route.innermost([line.name]).last?.place == line.place
    }

    // MARK: The program's own words

    /// The name of the first setting in a message: `SENDFILE_ROOT is "/srv/x", which is not a directory`.
    static func setting(_ words: String) -> String? {
        for prefix in ["SENDFILE_", "FASTCGI_"] {
            guard let start = words.firstRange(of: prefix) else { continue }
            return String(
                words[start.lowerBound...].prefix { $0.isLetter && $0.isUppercase || $0 == "_" || $0.isNumber })
        }
        return nil
    }

    private static func lines(naming setting: String, _ configuration: ServerConfiguration, _ facts: Facts) -> [Line] {
        let lines = configuration.directives.flatMap(\.all).filter { line in
            line.words.contains { $0.contains(setting) }
        }
        // The file of the settings that check itself reads is usually the gate's, too.
        let files = Set(
            facts.trail.gates.compactMap(\.settingsFile) + [facts.target.gate?.settingsFile].compactMap { $0 })
        let settings = files.sorted().flatMap { PlainLines.read($0) }.filter { $0.name.contains(setting) }
        // A secret is not shown.
        let all = settings + (facts.units?.lines(containing: setting) ?? []) + lines
        let isFcgid = facts.route?.directives.contains { $0.name.lowercased() == "fcgidwrapper" } ?? false
        return all.filter { !$0.wholeText.contains("SENDFILE_LINK_SECRET=") }.map { line in
            let isLost = isFcgid && ["setenv", "passenv"].contains(line.name.lowercased())
            return (line, isLost ? "mod_fcgid does not give it to the program: use FcgidInitialEnv" : "")
        }
    }
}
