extension Diagnosis {
    /// The remedy for the web server that was found, line by line.
    func remedy(_ facts: Facts) -> [String] {
        let root = facts.target.shownRoot
        let server = facts.server
        if let remedy = self.gateRemedy(facts) ?? self.localRemedy(facts) { return remedy }
        switch self {
        case .programUnreachable where !Self.withoutCommand(facts).isEmpty:
            return ["serve   (after the program: \"…/sendfile-gate serve\")"]
        case .programUnreachable where facts.lacksProtocol:
            return ["a2enmod proxy_fcgi; systemctl restart apache2   (the module of fcgi:// is not loaded)"]
        case .programUnreachable, .programNotRunning, .socketMissing: return Self.reach(server)
        case .otherSocket:
            let path = facts.units?.sockets.first ?? ""
            return [
                Self.connect(to: path, server)
                    + "   (then systemctl reload \(facts.configuration?.service ?? server.rawValue))",
                "ListenStream=\(facts.socketPath ?? "")   (or this in sendfile.socket, after an empty ListenStream=)",
            ]
        case .programFailed:
            return [
                "The program's log names the setting: \(Self.log(server)).",
                Self.setting("SENDFILE_ROOT", root, server), Self.backend(server, otherwise: "automatic"),
            ]
        case .internalMissing:
            let prefix = facts.target.internalPrefix
            return [
                "location ^~ \(prefix) { internal; alias \(root)/; }",
                "fastcgi_param SENDFILE_URL \(prefix);   (the same prefix)",
            ]
        case .programSlow: return ["FASTCGI_HANDLER_TIMEOUT, and \(Self.timeout(server))"]
        case .socketClosed:
            guard let user = facts.access?.user.name, user != server.user else {
                return [
                    "SocketUser=\(server.user ?? "www-data")   (sendfile.socket; or FASTCGI_SOCKET_MODE and a common group)"
                ]
            }
            return [
                "usermod --append --groups \(server.user ?? "www-data") \(user)   (and restart \(server.title); or its former user)",
                "SocketUser=\(user)   (sendfile.socket; or FASTCGI_SOCKET_MODE and a common group)",
            ]
        case .notSignedIn where facts.asksForPassword:
            return [
                "--header 'Authorization: Basic …' of a user with access to the file   (… is: printf %s NAME:PASSWORD | base64 -w0)"
            ]
        case .notSignedIn: return ["--header 'Cookie: …' of a user with access to the file, or a new link."]
        case .redirected: return ["--url with the URL of the file itself."]
        case .methodRefused: return ["Allow GET and HEAD: limit_except (nginx), <Limit> (Apache)."]
        case .unknownToProgram: return [Self.setting("SENDFILE_ROOT", root, server)]
        case .notFoundByServer, .otherFile: return Self.directory(root, facts)
        case .forbiddenByServer:
            if server == .nginx {
                return [
                    "disable_symlinks on from=\(root);", "nginx's error log contains the reason, next to \"failed\".",
                ]
            }
            return Self.directory(root, facts)
        case .pageInstead:
            return ["--header 'Cookie: …' of a signed-in user; --url with the URL of the file."]
        case .aliasTraversal: return ["location …/ { alias …/; }   (both end with a slash, or neither)"]
        // Each obstacle has its own command.
        case .closedToServer: return []
        case .closedToProgram: return ["SupplementaryGroups=…   (in the program's unit: the group of the files)"]
        case .hiddenFromProgram, .hiddenFromServer:
            return ["ProtectHome=, PrivateTmp=, InaccessiblePaths=, BindReadOnlyPaths=   (in the unit)"]
        case .otherRoot: return [Self.setting("SENDFILE_ROOT", root, server)]
        case .rateLimited: return Self.limits(server)
        case .notStarted:
            return ["ExecStart=, User=, LoadCredential=   (in the program's unit; journalctl names the reason)"]
        case .closedByRule where facts.whole.status == 0:
            return ["return 444;   (exempt these URLs, or correct the condition around it)"]
        case .closedByRule: return ["return 503;   limit_req   limit_conn   (remove the rule, or exempt these URLs)"]
        case .headerNotHonoured: return Self.honour(root, facts)
        case .nameLost where facts.decodingModule != nil:
            return ["XSendFileUnescape off", Self.backend(server, otherwise: "stream")]
        case .wrongDialect, .nameLost:
            return [Self.backend(server, otherwise: "stream")]
        case .headerSwallowed: return Self.passOn(server)
        case .brokenOff where facts.whole.problem?.contains("timed out") == true:
            return ["--timeout with more seconds, if the file is that large", Self.timeout(server)]
        case .brokenOff: return [Self.timeout(server), "\(server.title)'s error log contains the reason."]
        case .unprotected:
            return ["Remove \(Self.cache(server)), and check access in the handler before the file is named."]
        case .anyPassword: return Self.password(server)
        case .wrongSecret, .secretUnreadable, .gateNotReached, .otherPrefix, .otherFormat, .otherBinding, .queryLost,
            .pathChanged, .refusalAccepted, .cached, .leavesRoot, .behindFails:
            return []
        case .forgedLinkTaken:
            return [
                "\(server.title)'s location for these URLs must pass requests to sendfile-gate.", Self.cache(server),
            ]
        case .expiredLinkTaken: return ["timedatectl set-ntp true", "Remove \(Self.cache(server))."]
        case .internalReachable:
            return ["internal;   (in location \(facts.target.internalPrefix))"]
        case .publiclyReachable: return Self.publicRemedy("/", facts)
        case .pathLeaked: return Self.pathRemedy(server)
        case .statusLeaked: return ["header_down -Status   (Caddyfile, in reverse_proxy)"]
        case .controlLeaked: return [Self.setting("SENDFILE_BACKEND", server.rawValue, server)]
        case .streamed:
            return [Self.backend(server, otherwise: "automatic")] + Self.honour(root, facts)
        case .rangesIgnored, .conditionIgnored:
            if let route = facts.route, !Diagnosis.fetching(route).isEmpty {
                return [
                    "proxy_cache off;   (in the location of these URLs: nginx has no part of a file that it must not store)"
                ]
            }
            return self == .rangesIgnored
                ? Self.oldProtocol(facts) + Self.ranges(server)
                : ["Pass on If-None-Match and If-Modified-Since, and leave the ETag unchanged."]
        case .wrongRange:
            return ["Remove anything that changes the body: sub_filter, gzip, mod_deflate, a cache in front."]
        case .clientRefused: return ["Exempt these URLs from the list of unwanted clients: the link gives access."]
        case .headDiffers: return ["Pass HEAD to the program as GET is."]
        case .sameTag: return ["The program must send its own ETag, as this library does."]
        case .noTag: return Self.tag(server)
        case .postAllowed: return ["additionalMethods of the program's call: without .post"]
        case .compressed: return Self.uncompressed(server)
        case .clockOff: return ["timedatectl set-ntp true   (on both machines)"]
        case .fieldsChanged:
            return [
                "add_header, expires (nginx), Header, Expires… (Apache), setenv.…-response-header (lighttpd): not for these URLs"
            ]
        case .otherStatus: return ["\(server.title)'s error log and the program's log contain the reason."]
        }
    }

