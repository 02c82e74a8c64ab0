import Testing

/// A mistake of an administrator on a machine with a gate, and the line that `sendfile-gate check` must name.
struct OrdinaryMistake: Sendable, CustomTestStringConvertible {
    /// The line to change.
    enum Line: Sendable {
        /// A line of the gate's configuration of the web server, by a text that it contains.
        case ofGate(String)
        /// A line of another file.
        case of(file: String, text: String)
        /// A text to write, where no line is wrong.
        case missing(String)
    }

    let server: WebServer
    let title: String
    /// Replacements in the files of `conf`.
    var edits: [(old: String, new: String)] = []
    /// Further files of the machine.
    var files: [(path: String, text: String)] = []
    /// A shell script that makes the mistake while the web server runs, and one that undoes it.
    var script = ""
    var undo = ""
    /// The host of the URL.
    var host = "localhost"
    /// `check/diagnosis`; empty if the web server cannot be reached.
    let diagnosis: String
    let line: Line

    var testDescription: String { "\(self.server.rawValue): \(self.title)" }

    static let all = Self.nginx + Self.units + Self.lighttpd + Self.apache

    private static let gate = "    location / {\n"
    private static let listen = "    listen 127.0.0.1:@PORT@;\n"
    private static let another = "/etc/nginx/conf.d/another.conf"

    private static let nginx = [
        Self(
            server: .nginx, title: "another server block has the host's name",
            files: [
                (
                    another,
                    "# The company's site.\nserver {\n    listen 127.0.0.1:8082;\n    server_name localhost;\n    root /var/www/html;\n}\n"
                )
            ],
            diagnosis: "link/gate-not-reached", line: .of(file: another, text: "server_name localhost")),
        Self(
            server: .nginx, title: "server_name is not the URL's host",
            edits: [(listen, "\(listen)    server_name files.example.org;\n")],
            files: [
                (another, "server {\n    listen 127.0.0.1:8082 default_server;\n    root /var/www/html;\n}\n")
            ],
            diagnosis: "link/gate-not-reached", line: .ofGate("server_name files.example.org;")),
        Self(
            server: .nginx, title: "a redirect to https",
            edits: [(listen, "\(listen)    return 301 https://$host$request_uri;\n")],
            diagnosis: "link/gate-not-reached", line: .ofGate("return 301 https:")),
        Self(
            server: .nginx, title: "limit_req",
            edits: [(gate, "\(gate)        limit_req zone=one;\n")],
            files: [(another, "limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;\n")],
            diagnosis: "limit/rate-limited", line: .ofGate("limit_req zone=one;")),
        Self(
            server: .nginx, title: "maintenance",
            edits: [(gate, "    if (-d /srv/files) {\n        return 503;\n    }\n\(gate)")],
            diagnosis: "status/closed-by-rule", line: .ofGate("return 503;")),
        Self(
            server: .nginx, title: "a block of robots and scripts",
            edits: [(gate, "    if ($http_user_agent ~* \"bot|check|wget\") {\n        return 403;\n    }\n\(gate)")],
            diagnosis: "link/gate-not-reached", line: .ofGate("return 403;")),
        Self(
            server: .nginx, title: "a TCP port at which no program listens",
            edits: [("    server unix:@SOCKET@;", "    server 127.0.0.1:9000;")],
            diagnosis: "status/program-unreachable", line: .ofGate("server 127.0.0.1:9000;")),
        Self(
            server: .nginx, title: "a rewrite to another location",
            edits: [
                (
                    gate,
                    "    rewrite ^/(.*)$ /files/$1 last;\n    location /files/ {\n        root /var/www;\n    }\n\(gate)"
                )
            ],
            diagnosis: "link/gate-not-reached", line: .ofGate("rewrite ^/(.*)$ /files/$1 last;")),
        Self(
            server: .nginx, title: "no REQUEST_URI",
            edits: [("        fastcgi_param REQUEST_URI       $request_uri;\n", "")],
            diagnosis: "link/query-lost", line: .missing("fastcgi_param REQUEST_URI $request_uri;")),
        Self(
            server: .nginx, title: "a name and a password for the whole site",
            edits: [(listen, "\(listen)    auth_basic \"Staff\";\n    auth_basic_user_file /etc/nginx/staff;\n")],
            files: [("/etc/nginx/staff", "alice:{PLAIN}wonderland\n")],
            diagnosis: "link/gate-not-reached", line: .ofGate("auth_basic \"Staff\";")),
        Self(
            server: .nginx, title: "a sign-in page by auth_request",
            edits: [
                (
                    gate,
                    """
                        location = /auth { return 401; }
                        location @login { return 302 /login; }
                    \(gate)        auth_request /auth;
                            error_page 401 = @login;

                    """
                )
            ],
            diagnosis: "link/gate-not-reached", line: .ofGate("auth_request /auth;")),
        Self(
            server: .nginx, title: "a semicolon is missing, and nginx does not start",
            script: """
                sed -i 's/fastcgi_keep_conn on;/fastcgi_keep_conn on/' /etc/nginx/conf.d/sendfile-gate.conf
                ! systemctl restart nginx
                """,
            diagnosis: "", line: .ofGate("fastcgi_read_timeout 75s;")),
        Self(
            server: .nginx, title: "nginx listens for IPv4 only", host: "[::1]",
            diagnosis: "", line: .ofGate("listen 127.0.0.1:")),
        Self(
            server: .nginx, title: "the connection is closed by return 444",
            files: [
                (
                    "/etc/nginx/conf.d/another.off",
                    "server {\n    listen 127.0.0.1:8082 default_server;\n    server_name localhost;\n    return 444;\n}\n"
                )
            ],
            script: "mv /etc/nginx/conf.d/another.off \(another); systemctl restart nginx",
            undo: "rm \(another)",
            diagnosis: "status/closed-by-rule", line: .of(file: another, text: "return 444;")),
        Self(
            server: .nginx, title: "SENDFILE_ROOT does not exist",
            edits: [("SENDFILE_ROOT     @ROOT@", "SENDFILE_ROOT     @ROOT@.old")],
            diagnosis: "status/program-failed", line: .ofGate("fastcgi_param SENDFILE_ROOT")),
        Self(
            server: .nginx, title: "the site's file is not included",
            script: """
                mv /etc/nginx/conf.d/sendfile-gate.conf /etc/nginx/conf.d/sendfile-gate.off
                systemctl restart nginx
                """,
            undo: "rm /etc/nginx/conf.d/sendfile-gate.off",
            diagnosis: "", line: .missing("nginx is not configured for port 8082")),
        Self(
            server: .nginx, title: "nginx was not reloaded after a change",
            edits: [("    server unix:@SOCKET@;", "    server unix:/run/old.sock;")],
            script: """
                sed -i 's|/run/old.sock|/run/sendfile-gate.sock|' /etc/nginx/conf.d/sendfile-gate.conf
                touch -d '+1 minute' /etc/nginx/conf.d/sendfile-gate.conf
                """,
            diagnosis: "status/program-unreachable", line: .missing("systemctl reload nginx")),
    ]

