import SignedLinks

/// A setting of the program: a variable of the process environment, or a line of the settings' file.
struct Setting: Sendable {
    let name: String
    /// What it is when nobody says.
    let standard: String
    let meaning: String

    /// Every setting, in the order in which the help shows them.
    static let all: [Setting] = Self.delivery + Self.links + Self.server

    private static let delivery = [
        Setting("SENDFILE_ROOT", "none", "directory of the files, an absolute path"),
        Setting(
            "SENDFILE_BACKEND", "stream",
            "who sends the bytes: lighttpd, apache, nginx, caddy, local-redirect, automatic, xsendfile, or stream for "
                + "this program"),
        Setting("SENDFILE_URL", "/protected/", "internal location of the files, in nginx or for local redirects"),
        Setting(
            "SENDFILE_MAPPING", "none",
            "internal locations of several directories: /srv/a/=/files-a/, /srv/b/=/files-b/"),
        Setting(
            "SENDFILE_DISPOSITION", "attachment",
            "attachment to save files; inline to show those that can run no script in a browser, and save the others; "
                + "inline-all to show all, for a host name of its own"),
        Setting(
            "SENDFILE_STATUS_PATH", "none", "URL path that answers everybody with the server's numbers, as /status"),
        Setting("SENDFILE_CONFIG", "none", "file of further settings, as with --config"),
    ]

    private static let links = [
        Setting(
            "SENDFILE_LINK_FORMAT", "hmac", "what links look like: \(LinkFormat.allNames.joined(separator: ", "))"),
        Setting(
            "SENDFILE_LINK_SECRET", "none", "the secret, or \"id:secret id:secret\"; the first of them signs new links"),
        Setting(
            "SENDFILE_LINK_SECRET_FILE", "none",
            "file of the secret, alone or as lines id:secret; either this or SENDFILE_LINK_SECRET has to be set"),
        Setting("SENDFILE_LINK_TIMEOUT", "3600", "how long a link is good for: seconds, or 30m, 1h, 7d"),
        Setting(
            "SENDFILE_LINK_PREFIX", "none", "URL path of this program, as /downloads/; the signature is without it"),
        Setting(
            "SENDFILE_LINK_NGINX_EXPRESSION", "$secure_link_expires$uri {secret}",
            "what nginx's secure_link_md5 has, with {secret} for the secret"),
        Setting("SENDFILE_LINK_BINDING", "none", "what links are bound to, of address, user, method: \"address,user\""),
    ]

    private static let server = [
        Setting("FASTCGI_LISTEN", "inherited", "where to listen: a path, host:port or [::1]:port"),
        Setting("FASTCGI_SOCKET_MODE", "0660", "mode of a Unix socket, octal"),
        Setting("FASTCGI_WORKERS", "processors", "threads, at least 2 unless set"),
        Setting("FASTCGI_CONNECTIONS", "16384", "most connections at a time"),
        Setting("FASTCGI_REQUESTS", "no limit", "requests after which the program ends to be started again"),
        Setting("FASTCGI_PARAMETER_BYTES", "65536", "most bytes of a request's parameters"),
        Setting("FASTCGI_PARAMETER_COUNT", "500", "most parameters of a request"),
        Setting("FASTCGI_BODY_BYTES", "67108864", "most bytes of a request's body"),
        Setting("FASTCGI_READ_TIMEOUT", "30", "seconds for a request to arrive"),
        Setting("FASTCGI_HANDLER_TIMEOUT", "60", "seconds for an answer to be made"),
        Setting("FASTCGI_WRITE_TIMEOUT", "60", "seconds for the web server to take a part of an answer"),
        Setting("FASTCGI_IDLE_TIMEOUT", "300", "seconds that a connection may be idle"),
        Setting("FASTCGI_DRAIN_TIMEOUT", "30", "seconds to finish in when the program is stopped"),
        Setting("FASTCGI_REQUEST_LOG_LEVEL", "debug", "level of the line for each request, or none"),
        Setting("FASTCGI_ACCESS_LOG", "none", "file that gets a line of JSON for each download"),
        Setting("FASTCGI_ACCESS_LOG_LEVEL", "none", "level of the logged line for each download"),
        Setting("FASTCGI_STDERR", "0", "1 to log to the web server as well"),
    ]

    private init(_ name: String, _ standard: String, _ meaning: String) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
    }

    /// Whether a variable of the environment is meant for this program, and so has to be a setting.
    static func isOurs(_ name: String) -> Bool { name.hasPrefix("SENDFILE_") || name.hasPrefix("FASTCGI_") }

    static func isKnown(_ name: String) -> Bool { Self.all.contains { $0.name == name } }

    /// The settings for the help: two lines for each, which begin with blanks so that the manual keeps them as they are.
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

    /// The name of the setting that was meant, probably.
    static func nearest(to name: String) -> String {
        let names = Self.all.map { (name: $0.name, distance: Self.distance($0.name, name)) }
        return names.min { $0.distance < $1.distance }!.name
    }

    /// How many letters have to be added, taken out or changed to make one name of the other.
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