    /// A setting of the program, in the syntax of this web server's configuration.
    static func setting(_ name: String, _ value: String, _ server: FrontServer) -> String {
        switch server {
        case .lighttpd: "\"bin-environment\" => ( \"\(name)\" => \"\(value)\" )   (in fastcgi.server)"
        case .nginx: "fastcgi_param \(name) \(value);   (in the location with fastcgi_pass)"
        case .apache: "FcgidInitialEnv \(name) \"\(value)\"   (mod_proxy_fcgi: SetEnv \(name) \"\(value)\")"
        case .caddy: "env \(name) \"\(value)\"   (in transport fastcgi)"
        case .unknown: "\(name)=\(value)   (in the program's environment)"
        }
    }

    /// - Parameter otherwise: The value for an unknown web server.
    private static func backend(_ server: FrontServer, otherwise: String) -> String {
        self.setting("SENDFILE_BACKEND", server == .unknown ? otherwise : server.rawValue, server)
    }

    /// The destination of the program's standard error, depending on the process that starts the program.
    private static func log(_ server: FrontServer) -> String {
        switch server {
        case .lighttpd: "journalctl -u lighttpd, or server.breakagelog"
        case .nginx, .caddy: "journalctl -u sendfile"
        case .apache: "Apache's ErrorLog   (mod_proxy_fcgi: journalctl -u sendfile)"
        case .unknown: "its standard error"
        }
    }

