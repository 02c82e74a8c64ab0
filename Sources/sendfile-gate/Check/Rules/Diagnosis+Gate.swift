import SignedLinks

extension Diagnosis {
    /// Derives the fault from the gate's account of a refused link.
    init(_ report: GateReport, _ facts: Facts) {
        let gate = facts.target.gate
        let base = facts.target.gate.map { $0.base.path == "/" ? "" : $0.base.path }
        if !report.hasQuery, facts.target.url.query != "" {
            self = .queryLost
        } else if gate?.format != report.format {
            self = .otherFormat
        } else if base != report.prefix {
            self = .otherPrefix
        } else if gate?.bindings != report.binding || report.reason == "binding"
            || gate?.binding.clientAddress.map({ $0 != report.address }) == true
            || gate?.binding.user.map({ $0 != report.user }) == true
        {
            self = .otherBinding
        } else if ["longest", "notYetValid", "expired"].contains(report.reason) {
            self = .clockOff
        } else {
            // The format, the prefix and the secret are the same, so the path is not.
            self = .pathChanged
        }
    }

    /// The likely cause of a fault between the web server and a gate.
    func gateCause(_ facts: Facts) -> String? {
        let server = facts.server.title
        let report = facts.gateReport
        switch self {
        case .gateNotReached where facts.elsewhere != nil:
            return
                "The URL's host leads to \(facts.whole.peer ?? ""), which is not an address of this machine. What answers there does not pass "
                + "this URL to the gate."
        case .gateNotReached where !facts.forwarding.isEmpty:
            return
                "\(server) passes this URL on to another web server or program, which answered in place of the gate, or refused the changed "
                + "URL."
        case .gateNotReached where Redirection(facts.whole) != nil: return Redirection(facts.whole)?.cause
        case .gateNotReached:
            return
                "\(server) answered by itself, or another program did: another location, rule or virtual host takes this URL, "
                + "or the gate's pages are replaced."
        case .otherPrefix:
            return
                "The gate's SENDFILE_LINK_PREFIX is \((report?.prefix ?? "").debugDescription), and the URL's path begins with "
                + "\((facts.target.gate?.base.path ?? "").debugDescription)."
        case .otherFormat: return "The gate's SENDFILE_LINK_FORMAT is \(report?.format ?? "another one")."
        case .otherBinding:
            if let address = facts.target.gate?.binding.clientAddress, let seen = report?.address, address != seen {
                return
                    "The link is bound to the client's address, \(address), and the gate sees \(seen.isEmpty ? "none" : seen): a proxy in front has that address, "
                    + "and \(server) does not replace it with the client's."
            }
            return
                "The gate's SENDFILE_LINK_BINDING is \((report?.binding ?? "").debugDescription); or \(server) does not pass the value "
                + "to which links are bound."
        case .queryLost: return "The query, which contains the signature, is lost before the gate sees it."
        case .pathChanged:
            return "The path is changed before the gate sees it: it saw \((report?.path ?? "").debugDescription)."
        case .refusalAccepted:
            return
                "\(server) replaces the gate's pages and their status: clients and caches take the page for the file."
        case .cached where facts.outlived?.gives(facts.target.file.size) == true:
            return
                "A cache responds without asking the gate, and keeps responses longer than links are valid: it ignores the gate's Cache-Control."
        case .cached:
            return
                "A cache responds without asking the gate: its key does not contain the query, so all links to a file have one response."
        case .secretUnreadable:
            return "\(server) starts the gate as a user that cannot read the secret, so the gate ends at once."
        case .leavesRoot: return "A symbolic link leads out of SENDFILE_ROOT; the program sends no such file."
        default: return nil
        }
    }

