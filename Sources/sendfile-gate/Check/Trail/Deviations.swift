/// The lines of a web server's configuration that act on the checked request, and that neither its package nor the
/// ready-made configuration of a gate contains.
///
/// They are found by comparison, not by known mistakes: where a download fails and no rule knows why, one of them is the
/// likely reason.
struct Deviations: Sendable {
    /// Lines that are not in the ready-made configuration.
    private(set) var additions: [Directive] = []
    /// Lines of the ready-made configuration that are missing, with the block in which they belong.
    private(set) var missing: [(text: String, block: Directive)] = []

    /// The names of directives that choose neither who answers nor what is sent.
    private static let harmless: Set<String> = [
        "access_log", "error_log", "sendfile", "timeout", "keepalive", "maxkeepaliverequests", "defaultruntimedir",
        "accessfilename", "hostnamelookups", "include", "allowoverride", "fastcgi_cache_path", "limit_req_zone",
        "limit_conn_zone",
        "log_format", "server_tokens", "types_hash_max_size", "tcp_nopush", "tcp_nodelay",
        "keepalive_timeout", "default_type", "charset", "index", "listen", "server_name", "types", "pid", "user",
        "worker_processes", "events", "upstream", "ssl_certificate", "ssl_certificate_key", "ssl_protocols",
        "ssl_ciphers",
        "ssl_prefer_server_ciphers", "ssl_session_cache", "ssl_session_timeout",
        "servername", "serveralias", "serveradmin", "errorlog", "customlog", "logformat", "loglevel", "loadmodule",
        "listen",
        "directoryindex", "sslcertificatefile", "sslcertificatekeyfile", "sslengine", "user", "group", "pidfile",
        "mutex",
        "server.port", "server.modules", "server.document-root", "server.errorlog", "server.pid-file",
        "server.username",
        "server.groupname", "server.upload-dirs", "index-file.names", "mimetype.assign", "server.bind",
        "accesslog.filename",
    ]

    /// - Parameters:
    ///   - route: The blocks that apply to the links.
    ///   - inner: The blocks that apply to nginx's internal URLs.
    ///   - packaged: The files that are as their package made them.
    init(
        _ server: FrontServer, _ ready: ReadyMade, _ prefix: String, _ route: Route, _ inner: Route?,
        packaged: Set<String>
    ) {
        let known: [Directive]
        switch server {
        case .nginx: known = NginxSyntax.read(ConfigurationText(ready.nginx(prefix), file: ""))
        case .apache: known = ApacheSyntax.read(ConfigurationText(ready.apache, file: ""))
        case .lighttpd: known = LighttpdSyntax.read(ConfigurationText(ready.lighttpd, file: ""))
        case .caddy, .unknown: return
        }
        let texts = Set(known.flatMap(\.all).map { Self.plain($0.wholeText) })
        var seen: Set<String> = []
        for line in route.directives + (inner?.directives ?? []) {
            guard !Self.harmless.contains(line.name.lowercased()), !texts.contains(Self.plain(line.wholeText)),
                !packaged.contains(CheckedFile.resolved(line.file) ?? line.file), seen.insert(line.place).inserted
            else { continue }
            self.additions.append(line)
        }
        self.missing = Self.missing(server, known, route, inner)
    }

    /// The lines that the gate's blocks lack. A line of the same name, and for a parameter the same first word, is another value
    /// and so an addition.
    private static func missing(
        _ server: FrontServer, _ known: [Directive], _ route: Route, _ inner: Route?
    ) -> [(text: String, block: Directive)] {
        func key(_ line: Directive) -> String {
            let isParameter = ["fastcgi_param", "add_header", "setenv"].contains(line.name.lowercased())
            return isParameter ? "\(line.name) \(line.words.first ?? "")" : line.name.lowercased()
        }
        let blocks = known.filter { $0.children != nil }
        return zip(blocks, [route, inner]).flatMap { block, route -> [(text: String, block: Directive)] in
            guard let route, let own = route.blocks.last, own.name != "",
                own.name.lowercased() == block.name.lowercased()
            else { return [] }
            let present = Set(route.directives.map(key))
            return (block.children ?? []).filter { $0.children == nil && !present.contains(key($0)) }.map {
                ($0.text, own)
            }
        }
    }

    /// The text without differences of spelling.
    private static func plain(_ text: String) -> String {
        String(text.filter { !$0.isWhitespace && $0 != "\"" && $0 != "," })
    }
}