    static func reach(_ server: FrontServer) -> [String] {
        switch server {
        case .lighttpd:
            [
                "\"bin-path\" => \"…\"   (the program, executable by lighttpd's user)",
                "\"socket\" => \"…\"   (in a directory that it can write)",
            ]
        case .nginx:
            [
                "fastcgi_pass unix:…;   (or server unix:…; in its upstream: ListenStream= of sendfile.socket, or FASTCGI_LISTEN)",
                "systemctl status sendfile.socket sendfile.service",
            ]
        case .apache:
            [
                "ProxyPass \"/\" \"unix:…|fcgi://localhost/\"   (ListenStream= of sendfile.socket, or FASTCGI_LISTEN)",
                "systemctl status sendfile.socket sendfile.service",
                "With mod_fcgid: Alias \"/\" \"…/\" names the program, executable by Apache's user.",
            ]
        case .caddy:
            [
                "reverse_proxy unix/…   (ListenStream= of sendfile.socket, or FASTCGI_LISTEN)",
                "systemctl status sendfile.socket sendfile.service",
            ]
        case .unknown: ["Start the program, and configure its socket (FASTCGI_LISTEN) in the web server."]
        }
    }

    /// The line that connects to a program's socket.
    private static func connect(to path: String, _ server: FrontServer) -> String {
        switch server {
        case .lighttpd: "\"socket\" => \"\(path)\""
        case .nginx: "fastcgi_pass unix:\(path);"
        case .apache: "ProxyPass \"unix:\(path)|fcgi://localhost/\""
        case .caddy: "reverse_proxy unix/\(path)"
        case .unknown: path
        }
    }

    /// The lines that set the web server's directory of the files.
    private static func directory(_ root: String, _ facts: Facts) -> [String] {
        switch facts.server {
        case .lighttpd: ["\"x-sendfile-docroot\" => ( \"\(root)\" )"]
        case .nginx:
            [
                "alias \(root)/;   (in location \(facts.target.internalPrefix): alias, not root, and both end with a slash)",
                "fastcgi_param SENDFILE_URL \(facts.target.internalPrefix);   (the same location)",
                "location ^~ \(facts.target.internalPrefix)   (if a location ~ matches names that end as this one does)",
            ]
        case .apache: ["XSendFilePath \"\(root)\""]
        case .caddy: ["root * \"\(root)\"   (in handle_response)"]
        case .unknown: ["The web server and the program (SENDFILE_ROOT) need the same directory of files, \(root)."]
        }
    }

    /// The lines that enable the header.
    private static func honour(_ root: String, _ facts: Facts) -> [String] {
        switch facts.server {
        case .lighttpd:
            ["\"x-sendfile\" => \"enable\"   (in fastcgi.server)", "\"x-sendfile-docroot\" => ( \"\(root)\" )"]
        case .nginx: ["location ^~ \(facts.target.internalPrefix) { internal; alias \(root)/; }"]
        case .apache:
            [
                "LoadModule xsendfile_module …/mod_xsendfile.so   (a2enmod xsendfile)", "XSendFile on",
                "XSendFilePath \"\(root)\"",
            ]
        case .caddy: ["@file header X-Sendfile *", "handle_response @file { … file_server }   (as in conf/caddy)"]
        case .unknown: [setting("SENDFILE_BACKEND", "stream", .unknown)]
        }
    }

