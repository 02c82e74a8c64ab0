/// How an administrator sets a web server of Debian up with the files of `conf`.
struct DebianServer {
    /// A file of `conf` and its place.
    struct File {
        let source: String
        let destination: String
        /// Whether it says how files are sent.
        var setsBackend = true
        /// What the file's comments tell an administrator to change.
        var edit: @Sendable (String) -> String = { $0 }
    }

    /// Its own port: Debian gives all of them 80. `make-root` changes the others' files.
    let port: UInt16
    let files: [File]
    let errorLog: String
    /// Shell scripts that stop and start it, and the units of the program where it does not start that itself.
    let stop: String
    let start: String

    /// What stands in the place of the files' placeholders.
    let values: [String: String]

    private static let units = "/etc/systemd/system"

    init(_ server: WebServer) {
        var stop = ["systemctl stop \(server.service)"]
        var start = ["systemctl daemon-reload"]
        var files: [File]
        var socket = "/run/sendfile.sock"
        switch server {
        case .lighttpd:
            self.port = 8081
            self.errorLog = "/var/log/lighttpd/error.log"
            socket = "/run/lighttpd/sendfile"
            files = [File(source: "lighttpd/sendfile.conf", destination: "/etc/lighttpd/conf-enabled/90-sendfile.conf")]
        case .nginx:
            self.port = 8082
            self.errorLog = "/var/log/nginx/error.log"
            files = [File(source: "nginx/sendfile.conf", destination: "/etc/nginx/conf.d/sendfile.conf")]
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi:
            self.port = 8083
            self.errorLog = "/var/log/apache2/error.log"
            let (file, modules) =
                switch server {
                case .apacheFcgid: ("fcgid.conf", "fcgid xsendfile")
                case .apacheLocalRedirect: ("local-redirect.conf", "fcgid headers rewrite")
                default: ("proxy-fcgi.conf", "proxy_fcgi xsendfile")
                }
            files = [File(source: "apache/\(file)", destination: "/etc/apache2/sites-enabled/sendfile.conf")]
            start.append("a2enmod --quiet \(modules)")
        case .caddy:
            self.port = 8084
            self.errorLog = "/var/log/caddy/error.log"
            files = [
                // The block below the global options.
                File(source: "caddy/Caddyfile", destination: "/etc/caddy/Caddyfile") { text in
                    String(text[(text.firstRange(of: "\n}\n")?.upperBound ?? text.startIndex)...])
                }
            ]
        }
        if !server.startsProgram {
            files += [
                File(
                    source: "systemd/sendfile.service", destination: "\(Self.units)/sendfile.service",
                    setsBackend: false),
                File(
                    source: "systemd/sendfile.socket", destination: "\(Self.units)/sendfile.socket", setsBackend: false
                ) {
                    server == .caddy ? $0.replacing("=www-data", with: "=caddy") : $0
                },
            ]
            stop.append("! test -e \(Self.units)/sendfile.socket || systemctl stop sendfile.socket sendfile.service")
            start.append("systemctl reset-failed; systemctl enable --quiet --now sendfile.socket")
        }
        start.append("systemctl start \(server.service)")
        self.files = files
        self.stop = stop.joined(separator: "\n")
        self.start = start.joined(separator: "\n")
        self.values = [
            "PORT": String(self.port), "PROGRAM": "\(Machine.programs)/test-application", "SOCKET": socket,
            "ROOT": Machine.root, "RUN": "/run",
        ]
    }
}

extension WebServer {
    /// The name of its service on Debian.
    var service: String {
        switch self {
        case .lighttpd, .nginx, .caddy: self.folder
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi: "apache2"
        }
    }
}
