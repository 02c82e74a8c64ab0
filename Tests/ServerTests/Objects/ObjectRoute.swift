import Testing

/// A way by which a client gets the bytes of an object, with the web server's configuration.
enum ObjectRoute: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// nginx fetches them (`conf/nginx/object-storage.conf`).
    case nginx
    /// Caddy fetches them (`conf/caddy/object-storage.Caddyfile`).
    case caddy = "Caddy"
    /// Apache fetches them (`conf/apache/object-storage.conf`).
    case apache = "Apache"
    /// The program fetches them, behind nginx.
    case stream
    /// The client fetches them, and nginx passes the redirect on.
    case redirect

    /// Those in which a web server fetches the object.
    static let fetching: [Self] = [.nginx, .caddy, .apache]

    /// Those whose answers are those of a file.
    static let answering: [Self] = Self.fetching + [.stream]

    /// That of a delivery behind nginx.
    static func behindNginx(_ delivery: String) -> Self { Self(rawValue: delivery) ?? .nginx }

    var testDescription: String { self.rawValue }

    /// Whether a web server fetches the object.
    var isFetching: Bool { Self.fetching.contains(self) }

    /// The value of `OBJECT_DELIVERY`.
    var delivery: String { self.isFetching ? "server" : self.rawValue }

    /// The folder below `conf`.
    var folder: String {
        switch self {
        case .caddy: "caddy"
        case .apache: "apache"
        case .nginx, .stream, .redirect: "nginx"
        }
    }

    /// The file with the configuration.
    var file: String { self == .caddy ? "object-storage.Caddyfile" : "object-storage.conf" }

    /// The files that the server reads.
    var files: [String] {
        switch self {
        case .caddy: [self.file]
        case .apache: ["apache2.conf", self.file, "object-unavailable.asis"]
        case .nginx, .stream, .redirect: ["nginx.conf", self.file]
        }
    }

    /// The store's address in the configuration. Apache sends it as `Host`, which is part of the signature.
    func address(port: UInt16) -> String { "\(self == .apache ? "localhost" : "127.0.0.1"):\(port)" }

    /// Whether the store's address and the host of the signed URL may differ.
    var sendsSignedHost: Bool { self == .nginx || self == .caddy }

    /// Whether the web server starts the program.
    var startsProgram: Bool { self == .apache }

    /// The command that starts the web server.
    func command(run directory: String) -> [String] {
        switch self {
        case .caddy:
            ChildProcess.asServer + [
                "env", "XDG_CONFIG_HOME=\(directory)", "caddy", "run", "--config", "\(directory)/\(self.file)",
                "--adapter", "caddyfile",
            ]
        case .apache: ["apache2", "-D", "FOREGROUND", "-D", "OBJECT_STORAGE", "-f", "\(directory)/apache2.conf"]
        case .nginx, .stream, .redirect: WebServer.nginx.command(run: directory)
        }
    }

    /// The lines for a store without TLS, and with the delivery.
    var plain: [String: String] {
        switch self {
        case .caddy: ["reverse_proxy https://": "reverse_proxy http://"]
        case .apache:
            [
                "\"^/object-store/$\" \"https://": "\"^/object-store/$\" \"http://",
                "<Proxy \"https://": "<Proxy \"http://",
            ]
        case .nginx, .stream, .redirect:
            ["https://object_store$object_target": "http://object_store$object_target"].merging(
                self == .nginx ? [:] : ["OBJECT_DELIVERY   server;": "OBJECT_DELIVERY   \(self.rawValue);"]
            ) { $1 }
        }
    }

    /// The lines for a store whose answers have to begin within a second.
    var impatient: [String: String] {
        switch self {
        case .caddy:
            ["response_header_timeout 60s": "response_header_timeout 1s", "\tread_timeout 60s": "\tread_timeout 1s"]
        case .apache: ["timeout=60": "timeout=1"]
        case .nginx, .stream, .redirect: ["proxy_read_timeout 60s;": "proxy_read_timeout 1s;"]
        }
    }

    /// The lines for a store whose certificate is signed by this authority.
    func trusting(_ certificate: String) -> [String: String] {
        switch self {
        case .caddy: ["dial_timeout 5s": "dial_timeout 5s\ntls_trusted_ca_certs \(certificate)"]
        case .apache, .nginx, .stream, .redirect: ["/etc/ssl/certs/ca-certificates.crt": certificate]
        }
    }

    /// The lines that give a program which the web server starts these variables.
    func passing(_ environment: [String: String]) -> [String: String] {
        guard self.startsProgram else { return [:] }
        let line = "FcgidInitialEnv OBJECT_DELIVERY server"
        return [line: ([line] + environment.map { "FcgidInitialEnv \($0) \"\($1)\"" }).joined(separator: "\n")]
    }
}
