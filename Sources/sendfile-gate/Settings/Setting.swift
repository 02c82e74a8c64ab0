import FastCGI
import Sendfile
import SendfileBasics
import SignedLinks

/// The settings of the program: environment variables, or lines of the settings file.
enum Setting {
    /// Every setting, in the order in which the help shows them. The libraries' settings come from the tables of the libraries.
    static let all: [SettingDescription] =
        SendfileSetting.allCases.map { $0 == .root ? Self.root : $0.description } + Self.own + CDNSettings.all
        + Self.store
        + ServerSetting.all.map(\.description)

    private static let root = SettingDescription(
        SendfileSetting.root.rawValue, standard: "none",
        "absolute path of the directory that files are served from, or a bucket: `s3://bucket/prefix`, `swift://container/prefix`"
    )

    /// The program's own settings.
    static let own = [
        SettingDescription(
            "SENDFILE_DISPOSITION", standard: "`attachment`",
            "`attachment` to save files; `inline` to show files that cannot run scripts in a browser and save the others; "
                + "`inline-all` to show all, for a separate host name"),
        SettingDescription(
            "SENDFILE_STATUS_PATH", standard: "none",
            "URL path of a page with the numbers of the gate, such as `/-/status`; open to every client unless the web server restricts it"
        ),
        SettingDescription(
            "SENDFILE_CONFIG", standard: "none", "file with further settings, as for `--config`"),
        SettingDescription(
            "SENDFILE_LINK_FORMAT", standard: "`hmac`",
            "format of links, or several separated by commas, of which the first makes new links: "
                + LinkFormat.allNames.map { "`\($0)`" }.joined(separator: ", ")),
        SettingDescription(
            "SENDFILE_LINK_SECRET", standard: "none",
            "the secret, or `id:secret id:secret`; the first one signs new links"),
        SettingDescription(
            "SENDFILE_LINK_SECRET_FILE", standard: "none",
            "file that contains the secret, alone or as lines `id:secret`; either this or `SENDFILE_LINK_SECRET` is required"
        ),
        SettingDescription(
            "SENDFILE_LINK_TIMEOUT", standard: "`1h`",
            "lifetime of a link, such as `90s`, `30m`, `1h` or `7d`. Formats that contain the creation time need the same value on "
                + "both sides"),
        SettingDescription(
            "SENDFILE_LINK_LONGEST", standard: "`\(DurationText.longest.components.seconds / 86_400)d`",
            "longest time until a link's expiry; a link that expires later, such as one with an expiry in milliseconds, is refused"
        ),
        SettingDescription(
            "SENDFILE_LINK_PREFIX", standard: "none",
            "URL path of this program, such as `/downloads/`; not included in the signature"),
        SettingDescription(
            "SENDFILE_LINK_NGINX_EXPRESSION", standard: "`\(LinkFormat.defaultExpression)`",
            "the value of nginx's `secure_link_md5`, with `{secret}` for the secret"),
        SettingDescription(
            "SENDFILE_LINK_NGINX_ARGUMENTS", standard: "`md5,expires`",
            "the URL arguments of nginx's `secure_link`: `st,e` for `secure_link $arg_st,$arg_e`"),
        SettingDescription(
            "SENDFILE_LINK_BINDING", standard: "none",
            "values that links are bound to: any of `address`, `user`, `method`, such as `address,user`"),
        SettingDescription(
            GateCookie.setting, standard: "`same-site`",
            "cookie for which a grant's link is exchanged: `same-site`; `cross-site` for players in pages of other sites; `without-tls` "
                + "for a site without HTTPS"),
        SettingDescription(
            LedgerSettings.ledger, standard: "none",
            "ledger of grants, which makes them revocable and counts their uses: `\(LedgerSettings.example)`, or a Valkey or Redis server, "
                + "`\(LedgerSettings.serverExample)`"
        ),
        SettingDescription(
            LedgerSettings.password, standard: "none", "password for the server of the ledger"),
        SettingDescription(
            LedgerSettings.failure, standard: "`closed`",
            "response to a grant while the ledger cannot decide: `closed` for 503, `open` to permit it"),
        SettingDescription(
            LedgerSettings.window, standard: "`24h`",
            "time from a client's first request in which all its requests with a grant are one use"),
    ]

    /// Whether an environment variable belongs to this program and must therefore be a known setting.
    static func isOurs(_ name: String) -> Bool {
        name.hasPrefix("SENDFILE_") || name.hasPrefix("FASTCGI_")
    }

    static func isKnown(_ name: String) -> Bool { Self.all.contains { $0.name == name } }

    /// The settings for the help: two lines each, indented so that the manual keeps the line breaks.
    static let table = Self.all.map { setting in
        "  \(setting.name) (\(Self.plain(setting.standard)))"
            + Self.wrapped(Self.plain(setting.meaning), after: "\n      ", columns: 66)
    }.joined(separator: "\n")

    /// A text of the documentation without the marks around code.
    static func plain(_ text: String) -> String { text.filter { $0 != "`" } }

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
        // A name in lower case, or with hyphens, is compared as if it were written as settings are.
        // A longer one is a file of something else, such as a script on one line.
        let name = name.prefix(80).uppercased().replacing("-", with: "_")
        let names = Self.all.map { (name: $0.name, distance: Self.distance($0.name, name)) }
        return names.min { $0.distance < $1.distance }?.name ?? name
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
