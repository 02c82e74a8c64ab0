import CLinux
import Glibc

/// The configuration files of a web server on this machine.
struct ServerConfiguration: Sendable {
    let server: FrontServer
    let file: String
    let directives: [Directive]

    /// The main files of distributions, and of builds from source.
    private static let files: [FrontServer: [String]] = [
        .nginx: ["/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/etc/nginx/nginx.conf"],
        .apache: ["/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf"],
        .lighttpd: ["/etc/lighttpd/lighttpd.conf"],
        .caddy: ["/etc/caddy/Caddyfile"],
    ]

    /// - Parameter file: The main file; `nil` looks at the usual places.
    /// - Returns: `nil` if the file does not exist, or this user cannot read it.
    init?(of server: FrontServer, at file: String? = nil) {
        let files = file.map { [$0] } ?? Self.files[server] ?? []
        guard let file = files.first(where: { access($0, R_OK) == 0 }) else { return nil }
        let directives: [Directive]
        switch server {
        case .nginx: directives = NginxSyntax.read(file)
        case .apache: directives = ApacheSyntax.read(file)
        case .lighttpd: directives = LighttpdSyntax.read(file)
        case .caddy: directives = CaddySyntax.read(file)
        case .unknown: return nil
        }
        (self.server, self.file, self.directives) = (server, file, directives)
    }

    /// The configurations of all web servers on this machine.
    static var all: [ServerConfiguration] { [.nginx, .apache, .lighttpd, .caddy].compactMap { .init(of: $0) } }

    /// The part that applies to a request; `nil` if the web server does not listen on its port.
    func route(of request: RoutedRequest) -> Route? {
        switch self.server {
        case .nginx: NginxRoute.find(self.directives, request)
        case .apache: ApacheRoute.find(self.directives, request)
        case .lighttpd: LighttpdRoute.find(self.directives, request)
        case .caddy: CaddyRoute.find(self.directives, request)
        case .unknown: nil
        }
    }

    /// The addresses at which the web server listens, with the lines that say so.
    var addresses: [(line: Directive, address: ServerAddress)] {
        switch self.server {
        case .nginx:
            self.directives.flatMap(\.all).filter { $0.name == "listen" }.compactMap { line in
                line.words.first.flatMap { ServerAddress($0, standard: 80) }.map { (line, $0) }
            }
        case .apache: ApacheRoute.addresses(self.directives).map { (line: $0.0, address: $0.1) }
        case .lighttpd: LighttpdRoute.addresses(self.directives).map { (line: $0.0, address: $0.1) }
        case .caddy:
            CaddySite.all(self.directives).flatMap { site in site.addresses.map { (line: site.block, address: $0) } }
        case .unknown: []
        }
    }

    /// The name of its service on Debian.
    var service: String { self.server == .apache ? "apache2" : self.server.rawValue }

    /// All lines that pass requests to a program.
    var passers: [Directive] { self.directives.flatMap(\.all).filter(Self.passes) }

    /// Whether a line passes requests to the socket of the gate's unit.
    var passesToGate: Bool {
        self.directives.flatMap(\.all).contains { $0.wholeText.contains(GatePaths.socket) }
    }

    /// Whether a line passes requests to a FastCGI program.
    static func passes(_ line: Directive) -> Bool {
        switch line.name.lowercased() {
        case "fastcgi_pass", "fcgidwrapper", "fastcgi.server": true
        case "proxypass", "proxypassmatch", "sethandler", "alias": line.wholeText.contains("fcgi")
        case "reverse_proxy", "php_fastcgi": CaddyRoute.isFastCGI(line)
        default: false
        }
    }

    /// How a site that is configured and not in use is enabled.
    var enableSite: String {
        let how =
            switch self.server {
            case .nginx: "link the site's file in /etc/nginx/sites-enabled, or name it /etc/nginx/conf.d/….conf"
            case .apache: "a2ensite …, or a file /etc/apache2/sites-enabled/….conf"
            case .caddy: "add the block of the site to \(self.file)"
            default: "lighttpd-enable-mod …, or a file /etc/lighttpd/conf-enabled/….conf"
            }
        return
            "\(how); then systemctl reload \(self.service)   (\(self.file) and what it includes pass no request to a program)"
    }

    /// The lines that name a file in a directory that does not exist.
    var missingDirectories: [(line: Directive, directory: String)] {
        // Words of Caddy's other lines may be URLs.
        let lines = self.directives.flatMap(\.all).filter { line in
            self.server != .caddy || line.name == "output" || line.name == "tls"
        }
        return lines.flatMap { line in
            line.words.flatMap { $0.split { "\"() =>,;".contains($0) } }.compactMap { word in
                guard word.hasPrefix("/"), let slash = word.lastIndex(of: "/"), slash > word.startIndex,
                    !line.name.lowercased().hasSuffix("location"), !word.contains("$"), line.children == nil,
                    Self.pathDirectives.contains(where: line.name.lowercased().contains)
                else { return nil }
                let directory = String(word[..<slash])
                return access(directory, F_OK) == 0 ? nil : (line, directory)
            }
        }
    }

    /// Parts of the names of directives whose words are paths on the disk.
    private static let pathDirectives = [
        "log", "pid", "certificate", "root", "file", "temp", "upload", "cache", "dir", "output", "tls",
    ]