    /// The remedy of a fault between the web server and a gate.
    func gateRemedy(_ facts: Facts) -> [String]? {
        let server = facts.server
        let base = facts.target.gate.map { $0.base.path == "/" ? "" : $0.base.path } ?? ""
        switch self {
        case .gateNotReached where facts.elsewhere != nil:
            return [facts.elsewhere ?? ""] + Self.reachGate(server, facts, base)
        case .gateNotReached:
            guard let line = facts.forwarding.first, let route = facts.route else {
                return Self.reachGate(server, facts, base)
            }
            return facts.behind.contains(where: \.isFile)
                || facts.configuration.map { Forwarding.leadsToGate(line, in: $0) } == true
                ? Forwarding.remedies(line, route) : Self.reachGate(server, facts, base)
        case .behindFails:
            return ["Pass this URL only to servers with this gate, or set it up on each of them: sendfile-gate init."]
        case .otherPrefix:
            return [
                base.isEmpty
                    ? "--url with the gate's prefix, \(facts.gateReport?.prefix ?? "")/"
                    : Self.gateSetting("SENDFILE_LINK_PREFIX", base, server),
                "--url with the prefix of the gate's links",
            ]
        case .otherFormat:
            return ["SENDFILE_LINK_FORMAT=\(facts.gateReport?.format ?? "")   (here, and where links are made)"]
        case .otherBinding
        where facts.target.gate?.binding.clientAddress.map({ $0 != facts.gateReport?.address }) == true:
            let proxy = facts.gateReport.map { $0.address.isEmpty ? "127.0.0.1" : $0.address } ?? "127.0.0.1"
            let line =
                switch server {
                case .nginx: "set_real_ip_from \(proxy);   real_ip_header X-Forwarded-For;   (in the server block)"
                case .apache: "RemoteIPHeader X-Forwarded-For   RemoteIPInternalProxy \(proxy)   (a2enmod remoteip)"
                case .caddy:
                    "env REMOTE_ADDR {client_ip}   servers { trusted_proxies static \(proxy)/32 }   (since Caddy 2.7)"
                case .lighttpd, .unknown:
                    "extforward.forwarder = ( \"\(proxy)\" => \"trust\" )   (lighttpd: mod_extforward; nginx: set_real_ip_from; Apache: RemoteIPHeader)"
                }
            return [
                line,
                "SENDFILE_LINK_BINDING=   (or links that are not bound to the address, here and where they are made)",
            ]
        case .otherBinding:
            return [
                "SENDFILE_LINK_BINDING=\(facts.gateReport?.binding ?? "")   (here, and where links are made)",
                "fastcgi_param REMOTE_ADDR $remote_addr;   fastcgi_param REMOTE_USER $remote_user;   (nginx)",
            ]
        case .queryLost, .pathChanged:
            return switch server {
            case .nginx:
                [
                    "fastcgi_param REQUEST_URI $request_uri;   (not $uri or $document_uri, which are decoded and have no query)",
                    "try_files … $uri$is_args$args;   rewrite …;   (remove them from the gate's location)",
                ]
            case .lighttpd: ["url.rewrite…   (remove the rule for these URLs)"]
            case .apache: ["RewriteRule … [QSA,L]   (remove the rule for these URLs)"]
            case .caddy:
                [
                    "handle \(base)/* { … }   (not handle_path, which removes \(base))",
                    "uri …   rewrite …   try_files …   (remove them for these URLs, or give them a matcher)",
                ]
            case .unknown: ["Remove rules that rewrite these URLs."]
            }
        case .refusalAccepted:
            return switch server {
            case .nginx:
                ["error_page 404 410 …;   (without =200: \"error_page 404 /missing.html;\" keeps the status)"]
            case .apache: ["ErrorDocument 404 /missing.html   (a path, not a URL; the script must keep the status)"]
            case .lighttpd: ["server.error-handler-404   (remove it, or keep the status)"]
            case .caddy: ["handle_errors { … }   handle_response { … }   (respond … with the status of the error)"]
            case .unknown: ["Keep the status of error pages."]
            }
        case .cached:
            return switch server {
            case .nginx:
                [
                    "\(facts.forwarding.isEmpty ? "fastcgi_cache" : "proxy_cache") off;   (in the gate's location; fastcgi_cache_key and proxy_cache_key must contain $request_uri, not $uri)",
                    "Empty the cache: it contains responses for every client.",
                ]
            case .apache: ["CacheDisable \"\(base)/\"", "CacheIgnoreQueryString Off"]
            default: ["Remove the cache in front, or let its key contain the query."]
            }
        case .secretUnreadable:
            guard let access = facts.secretAccess else {
                return ["chown … SENDFILE_LINK_SECRET_FILE   (the gate's user)"]
            }
            return access.obstacles.map { obstacle in
                // Not for every user of this machine, as for a file.
                obstacle.isDirectory
                    ? obstacle.remedy(for: access.user)
                    : "chown \(access.user.name) \(obstacle.path.quotedForShell)   (and chmod 400: only that user reads the secret)"
            }
        case .leavesRoot:
            let link = facts.target.root.flatMap { RootSurvey.link(to: facts.target.file.path, outOf: $0) }
            return (link.map { [RootSurvey.remedy($0)] } ?? []) + [
                "SENDFILE_ROOT   (a directory that contains the link's target), or copy the file into \(facts.target.shownRoot)"
            ]
        case .wrongSecret:
            return [
                "systemctl restart sendfile-gate.service, or kill -HUP of sendfile-gate: a secret that was replaced is in use only then",
                "SENDFILE_LINK_SECRET_FILE (or SENDFILE_LINK_SECRET), with the same value here and for sendfile-gate serve",
            ]
        default: return nil
        }
    }

    /// A setting of the gate. systemd starts the gate behind nginx, so its settings are in the unit there.
    private static func gateSetting(_ name: String, _ value: String, _ server: FrontServer) -> String {
        server == .nginx
            ? "Environment=\(name)=\(value)   (in sendfile-gate.service; then systemctl restart sendfile-gate.service)"
            : Self.setting(name, value, server)
    }