    private static func passOn(_ server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["fastcgi_ignore_headers …;   (without X-Accel-Redirect)"]
        case .apache: ["Header unset X-Sendfile   (remove it, or move it to another scope)", "XSendFile on"]
        case .lighttpd: ["\"x-sendfile\" => \"enable\"   (in fastcgi.server)"]
        case .caddy: ["header_down -X-Sendfile   (remove it from reverse_proxy)", "handle_response @file { … }"]
        case .unknown:
            ["Find the component that removes X-Sendfile or X-Accel-Redirect between the program and the web server."]
        }
    }

    private static func limits(_ server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["limit_req, limit_conn   (a geo block can exempt this machine: an empty key has no limit)"]
        case .apache: ["mod_evasive, mod_qos, mod_ratelimit   (exempt this machine, or raise the limit)"]
        case .lighttpd: ["evasive.max-conns-per-ip   (raise it)"]
        case .caddy, .unknown: ["A rate limit in front: exempt this machine, or raise the limit."]
        }
    }

    private static func timeout(_ server: FrontServer) -> String {
        switch server {
        case .nginx: "fastcgi_read_timeout 300s;   send_timeout 300s;   no limit_rate"
        case .apache: "FcgidIOTimeout 300   (mod_proxy_fcgi: timeout=300 in ProxyPass)"
        case .lighttpd: "server.max-write-idle = 360"
        case .caddy: "read_timeout and write_timeout   (in transport fastcgi)"
        case .unknown: "Raise the web server's time limits."
        }
    }

    private static func cache(_ server: FrontServer) -> String {
        switch server {
        case .nginx: "fastcgi_cache (and proxy_cache)"
        case .apache: "CacheEnable"
        default: "a cache in front"
        }
    }

    /// - Parameter prefix: The beginning of the public URL.
    static func publicRemedy(_ prefix: String, _ facts: Facts) -> [String] {
        let root = facts.target.shownRoot
        if prefix == "/" {
            switch facts.server {
            case .nginx: return ["root \(root);   (in the server or a location: use another directory, or none)"]
            case .apache: return ["DocumentRoot \"\(root)\"   (use another directory)"]
            case .lighttpd: return ["server.document-root = \"\(root)\"   (use another directory)"]
            default: break
            }
        }
        return switch facts.server {
        case .nginx:
            [
                "location \(prefix) { alias \(root)/; }   (remove it, or the root or alias of another location that contains the files)"
            ]
        case .apache: ["Alias \"\(prefix)\" \"\(root)/\"   (remove it, or use another DocumentRoot)"]
        case .lighttpd:
            ["alias.url = ( \"\(prefix)\" => \"\(root)/\" )   (remove it, or use another server.document-root)"]
        case .caddy: ["handle_path \(prefix)* { root * \(root) file_server }   (remove it)"]
        case .unknown: ["Remove the public location \(prefix), which contains \(root)."]
        }
    }

    private static func pathRemedy(_ server: FrontServer) -> [String] {
        switch server {
        case .apache:
            [
                "The program must send X-Sendfile only with status 200: otherwise mod_xsendfile passes it on.",
                "Header always unset X-Sendfile   (hides it meanwhile)",
            ]
        case .nginx:
            [
                "add_header   (without $request_filename, $document_root and similar variables)",
                "fastcgi_hide_header X-Sendfile;   (or the field shown above)",
                "absolute_redirect, error_page: do not name a file.",
            ]
        default: ["Remove the path from the program's response."]
        }
    }

    private static func ranges(_ server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["max_ranges   (remove it, or set more than 0)"]
        case .apache: ["MaxRanges 200   (not none; and no RequestHeader unset Range)"]
        case .lighttpd: ["server.range-requests = \"enable\""]
        default: ["Pass on the fields Range and Content-Range."]
        }
    }

    /// The line that lets nginx speak HTTP/1.1 to the web server behind: lighttpd ignores Range in a request of HTTP/1.0.
    private static func oldProtocol(_ facts: Facts) -> [String] {
        guard let line = facts.forwarding.first(where: { $0.name == "proxy_pass" }),
            facts.route?.innermost(["proxy_http_version"]).isEmpty == true
        else { return [] }
        return [
            "\(line.place): \(line.text)   (add: proxy_http_version 1.1;   nginx speaks HTTP/1.0 to the web server behind, which may ignore Range then)"
        ]
    }

    private static func tag(_ server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["etag on;   (in the internal location)"]
        case .apache: ["Header unset ETag   (remove it)"]
        case .lighttpd: ["setenv.set-response-header   (without ETag)"]
        default: ["Pass on the field ETag."]
        }
    }

    private static func uncompressed(_ server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["gzip off;   (in the internal location, or without this media type in gzip_types)"]
        case .apache: ["SetEnv no-gzip 1"]
        case .lighttpd: ["deflate.mimetypes   (without this one)"]
        case .caddy: ["encode   (remove it from this site)"]
        case .unknown: ["Disable compression for these URLs."]
        }
    }
}
