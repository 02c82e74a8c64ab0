/// A web server with a configuration in this package.
enum WebServer: String, CaseIterable, Sendable {
    case lighttpd
    case nginx
    case apacheFcgid = "Apache mod_fcgid"
    case apacheLocalRedirect = "Apache mod_fcgid, local redirect"
    case apacheProxyFcgi = "Apache mod_proxy_fcgi"
    case caddy = "Caddy"

    /// Its folder below `conf`.
    var folder: String {
        switch self {
        case .lighttpd: "lighttpd"
        case .nginx: "nginx"
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi: "apache"
        case .caddy: "caddy"
        }
    }

    /// The files of the folder that it reads.
    var files: [String] {
        switch self {
        case .lighttpd: ["lighttpd.conf", "sendfile.conf"]
        case .nginx: ["nginx.conf", "sendfile.conf"]
        case .caddy: ["Caddyfile"]
        case .apacheFcgid: ["apache2.conf", "fcgid.conf"]
        case .apacheLocalRedirect: ["apache2.conf", "local-redirect.conf"]
        case .apacheProxyFcgi: ["apache2.conf", "proxy-fcgi.conf"]
        }
    }

    /// The name by which it identifies itself.
    var software: String {
        switch self {
        case .lighttpd: "lighttpd"
        case .nginx: "nginx"
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi: "Apache"
        case .caddy: "Caddy"
        }
    }

    /// The command in the comments of `conf`.
    func command(run directory: String) -> [String] {
        switch self {
        case .lighttpd: ["lighttpd", "-D", "-f", "\(directory)/lighttpd.conf"]
        case .nginx: ["nginx", "-p", directory, "-c", "nginx.conf"]
        case .apacheFcgid: ["apache2", "-D", "FOREGROUND", "-D", "FCGID", "-f", "\(directory)/apache2.conf"]
        case .apacheLocalRedirect:
            ["apache2", "-D", "FOREGROUND", "-D", "LOCAL_REDIRECT", "-f", "\(directory)/apache2.conf"]
        case .apacheProxyFcgi: ["apache2", "-D", "FOREGROUND", "-D", "PROXY_FCGI", "-f", "\(directory)/apache2.conf"]
        case .caddy:
            [
                "env", "XDG_CONFIG_HOME=\(directory)", "caddy", "run", "--config", "\(directory)/Caddyfile",
                "--adapter",
                "caddyfile",
            ]
        }
    }

    /// Whether the server itself changes to a user other than root.
    var dropsPrivileges: Bool { self != .caddy }

    /// Whether the server starts the program.
    var startsProgram: Bool {
        switch self {
        case .lighttpd, .apacheFcgid, .apacheLocalRedirect: true
        case .nginx, .apacheProxyFcgi, .caddy: false
        }
    }
}
