/// The lines of a web server's configuration that act on the checked request, and that neither its package nor the
/// ready-made configuration of a gate contains.
///
/// They are found by comparison, not by known mistakes: where a download fails and no rule knows why, one of them is the
/// likely reason.
struct Deviations: Sendable {
    /// Lines that are not in the ready-made configuration, and lines of it that are missing.
    private(set) var differences: [Difference] = []

    /// The names of directives that choose neither who answers nor what is sent.
    private static let harmless: Set<String> = [
        "access_log", "error_log", "defaultruntimedir", "accessfilename", "include", "fastcgi_cache_path",
        "limit_req_zone", "limit_conn_zone", "log_format", "types", "pid", "ssl_certificate", "ssl_certificate_key",
        "ssl_session_cache", "ssl_session_timeout", "serveradmin", "errorlog", "customlog", "logformat", "loadmodule",
        "sslcertificatefile", "sslcertificatekeyfile", "pidfile", "mutex", "server.errorlog", "server.pid-file",
        "server.upload-dirs", "index-file.names", "accesslog.filename", "geo", "map", "upstream", "server", "http",
        "events", "proxyrequests",
    ]

    /// - Parameters:
    ///   - configuration: The web server's configuration.
    ///   - ready: The ready-made configuration.
    ///   - prefix: nginx's internal location.
    ///   - route: The blocks that apply to the links.
    ///   - inner: The blocks that apply to nginx's internal URLs.
    ///   - packaged: The files that are as their package made them.
    init(
        _ configuration: ServerConfiguration, _ ready: ReadyMade, _ prefix: String, _ route: Route, _ inner: Route?,
        packaged: Set<String>
    ) {
        let server = configuration.server
        let known: [Directive]
        switch server {
        case .nginx: known = NginxSyntax.read(ConfigurationText(ready.nginx(prefix), file: ""))
        case .apache: known = ApacheSyntax.read(ConfigurationText(ready.apache, file: ""))
        case .lighttpd: known = LighttpdSyntax.read(ConfigurationText(ready.lighttpd, file: ""))
        case .caddy, .unknown: return
        }
        let texts = Set((known.flatMap(\.all).map(\.wholeText) + DebianLines.all(of: server)).map(Self.plain))
        // Around all blocks: the user, the number of connections.
        let around = configuration.directives.filter { $0.children == nil || $0.name == "events" }.flatMap(\.all)
        // A block may take the request and contain nothing.
        let blocks = (route.blocks + (inner?.blocks ?? [])).filter { $0.name != "" && $0.file != "" }
        for line in route.directives + (inner?.directives ?? []) + blocks + around {
            guard !Self.harmless.contains(line.name.lowercased()), !texts.contains(Self.plain(line.wholeText)),
                !packaged.contains(CheckedFile.resolved(line.file) ?? line.file),
                !ShippedLines.contain(line, of: server)
            else { continue }
            self.differences.append(
                Difference(line, note: "acts on this request, and is not in the ready-made configuration"))
        }
        self.differences += Self.missing(known, route, inner).map {
            Difference($0.block, $0.text, note: "missing here: the ready-made configuration has it")
        }
        if server == .apache, configuration.passesToGate { self.differences += Self.missingModules(configuration) }
    }

    /// The lines that the gate's blocks lack. A line of the same name, and for a parameter the same first word, is another value
    /// and so an addition.
    private static func missing(
        _ known: [Directive], _ route: Route, _ inner: Route?
    ) -> [(text: String, block: Directive)] {
        func key(_ line: Directive) -> String {
            let isParameter = ["fastcgi_param", "add_header", "setenv"].contains(line.name.lowercased())
            return isParameter ? "\(line.name) \(line.words.first ?? "")" : line.name.lowercased()
        }
        let blocks = known.filter { $0.children != nil }
        // A proxy in front does not have them, and mod_fcgid has others.
        let others: Set = ["proxy_pass", "fcgidwrapper"]
        guard route.blocks.last?.children?.contains(where: { others.contains($0.name.lowercased()) }) != true else {
            return []
        }
        return zip(blocks, [route, inner]).flatMap { block, route -> [(text: String, block: Directive)] in
            guard let route, let own = route.blocks.last, own.name != "",
                own.name.lowercased() == block.name.lowercased()
            else { return [] }
            // nginx inherits such lists only into a block that has none of its own.
            let lists: Set = ["fastcgi_param", "add_header", "error_page"]
            let present = Set(
                route.directives.filter { line in
                    !lists.contains(line.name) || route.innermost([line.name]).contains { $0.place == line.place }
                }.map(key))
            return (block.children ?? []).filter { $0.children == nil && !present.contains(key($0)) }.map {
                ($0.text, own)
            }
        }
    }

    /// The lines that are neither Debian's nor ready-made, wherever they are: for a web server that does not run.
    static func additions(_ configuration: ServerConfiguration, packaged: Set<String>) -> [Difference] {
        let texts = Set(DebianLines.all(of: configuration.server).map(Self.plain))
        let own = SetupServer.allCases.map(\.ownFile)
        return configuration.directives.flatMap(\.all).filter { line in
            let file = CheckedFile.resolved(line.file) ?? line.file
            return line.children == nil && !texts.contains(Self.plain(line.wholeText)) && !packaged.contains(file)
                && !own.contains(file) && !ShippedLines.contain(line, of: configuration.server)
        }.map { Difference($0, note: "not in the package's configuration") }
    }

    /// The modules that the ready-made configuration of Apache needs, and that no line loads.
    private static func missingModules(_ configuration: ServerConfiguration) -> [Difference] {
        let loaded = Set(
            configuration.directives.flatMap(\.all).filter { $0.name.lowercased() == "loadmodule" }
                .compactMap(\.words.first))
        // Modules that are compiled in are not in any file, and then none of these is.
        guard !loaded.isEmpty else { return [] }
        let file = Directive(name: "", words: [], file: configuration.file, line: 1)
        return ["proxy", "proxy_fcgi", "xsendfile", "env", "alias"].filter { !loaded.contains("\($0)_module") }.map {
            Difference(file, "a2enmod \($0)", note: "no line loads the module that the ready-made configuration needs")
        }
    }

    /// The text without differences of spelling.
    static func plain(_ text: String) -> String {
        String(text.filter { !$0.isWhitespace && $0 != "\"" && $0 != "," })
    }
}
