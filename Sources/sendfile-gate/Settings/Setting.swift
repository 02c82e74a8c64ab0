import SignedLinks

/// A setting of the program: an environment variable, or a line of the settings file.
struct Setting: Sendable {
    let name: String
    /// The default value.
    let standard: String
    let meaning: String

    /// Every setting, in the order in which the help shows them.
    static let all: [Setting] = Self.delivery + Self.links + Self.server

    private static let delivery = [
        Setting("SENDFILE_ROOT", "none", "directory of the files, an absolute path"),
        Setting(
            "SENDFILE_BACKEND", "stream",
            "the program that sends the bytes: lighttpd, apache, nginx, caddy, local-redirect, automatic, xsendfile, or "
                + "stream for this program"),
        Setting("SENDFILE_URL", "/protected/", "internal location of the files, in nginx or for local redirects"),
        Setting(
            "SENDFILE_MAPPING", "none",
            "internal locations of several directories: /srv/a/=/files-a/, /srv/b/=/files-b/"),
        Setting(
            "SENDFILE_DISPOSITION", "attachment",
            "attachment to save files; inline to show files that cannot run scripts in a browser and save the others; "
                + "inline-all to show all, for a separate host name"),
        Setting(
            "SENDFILE_STATUS_PATH", "none", "URL path of the server's statistics, such as /status; open to every client"
        ),
        Setting("SENDFILE_CONFIG", "none", "file with further settings, as for --config"),
    ]

    private static let links = [
        Setting(
            "SENDFILE_LINK_FORMAT", "hmac", "format of links: \(LinkFormat.allNames.joined(separator: ", "))"),
        Setting(
            "SENDFILE_LINK_SECRET", "none", "the secret, or \"id:secret id:secret\"; the first one signs new links"),
        Setting(
            "SENDFILE_LINK_SECRET_FILE", "none",
            "file that contains the secret, alone or as lines id:secret; either this or SENDFILE_LINK_SECRET is required"
        ),
        Setting("SENDFILE_LINK_TIMEOUT", "3600", "lifetime of a link: seconds, or 30m, 1h, 7d"),
        Setting(
            "SENDFILE_LINK_PREFIX", "none",
            "URL path of this program, such as /downloads/; not included in the signature"),
        Setting(
            "SENDFILE_LINK_NGINX_EXPRESSION", "$secure_link_expires$uri {secret}",
            "the value of nginx's secure_link_md5, with {secret} for the secret"),
        Setting(
            "SENDFILE_LINK_BINDING", "none",
            "what links are bound to: any of address, user, method, such as \"address,user\""),
    ]

    private static let server = [
        Setting("FASTCGI_LISTEN", "inherited", "address to listen on: a path, host:port or [::1]:port"),
        Setting("FASTCGI_SOCKET_MODE", "0660", "mode of the Unix socket, octal"),
        Setting("FASTCGI_WORKERS", "processors", "threads, at least 2 unless set"),
        Setting("FASTCGI_CONNECTIONS", "16384", "maximum number of connections"),
        Setting("FASTCGI_REQUESTS", "no limit", "number of requests after which the program exits to be restarted"),
        Setting("FASTCGI_PARAMETER_BYTES", "65536", "maximum size of a request's parameters in bytes"),
        Setting("FASTCGI_PARAMETER_COUNT", "500", "maximum number of a request's parameters"),
        Setting("FASTCGI_BODY_BYTES", "67108864", "maximum size of a request's body in bytes"),
        Setting("FASTCGI_READ_TIMEOUT", "30", "time limit to receive a request, in seconds"),
        Setting("FASTCGI_HANDLER_TIMEOUT", "60", "time limit for the handler, in seconds"),
        Setting(
            "FASTCGI_WRITE_TIMEOUT", "60", "time limit for the web server to accept a part of the response, in seconds"),
        Setting("FASTCGI_IDLE_TIMEOUT", "300", "time limit for an idle connection, in seconds"),
        Setting("FASTCGI_DRAIN_TIMEOUT", "30", "time limit to finish requests when the program stops, in seconds"),
        Setting("FASTCGI_REQUEST_LOG_LEVEL", "debug", "log level of the line for each request, or none"),
        Setting("FASTCGI_ACCESS_LOG", "none", "file for the access log, one line of JSON per download"),
        Setting("FASTCGI_ACCESS_LOG_LEVEL", "none", "log level of the line for each download"),
        Setting("FASTCGI_STDERR", "0", "1 to also log to the web server"),
    ]

    private init(_ name: String, _ standard: String, _ meaning: String) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
    }

    /// Whether an environment variable belongs to this program and must therefore be a known setting.
    static func isOurs(_ name: String) -> Bool { name.hasPrefix("SENDFILE_") || name.hasPrefix("FASTCGI_") }

    static func isKnown(_ name: String) -> Bool { Self.all.contains { $0.name == name } }

    /// The settings for the help: two lines each, indented so that the manual keeps the line breaks.
    static let table = Self.all.map { setting in
        "  \(setting.name) (\(setting.standard))" + Self.wrapped(setting.meaning, after: "\n      ", columns: 66)
    }.joined(separator: "\n")

    private static func wrapped(_ text: String, after indent: String, columns: Int) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= columns {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { indent + $0 }.joined()
    }

    /// The known setting whose name is most similar.
    static func nearest(to name: String) -> String {
        let names = Self.all.map { (name: $0.name, distance: Self.distance($0.name, name)) }
        return names.min { $0.distance < $1.distance }!.name
    }

    /// The edit distance of two names: the number of letters to add, remove or change.
    private static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second.utf8)
        var row = Array(0...second.count)
        for (index, letter) in first.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in second.indices {
                let change = diagonal + (second[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, diagonal + 1)
            }
        }
        return row[second.count]
    }
}
