/// The setup of one of Debian's web servers with the files of `conf`, installed where their comments say.
struct DebianServer {
    /// A file of `conf` and its destination.
    struct File {
        let source: String
        let destination: String
        var edit: @Sendable (String) -> String = { $0 }
    }

    /// The server's own port. Debian's packages all use 80, which `make-root` changes.
    let port: UInt16
    let files: [File]
    let errorLog: String
    /// Shell scripts that stop the previous setup and start this one.
    let stop: String
    let start: String
    /// The values of the files' placeholders.
    let values: [String: String]

    init(_ server: WebServer, _ program: MachineProgram) {
        let place = Self.place(of: server)
        let name = program.isGate ? "gate" : "sendfile"
        var files = [
            File(
                source: place.source ?? "\(server.folder)/\(name).conf", destination: place.folder + place.name(program)
            )
        ]
        if server == .caddy {
            // The block below the global options.
            files[0].edit = { String($0[($0.firstRange(of: "\n}\n")?.upperBound ?? $0.startIndex)...]) }
        }
        if program.isGate, server == .apacheFcgid {
            files[0] = File(source: "apache/gate.conf", destination: files[0].destination)
        }
        var start = ["systemctl daemon-reload", "systemctl reset-failed"]
        if let modules = place.modules { start.append("a2enmod --quiet \(modules)") }
        if !server.startsProgram {
            for kind in ["service", "socket"] {
                files.append(
                    File(
                        source: "systemd/\(program.unit).\(kind)",
                        destination: "/etc/systemd/system/\(program.unit).\(kind)"
                    ) { server == .caddy ? $0.replacing("=www-data", with: "=caddy") : $0 })
            }
            start.append("systemctl enable --quiet --now \(program.unit).socket")
        }
        start.append("systemctl start \(server.service)")
        self.port = place.port
        self.errorLog = place.errorLog
        self.files = files
        // Files of all programs: only one at a time is set up on a server.
        let earlier = [MachineProgram.application, .gate].map { place.folder + place.name($0) }
        self.stop = """
            systemctl stop \(server.service)
            for unit in sendfile sendfile-gate; do
                ! test -e /etc/systemd/system/$unit.socket || systemctl stop $unit.socket $unit.service
                rm -rf /etc/systemd/system/$unit.*
            done
            rm -f \(earlier.joined(separator: " "))
            """
        self.start = start.joined(separator: "\n")
        self.values = [
            "PORT": String(place.port), "PROGRAM": program.path, "ROOT": program.root, "RUN": "/run",
            "SOCKET": server == .lighttpd ? "/run/lighttpd/\(program.unit)" : "/run/\(program.unit).sock",
            "SECRET": MachineProgram.secret,
        ]
    }

    private struct Place {
        let port: UInt16
        let errorLog: String
        /// The directory of its configuration, and the file name for a program.
        let folder: String
        let name: @Sendable (MachineProgram) -> String
        /// The file in `conf`, if it is named neither `sendfile.conf` nor `gate.conf`.
        var source: String?
        /// The modules to enable.
        var modules: String?
    }

    private static func place(of server: WebServer) -> Place {
        switch server {
        case .lighttpd:
            return Place(
                port: 8081, errorLog: "/var/log/lighttpd/error.log", folder: "/etc/lighttpd/conf-enabled/",
                name: { "90-\($0.unit).conf" })
        case .nginx:
            return Place(
                port: 8082, errorLog: "/var/log/nginx/error.log", folder: "/etc/nginx/conf.d/",
                name: { "\($0.unit).conf" })
        case .caddy:
            return Place(
                port: 8084, errorLog: "/var/log/caddy/error.log", folder: "/etc/caddy/", name: { _ in "Caddyfile" },
                source: "caddy/Caddyfile")
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi:
            let (file, modules) =
                switch server {
                case .apacheFcgid: ("fcgid.conf", "fcgid xsendfile")
                case .apacheLocalRedirect: ("local-redirect.conf", "fcgid headers rewrite")
                default: ("proxy-fcgi.conf", "proxy_fcgi xsendfile")
                }
            return Place(
                port: 8083, errorLog: "/var/log/apache2/error.log", folder: "/etc/apache2/sites-enabled/",
                name: { "\($0.unit).conf" }, source: "apache/\(file)", modules: modules)
        }
    }
}

extension WebServer {
    /// The name of its service and package on Debian.
    var service: String {
        switch self {
        case .lighttpd, .nginx, .caddy: self.folder
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi: "apache2"
        }
    }
}