    /// A file of the configuration that was changed after the running web server read it.
    ///
    /// - Parameter changed: When systemd last started or reloaded the web server, in seconds since 1970.
    func staleFile(changed: Double? = nil) -> String? {
        let times = [ServerProcesses.lastReading(of: self.server), changed].compactMap { $0 }
        guard let time = times.max() else { return nil }
        let files = Set(self.directives.flatMap(\.all).map(\.file) + [self.file])
        // Removing or enabling a file changes its directory.
        let directories = Set(files.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) }).filter {
            $0.hasSuffix("-enabled") || $0.hasSuffix("/conf.d")
        }
        return (files.sorted() + directories.sorted()).first { ProcessTimes.changed($0, after: time) }
    }

    /// The user as whom the web server reads files, if the configuration names one.
    var user: String? {
        let (name, word) =
            switch self.server {
            case .nginx: ("user", 0)
            case .apache: ("User", 0)
            case .lighttpd: ("server.username", 1)
            case .caddy, .unknown: ("", 0)
            }
        let line = self.directives.last { $0.name == name && $0.words.count > word }
        let user = line.map { LighttpdRoute.plain($0.words[word]) }
        guard let user, user.hasPrefix("$") else { return user }
        return Self.variable(user.filter { !"${}".contains($0) }, in: "/etc/apache2/envvars")
    }

    /// The value of a variable in a shell script, as Debian's Apache has one for its user: `export NAME=value`.
    static func variable(_ name: String, in file: String) -> String? {
        PlainLines.read(file).compactMap { line -> String? in
            let text = line.name.hasPrefix("export ") ? line.name.dropFirst(7) : line.name[...]
            guard text.hasPrefix("\(name)=") else { return nil }
            let value = text.dropFirst(name.count + 1).filter { $0 != "\"" && $0 != "'" }
            return value.contains("$") ? nil : value
        }.last
    }

    /// The file of error messages for a request.
    func errorLog(_ route: Route?) -> String? {
        let blocks =
            route ?? Route(blocks: [Directive(name: "", words: [], file: "", line: 1, children: self.directives)])
        let (name, standard) =
            switch self.server {
            case .nginx: ("error_log", "/var/log/nginx/error.log")
            case .apache: ("errorlog", "/var/log/apache2/error.log")
            case .lighttpd: ("server.errorlog", "/var/log/lighttpd/error.log")
            case .caddy, .unknown: ("", "")
            }
        let line = blocks.innermost([name]).last ?? self.directives.last { $0.name.lowercased() == name }
        let text = line?.words.last.map { LighttpdRoute.plain($0) } ?? standard
        let word = self.server == .nginx ? line?.words.first ?? standard : text
        // Debian's /etc/apache2/envvars sets the variable.
        let path = word.replacing("${APACHE_LOG_DIR}", with: "/var/log/apache2")
        return path.hasPrefix("/") ? path : nil
    }

    /// The program's Unix socket, if this request is passed to one.
    func socket(_ route: Route) -> String? {
        switch self.server {
        case .nginx: self.upstream(route).compactMap { Self.path($0.words.first ?? "") }.first
        case .apache:
            route.directives.filter { ["proxypass", "proxypassmatch", "sethandler"].contains($0.name.lowercased()) }
                .compactMap { $0.words.lazy.compactMap(Self.path).first }.first
        case .lighttpd:
            // lighttpd starts a program itself if the line names it.
            route.innermost(["fastcgi.server"]).map(\.wholeText).filter { !$0.contains("\"bin-path\"") }
                .compactMap(Self.quotedSocket).last
        case .caddy:
            CaddyRoute.passers(route).filter(CaddyRoute.isFastCGI).flatMap(CaddyRoute.upstreams)
                .compactMap(CaddyRoute.socket).first
        case .unknown: nil
        }
    }

    /// The path in `"socket" => "/run/gate.sock"`.
    private static func quotedSocket(_ text: String) -> String? {
        guard let name = text.firstRange(of: "\"socket\"") else { return nil }
        let value = text[name.upperBound...].drop { $0 == " " || $0 == "=" || $0 == ">" }
        guard value.hasPrefix("\"/") else { return nil }
        return String(value.dropFirst().prefix { $0 != "\"" })
    }

    /// The lines that name the program's address behind nginx (`fastcgi_pass`, or `server` of its `upstream`) and Caddy (`reverse_proxy`).
    func upstream(_ route: Route) -> [Directive] {
        if self.server == .caddy { return CaddyRoute.passers(route) }
        return route.innermost(["fastcgi_pass"]).flatMap { pass in
            let blocks = self.directives.flatMap { $0.name == "http" ? $0.children("upstream") : [] }
            let block = blocks.first { $0.words == pass.words }
            return block?.children("server") ?? [pass]
        }
    }

    /// The path in `unix:/run/gate.sock` or `proxy:unix:/run/gate.sock|fcgi://localhost/`.
    static func path(_ word: String) -> String? {
        guard let start = word.firstRange(of: "unix:/") else { return nil }
        return "/" + word[start.upperBound...].prefix { $0 != "|" && $0 != ":" }
    }
}
