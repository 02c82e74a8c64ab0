import Testing

@testable import sendfile_gate

/// `sendfile-gate check` takes no line of the files in `conf` for a change of the administrator.
@Suite struct ShippedLinesTests {
    /// The lines that an administrator chooses: who listens where, and for which host and URLs.
    private static let chosen: Set = [
        "listen", "location", "<location>", "$http[\"url\"]",
    ]

    @Test("The lines of conf are known, whatever their placeholders are", arguments: ["nginx", "apache", "lighttpd"])
    func conf(_ name: String) throws {
        let server = try #require(FrontServer(rawValue: name))
        var text = try Files.text("\(CodeBlock.package)/conf/\(name)/gate.conf")
        for (placeholder, value) in [
            ("PORT", "80"), ("PROGRAM", "/opt/sendfile-gate"), ("SOCKET", "/run/a.sock"), ("ROOT", "/srv/b"),
            ("SECRET", "/etc/c"),
        ] {
            text = text.replacing("@\(placeholder)@", with: value)
        }
        let ready = ReadyMade(prefix: "", root: "/srv/b", socket: "/run/a.sock")
        let known =
            switch server {
            case .nginx: ready.nginx("/protected/")
            case .apache: ready.apache
            default: ready.lighttpd
            }
        let own = Self.read(server == .nginx ? "http {\n\(text)\n}" : text, server)
        let texts = Set(Self.read(known, server).map { Deviations.plain($0.wholeText) })
        let lines = own.filter { line in
            // The blocks of nginx around the locations have no counterpart in a file that is included in one.
            !["http", "server", "upstream", "map", "keepalive", "\"\"", "default"].contains(line.name.lowercased())
        }
        #expect(lines.count > 7)
        let unknown = lines.filter { line in
            !texts.contains(Deviations.plain(line.wholeText)) && !ShippedLines.contain(line, of: server)
                && !Self.chosen.contains { line.name.lowercased().hasPrefix($0) }
        }
        #expect(unknown.map(\.wholeText) == [])
    }

    /// All directives of a text.
    private static func read(_ text: String, _ server: FrontServer) -> [Directive] {
        let text = ConfigurationText(text, file: "")
        let directives =
            switch server {
            case .nginx: NginxSyntax.read(text)
            case .apache: ApacheSyntax.read(text)
            default: LighttpdSyntax.read(text)
            }
        return directives.flatMap(\.all)
    }

    @Test("Another value is not that of conf")
    func other() {
        func line(_ name: String, _ words: String...) -> Directive {
            Directive(name: name, words: words, file: "", line: 1)
        }
        #expect(ShippedLines.contain(line("FcgidWrapper", "/a/sendfile-gate serve", "virtual"), of: .apache))
        #expect(!ShippedLines.contain(line("FcgidWrapper", "/a/sendfile-gate", "virtual"), of: .apache))
        #expect(!ShippedLines.contain(line("FcgidInitialEnv", "SENDFILE_LINK_FORMAT", "mod-auth-token"), of: .apache))
        #expect(!ShippedLines.contain(line("fastcgi_pass", "php"), of: .nginx))
        #expect(!ShippedLines.contain(line("fastcgi_pass", "sendfile_gate"), of: .apache))
    }
}
