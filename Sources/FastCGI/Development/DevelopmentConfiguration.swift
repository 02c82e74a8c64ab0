import Glibc
import Sendfile

/// The configuration of a web server that passes every request to this program, and sends every file that the program may name.
///
/// The files may be anywhere: the program's roots are walls, only the library names files, and the web server runs as the program's user.
/// So `/` is the one directory that the configuration permits, and no root has to be known before it is opened.
struct DevelopmentConfiguration {
    private let installed: InstalledWebServer
    private let address: DevelopmentAddress
    /// The directory of the socket, the configuration and the web server's own files.
    private let directory: String

    /// The user of the web server's processes, if it is not that of the program.
    let processUser: (id: uid_t, group: gid_t)?

    /// The user of every request.
    private let remoteUser: String?

    init(_ installed: InstalledWebServer, address: DevelopmentAddress, directory: String, remoteUser: String?) {
        self.installed = installed
        self.address = address
        self.directory = directory
        self.remoteUser = remoteUser
        let isForeign = installed.server.refusesRoot && geteuid() == 0
        self.processUser = isForeign ? getpwnam(Self.serverUser).map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } : nil
    }

    /// The user of Debian's web servers.
    private static let serverUser = "www-data"

    /// The path of the configuration.
    var file: String { "\(self.directory)/configuration" }

    /// The path of the socket on which the web server calls the program.
    var socket: String { "\(self.directory)/socket" }

    /// The delivery for which the web server is configured.
    var backend: BackendChoice {
        if self.installed.streams { return .stream }
        return switch self.installed.server {
        case .lighttpd: .lighttpd
        case .nginx: .nginx
        case .caddy: .caddyWithRootDirectory
        case .apache: .apache
        }
    }

    /// The web server's command, which stays in the foreground.
    var command: [String] {
        let path = self.installed.path
        return switch self.installed.server {
        case .lighttpd: [path, "-D", "-f", self.file]
        case .nginx: [path, "-p", self.directory, "-e", "stderr", "-c", self.file]
        case .caddy: [path, "run", "--adapter", "caddyfile", "--config", self.file]
        case .apache: [path, "-D", "FOREGROUND", "-f", self.file]
        }
    }

    /// The site's address, and what is there.
    func announcement(version: String) -> String {
        let server = self.installed.server
        let delivery =
            if !self.installed.streams {
                "files by \(server.field)"
            } else if self.processUser != nil {
                "files streamed, because \(server.name) does not run as root"
            } else {
                "files streamed"
            }
        return "\(self.address.url) (\(server.name)\(version.isEmpty ? "" : " \(version)"), \(delivery))"
    }

    /// The IP address and the port as in a URL.
    private var place: String { self.address.listening.description }

    /// The IP address, in brackets if it contains colons.
    private var bracketed: String {
        self.address.ipAddress.contains(":") ? "[\(self.address.ipAddress)]" : self.address.ipAddress
    }

    /// The configuration file's content.
    var text: String {
        switch self.installed.server {
        case .lighttpd: self.lighttpd
        case .nginx: self.nginx
        case .caddy: self.caddy
        case .apache: self.apache
        }
    }

    /// Lines that only a web server that sends files needs.
    private func ifSending(_ lines: String) -> String { self.installed.streams ? "" : lines }

    /// Lines with the user of every request.
    private func withUser(_ lines: (String) -> String) -> String { self.remoteUser.map(lines) ?? "" }

    private var lighttpd: String {
        """
        server.bind = "\(self.bracketed)"
        server.port = \(self.address.port)
        server.document-root = "\(self.directory)"
        server.upload-dirs = ( "\(self.directory)" )
        server.modules = ( "mod_setenv", "mod_fastcgi" )
        \(self.withUser { "setenv.add-environment = ( \"REMOTE_USER\" => \"\($0)\" )" })
        server.stream-response-body = 2
        server.stat-cache-engine = "disable"
        server.http-parseopts = ( "url-ctrls-reject" => "disable", "url-invalid-utf8-reject" => "disable" )
        fastcgi.server = ( "/" => ((
            "socket" => "\(self.socket)",
            "check-local" => "disable",
            "fix-root-scriptname" => "enable",
        \(self.ifSending(#"    "x-sendfile" => "enable", "x-sendfile-docroot" => ( "/" )"#))
        )) )

        """
    }

    private var nginx: String {
        """
        \(geteuid() == 0 ? "user root;" : "")
        worker_processes 1;
        daemon off;
        pid \(self.directory)/pid;
        error_log stderr;
        events {
        }
        http {
            access_log off;
            sendfile on;
            client_body_temp_path \(self.directory)/body;
            fastcgi_temp_path \(self.directory)/fastcgi;
            proxy_temp_path \(self.directory)/proxy;
            scgi_temp_path \(self.directory)/scgi;
            uwsgi_temp_path \(self.directory)/uwsgi;
        \(access(Self.mediaTypes, R_OK) == 0 ? "    include \(Self.mediaTypes);" : "")
            server {
                listen \(self.place);
                source_charset utf-8;
                client_max_body_size 0;
                location / {
                    fastcgi_pass unix:\(self.socket);
                    fastcgi_keep_conn on;
                    fastcgi_read_timeout 75s;
                    fastcgi_max_temp_file_size 0;
        \(Self.nginxParameters.map { "            fastcgi_param \($0) \($1);" }.joined(separator: "\n"))
        \(self.withUser { "            fastcgi_param REMOTE_USER \($0);" })
                }
        \(self.ifSending(self.nginxFiles))
            }
        }

        """
    }

    /// nginx's table of media types on Debian.
    private static let mediaTypes = "/etc/nginx/mime.types"

    private static let nginxParameters: KeyValuePairs = [
        "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_SOFTWARE": "nginx/$nginx_version",
        "SERVER_PROTOCOL": "$server_protocol", "SERVER_NAME": "$server_name", "SERVER_ADDR": "$server_addr",
        "SERVER_PORT": "$server_port", "REMOTE_ADDR": "$remote_addr", "REMOTE_PORT": "$remote_port",
        "REQUEST_SCHEME": "$scheme", "REQUEST_METHOD": "$request_method", "REQUEST_URI": "$request_uri",
        "SCRIPT_NAME": "\"\"", "PATH_INFO": "$uri", "QUERY_STRING": "$query_string", "CONTENT_TYPE": "$content_type",
        "CONTENT_LENGTH": "$content_length",
    ]

    /// The fields of the program that nginx would remove from a file's response.
    private var nginxFiles: String {
        let fields = NginxBackend.fieldsToAdd.map { name in
            let variable = String(name.lowercased().map { $0 == "-" ? "_" : $0 })
            return "            add_header \(name) $upstream_http_\(variable) always;"
        }
        return """
                    location ^~ \(DevelopmentDelivery.internalURLPrefix) {
                        internal;
                        alias /;
            \(fields.joined(separator: "\n"))
                    }
            """
    }

    private var caddy: String {
        """
        {
            admin off
            auto_https off
            storage file_system \(self.directory)/caddy
            log {
                level ERROR
            }
        }
        http://:\(self.address.port) {
            bind \(self.address.ipAddress)
            reverse_proxy unix/\(self.socket) {
                transport fastcgi {
                    env PATH_INFO {http.request.uri.path}
                    env SCRIPT_NAME ""
        \(self.withUser { "            env REMOTE_USER \($0)" })
                }
                flush_interval -1
                header_down -Status
        \(self.ifSending(Self.caddyFiles))
            }
        }

        """
    }

    private static let caddyFiles = """
                @file header X-Sendfile *
                handle_response @file {
                    root * /
                    rewrite * {http.reverse_proxy.header.X-Sendfile}
                    @other not method GET HEAD
                    method @other GET
                    copy_response_headers {
                        exclude X-Sendfile Content-Length Status
                    }
                    @stale expression {http.request.header.If-Range} != "" && {http.request.header.If-Range} != {http.reverse_proxy.header.Etag} && {http.request.header.If-Range} != {http.reverse_proxy.header.Last-Modified}
                    request_header @stale -Range
                    request_header -If-Range
                    request_header -If-Match
                    request_header -If-None-Match
                    request_header -If-Modified-Since
                    request_header -If-Unmodified-Since
                    header {
                        ETag {http.reverse_proxy.header.Etag}
                        defer
                    }
                    file_server {
                        disable_canonical_uris
                    }
                }
        """

    private var apache: String {
        func module(_ name: String) -> String {
            "LoadModule \(name)_module \(InstalledWebServer.apacheModules)/mod_\(name).so"
        }
        return """
            ServerRoot "\(self.directory)"
            ServerName localhost
            Listen \(self.place)
            PidFile "\(self.directory)/pid"
            ErrorLog /dev/stderr
            DocumentRoot "\(self.directory)"
            DefaultRuntimeDir "\(self.directory)"
            \(self.processUser == nil ? "" : "User \(Self.serverUser)\nGroup \(Self.serverUser)")
            \(["mpm_event", "authz_core", "env", "proxy", "proxy_fcgi"].map(module).joined(separator: "\n"))
            \(self.ifSending(module("xsendfile")))
            ProxyPass "/" "unix:\(self.socket)|fcgi://localhost/" timeout=300 flushpackets=auto
            ProxyFCGISetEnvIf "true" PATH_INFO "%{reqenv:SCRIPT_NAME}"
            ProxyFCGISetEnvIf "true" SCRIPT_NAME ""
            \(self.withUser { "ProxyFCGISetEnvIf \"true\" REMOTE_USER \"\($0)\"" })
            <Location "/">
                Require all granted
                CGIPassAuth On
            </Location>
            SetEnv ap_trust_cgilike_cl yes
            LimitRequestBody 0
            \(self.ifSending(Self.apacheFiles))

            """
    }

    private static let apacheFiles = """
        <IfDirective XSendFileUnescape>
            XSendFileUnescape off
        </IfDirective>
        XSendFile on
        XSendFilePath "/"
        """
}