    private static let units = [
        Self(
            server: .nginx, title: "the socket belongs to root",
            edits: [("SocketUser=www-data\nSocketGroup=www-data\n", "")],
            diagnosis: "socket/socket-closed", line: .missing("SocketUser=www-data")),
        Self(
            server: .nginx, title: "an invalid setting in the unit",
            edits: [("SENDFILE_LINK_TIMEOUT=3600", "SENDFILE_LINK_TIMEOUT=60x")],
            diagnosis: "status/program-failed",
            line: .of(
                file: "/etc/systemd/system/sendfile-gate.service", text: "Environment=SENDFILE_LINK_TIMEOUT=60x")),
        Self(
            server: .nginx, title: "the socket was not enabled before the machine started again",
            script: """
                systemctl disable --quiet --now sendfile-gate.socket
                systemctl stop sendfile-gate.service
                rm -f /run/sendfile-gate.sock
                """,
            diagnosis: "socket/socket-missing", line: .missing("systemctl enable --now sendfile-gate.socket")),
        Self(
            server: .nginx, title: "only the web server's group can read the files",
            script: "chgrp www-data /srv/files; chmod 750 /srv/files",
            undo: "chgrp root /srv/files; chmod 755 /srv/files",
            diagnosis: "status/closed-to-program", line: .missing("SupplementaryGroups=www-data")),
        Self(
            server: .nginx, title: "the unit names another file of the secret",
            edits: [("LoadCredential=secret:@SECRET@", "LoadCredential=secret:@SECRET@.old")],
            diagnosis: "status/not-started",
            line: .of(file: "/etc/systemd/system/sendfile-gate.service", text: "LoadCredential=secret:")),
        Self(
            server: .nginx, title: "the unit names another program",
            edits: [("ExecStart=@PROGRAM@ serve", "ExecStart=@PROGRAM@-old serve")],
            diagnosis: "status/not-started",
            line: .of(file: "/etc/systemd/system/sendfile-gate.service", text: "ExecStart=")),
    ]
}