    private static let signIn = "--header 'Authorization: Basic …'   (to check the gate behind a password)"

    /// The lines that pass requests to a gate, those that this status suggests first.
    private static func reachGate(_ server: FrontServer, _ facts: Facts, _ base: String) -> [String] {
        switch (server, facts.whole.status) {
        case (_, 429), (_, 503):
            ["limit_req, limit_conn (nginx), a rate limit in front: exempt this machine or raise the limit"]
        case (_, 300..<400): Redirection(facts.whole)?.remedies(base) ?? []
        case (.nginx, 401):
            ["auth_basic off;   auth_request off;   (in location ^~ \(base)/: the link gives access)", Self.signIn]
        case (.lighttpd, 401): ["$HTTP[\"url\"] !~ \"^\(base)/\" { auth.require = … }", Self.signIn]
        case (.apache, 401): ["Require all granted   (in <Location \"\(base)/\">: the link gives access)", Self.signIn]
        case (.apache, 403):
            [
                "Options +ExecCGI   (in <Location \"\(base)/\">)",
                "Require all granted   (in <Location \"\(base)/\">; not Require all denied)",
                "Apache's ErrorLog contains the reason.",
            ]
        case (.nginx, 403):
            ["allow all;   (in location ^~ \(base)/; not deny all)", "nginx's error log contains the reason."]
        case (.nginx, _):
            [
                "location ^~ \(base)/ { fastcgi_pass …; }   (^~: otherwise a \"location ~ …\" takes links that match it)",
                "try_files …;   (remove it from the gate's location: no file corresponds to a link)",
                "server_name …;   listen …;   (another server block must not take this host)",
            ]
        case (.apache, _) where facts.configuration?.passesToGate == true:
            [
                "<Location \"\(base)/\"> ProxyPass \"unix:\(GatePaths.socket)|fcgi://localhost/\" </Location>   (merged last: in the virtual host, after its other <Location> sections)",
                "ServerName …   (another VirtualHost must not take this host); RewriteRule   (remove it)",
            ]
        case (.apache, _):
            [
                "<Location \"\(base)/\"> SetHandler fcgid-script   FcgidWrapper \"… serve\" virtual   Options +ExecCGI </Location>",
                "ServerName …   (another VirtualHost must not take this host); RewriteRule   (remove it)",
            ]
        case (.lighttpd, _):
            [
                "fastcgi.server = ( \"\(base.isEmpty ? "/" : base)\" => (( \"check-local\" => \"disable\", … )) )",
                "url.access-deny, url.rewrite…, $HTTP[\"host\"]   (must not take these URLs)",
            ]
        case (.caddy, 401):
            [
                "@other not path \(base)/*   basic_auth @other { … }   (the link gives access; basicauth before Caddy 2.8)",
                Self.signIn,
            ]
        case (.caddy, _):
            [
                "handle \(base)/* { reverse_proxy \(Self.gateBehindCaddy(facts)) }   (not handle_path, which removes \(base))",
                "respond …   redir …   error …   file_server …   (must not take these URLs: give them a matcher)",
                "http://… { … }   (another site must not take this host and port)",
            ]
        case (.unknown, _): ["\(server.title)'s location for these URLs must pass requests to sendfile-gate."]
        }
    }

    /// The place to which Caddy passes requests: the web server of this machine that is set up for the gate, or the gate.
    private static func gateBehindCaddy(_ facts: Facts) -> String {
        let behind = ServerConfiguration.all.first { $0.server != .caddy && $0.passesToGate }
        let own = RoutedRequest(facts.target.url).port
        guard let address = behind?.addresses.map(\.address).first(where: { $0.port != own }) else {
            return "unix/\(GatePaths.socket) { transport fastcgi { … } }"
        }
        return "\(address.isWildcard ? "127.0.0.1" : address.address):\(address.port)"
    }

    /// The names of the gate's own units in lines for any program.
    static func forGate(_ line: String) -> String {
        line.replacing("sendfile.socket", with: "sendfile-gate.socket")
            .replacing("sendfile.service", with: "sendfile-gate.service")
            .replacing("journalctl -u sendfile", with: "journalctl -u sendfile-gate")
            .replacing("journalctl -u sendfile-gate-gate", with: "journalctl -u sendfile-gate")
    }
}

extension Facts {
    /// The gate's own account of a refused request, if it gave one.
    var gateReport: GateReport? {
        guard case .report(let report) = self.gateReply else { return nil }
        return report
    }

    /// The line about the URL's host, if it leads to another machine.
    var elsewhere: String? { LocalAddresses.shown(self.target.url, peer: self.whole.peer) }

    /// The root of the running gate, if it told.
    var runningRoot: String? {
        for case .report(let report) in [self.ownReply, self.gateReply] where report.root != "" { return report.root }
        return nil
    }
}
