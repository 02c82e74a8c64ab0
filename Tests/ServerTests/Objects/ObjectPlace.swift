import Testing

/// A web server in front of the program that serves objects.
enum ObjectPlace: Hashable, Sendable, CustomTestStringConvertible {
    /// A server with its `conf` for files.
    case server(WebServer)
    case haproxy
    /// A server with its `conf` for objects.
    case route(ObjectRoute)

    /// Those that do not fetch objects.
    static let others: [Self] =
        [.server(.lighttpd), .server(.apacheFcgid), .server(.apacheProxyFcgi), .server(.caddy), .haproxy]

    var testDescription: String {
        switch self {
        case .server(let server): server.rawValue
        case .haproxy: "HAProxy"
        case .route(let route): route.rawValue
        }
    }

    /// Runs a test with a site whose program has this delivery.
    func withSite(_ delivery: String, _ body: (any AnsweringSite) throws -> Void) throws {
        let variables = [
            "OBJECT_DELIVERY": delivery, "STORE": try ObjectStoreServer.shared.endpoint,
            "STORE_ACCOUNT": ObjectStoreServer.accountPath, "FASTCGI_STDERR": "1",
        ]
        let program = SiteProgram(
            path: try ObjectSite.program.get(), root: try Workspace.shared.root, readyTarget: "/ready",
            environment: variables)
        switch self {
        case .route(let route): try withLogs(of: ObjectSite.shared(route)) { try body($0) }
        case .haproxy:
            let site = try HAProxySite(program: program)
            try withLogs(of: site) { try body($0) }
            try site.stop()
        case .server(let server):
            // lighttpd and mod_fcgid start the program with the variables of their configuration.
            let settings: [String: String] =
                switch server {
                case .lighttpd:
                    [
                        "\"SENDFILE_BACKEND\" => \"stream\",": variables.map { "\"\($0)\" => \"\($1)\"," }
                            .joined(separator: "\n")
                    ]
                case .apacheFcgid:
                    [
                        "FcgidInitialEnv SENDFILE_BACKEND stream": variables.map { "FcgidInitialEnv \($0) \"\($1)\"" }
                            .joined(separator: "\n")
                    ]
                default: [:]
                }
            let site = try Site(Delivery(server: server, streams: true), settings: settings, program: program)
            try withLogs(of: site) { try body($0) }
            try site.stop()
        }
    }
}
