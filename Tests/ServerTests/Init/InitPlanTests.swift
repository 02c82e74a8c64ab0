import Sendfile
import Testing

@testable import sendfile_gate

/// The plans of `sendfile-gate init`, for machines that exist as a list of files only.
@Suite struct InitPlanTests {
    static let defaultSite = "/etc/nginx/sites-available/default"

    /// A machine with the root, the web servers' folders and the Debian package.
    static func machine(
        _ files: [String: FileState] = [:], configuration: String = "", unchanged: Set<String> = []
    ) -> MachineFacts {
        let directory = FileState(kind: .directory, mode: 0o755)
        var all: [String: FileState] = [
            "/srv/reports": directory, "/etc/sendfile-gate": directory, "/etc/nginx/snippets": directory,
            "/etc/apache2/mods-available/proxy.load": FileState(),
            "/etc/apache2/mods-available/proxy.conf": FileState(),
            "/etc/apache2/mods-available/proxy_fcgi.load": FileState(),
            "/etc/apache2/mods-available/xsendfile.load": FileState(),
            "/usr/lib/systemd/system/sendfile-gate.service": FileState(),
            "/usr/lib/systemd/system/sendfile-gate.socket": FileState(),
        ]
        all.merge(files) { $1 }
        let files = all
        var facts = MachineFacts(file: { files[$0] })
        facts.configuration = configuration
        facts.unchangedFiles = unchanged
        return facts
    }

    /// A machine whose nginx has this one site.
    static func nginx(_ site: String, isOwn: Bool = true, _ files: [String: FileState] = [:]) -> MachineFacts {
        Self.machine(
            files.merging([Self.defaultSite: FileState(content: site)]) { $1 },
            configuration: "# configuration file \(Self.defaultSite):\n\(site)\n",
            unchanged: isOwn ? [] : [Self.defaultSite])
    }

    static func request(
        _ server: SetupServer = .nginx, url: String = "http://example.org/files/", mayEdit: Bool = false
    ) throws -> SetupRequest {
        try SetupRequest(server: server, root: "/srv/reports/", url: url, mayEdit: mayEdit)
    }

    static let bareSite = "server {\n\tlisten 80 default_server;\n\tserver_name _;\n\tlocation / {\n\t}\n}\n"

    /// The machine after the plan: its files, with everything enabled.
    static func done(_ plan: SetupPlan, on facts: MachineFacts) -> MachineFacts {
        var changed: [String: FileState] = [:]
        for step in plan.steps {
            switch step {
            case .directory(let path): changed[path] = FileState(kind: .directory)
            case .create(let file):
                changed[file.path] = FileState(content: file.content, mode: file.mode, group: file.group)
            case .edit(let path, _, let new, _, _): changed[path] = FileState(content: new)
            case .link(let path, let target): changed[path] = FileState(kind: .link(target))
            case .command: break
            }
        }
        let (old, files) = (facts.file, changed)
        var facts = facts
        facts.file = { try files[$0] ?? old($0) }
        facts.isSocketEnabled = true
        facts.isSocketActive = true
        facts.isServed = true
        return facts
    }

    @Test("A setup that is done needs no step", arguments: SetupServer.allCases)
    func repeated(_ server: SetupServer) throws {
        let request = try Self.request(server)
        let facts = Self.nginx(Self.bareSite, isOwn: false)
        let plan = try SetupPlanner(request, facts).plan()
        #expect(plan.steps.count >= 6)
        let again = try SetupPlanner(request, Self.done(plan, on: facts)).plan()
        #expect(again.steps == [])
        #expect(again.text(withContents: false).hasSuffix("Everything is set up already.\n"))
    }

    @Test("A setup that was interrupted before the reload is finished", arguments: SetupServer.allCases)
    func interrupted(_ server: SetupServer) throws {
        let request = try Self.request(server)
        let facts = Self.nginx(Self.bareSite, isOwn: false)
        var done = try Self.done(SetupPlanner(request, facts).plan(), on: facts)
        done.isServed = false
        let commands = try SetupPlanner(request, done).plan().steps.map { step in
            if case .command(let command) = step { command.arguments } else { [String]() }
        }
        #expect(commands == [server.test, ["systemctl", "reload-or-restart", server.package]])
    }

    @Test(
        "The web server's test comes after all files and before the socket and the reload",
        arguments: SetupServer.allCases)
    func order(_ server: SetupServer) throws {
        let steps = try SetupPlanner(Self.request(server), Self.nginx(Self.bareSite, isOwn: false)).plan().steps
        let commands = steps.map { step in
            if case .command(let command) = step { command.arguments } else { [String]() }
        }
        let test = try #require(commands.firstIndex(of: server.test))
        #expect(steps[test...].allSatisfy { if case .command = $0 { true } else { false } })
        #expect(commands.last == ["systemctl", "reload-or-restart", server.package])
    }

    @Test(
        "A file that exists with other content is a conflict that names it",
        arguments: [
            (SetupServer.nginx, "/etc/nginx/snippets/sendfile-gate.conf"),
            (.lighttpd, "/etc/lighttpd/conf-available/90-sendfile-gate.conf"),
            (.lighttpd, "/etc/lighttpd/conf-enabled/90-sendfile-gate.conf"),
            (.apache, "/etc/apache2/conf-available/sendfile-gate.conf"),
            (.nginx, "/etc/systemd/system/sendfile-gate.socket"),
            (.nginx, "/etc/sendfile-gate/secret"),
        ])
    func conflicts(_ server: SetupServer, _ path: String) throws {
        let facts = Self.nginx(Self.bareSite, isOwn: false, [path: FileState(content: "mine\n", mode: 0o600)])
        let refusal = #expect(throws: SetupRefusal.self) { try SetupPlanner(Self.request(server), facts).plan() }
        guard case .conflict(let sentence)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(sentence.hasPrefix("\(path) exists"))
    }

    @Test("A secret of the administrator is kept")
    func secret() throws {
        let secret = FileState(content: "2026:abc\n", mode: 0o640, group: "www-data")
        let facts = Self.nginx(Self.bareSite, isOwn: false, [GatePaths.secret: secret])
        let steps = try SetupPlanner(Self.request(), facts).plan().steps
        #expect(!steps.contains { if case .create(let file) = $0 { file.path == GatePaths.secret } else { false } })
    }

    @Test("Two plans have different secrets of 32 bytes, which no plan shows")
    func secrets() throws {
        let secrets = try (0..<2).map { _ in
            let steps = try SetupPlanner(Self.request(), Self.nginx(Self.bareSite, isOwn: false)).plan().steps
            let file = steps.lazy.compactMap { if case .create(let file) = $0 { file } else { nil } }
                .first { $0.path == GatePaths.secret }
            let secret = try #require(file)
            #expect(secret.mode == 0o640 && secret.group == "www-data")
            #expect(!SetupStep.create(secret).text(withContents: true).contains(secret.content.dropLast()))
            return secret.content
        }
        #expect(secrets[0] != secrets[1])
        #expect(secrets[0].wholeMatch(of: /k1:[A-Za-z0-9+\/]{43}=\n/) != nil)
    }

    @Test("The line is inserted at the end of the server block, and only there")
    func line() throws {
        let plan = try SetupPlanner(Self.request(), Self.nginx(Self.bareSite, isOwn: false)).plan()
        let edits = plan.steps.compactMap { step in if case .edit(_, _, let new, _, true) = step { new } else { nil } }
        let line = "    include /etc/nginx/snippets/sendfile-gate.conf;\n"
        #expect(edits == [String(Self.bareSite.dropLast(2)) + line + "}\n"])
        #expect(plan.notes.count == 1, "the default server handles the name: \(plan.notes)")
    }

    @Test("A file of the administrator is changed with permission only")
    func own() throws {
        let facts = Self.nginx("server { listen 80; server_name example.org; }")
        #expect(
            throws: SetupRefusal.edit(
                path: Self.defaultSite, line: 1, text: "include /etc/nginx/snippets/sendfile-gate.conf;")
        ) { try SetupPlanner(Self.request(), facts).plan() }
        let plan = try SetupPlanner(Self.request(mayEdit: true), facts).plan()
        let edits = plan.steps.compactMap { step in if case .edit(_, _, let new, _, true) = step { new } else { nil } }
        #expect(
            edits == [
                "server { listen 80; server_name example.org;\n    include /etc/nginx/snippets/sendfile-gate.conf;\n }"
            ])
    }

    @Test("An https URL needs a server block with TLS", arguments: [SetupServer.nginx, .lighttpd, .apache])
    func tls(_ server: SetupServer) throws {
        let refusal = #expect(throws: SetupRefusal.self) {
            try SetupPlanner(Self.request(server, url: "https://example.org/files"), Self.nginx(Self.bareSite)).plan()
        }
        guard case .unsuitable(let sentence)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(sentence.contains("TLS"))
    }

    @Test("A server block that redirects every request is named")
    func redirect() throws {
        let site = "server {\n listen 80;\n server_name example.org;\n return 301 https://$host$request_uri;\n}\n"
        let refusal = #expect(throws: SetupRefusal.self) {
            try SetupPlanner(Self.request(mayEdit: true), Self.nginx(site)).plan()
        }
        guard case .unsuitable(let sentence)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(sentence.hasPrefix("\(Self.defaultSite), line 4"))
    }

    @Test(
        "nginx's choice of a server block",
        arguments: [
            ("https://a.example.org/f", "two"), ("https://b.example.org/f", "three"), ("https://example.com/f", "one"),
            ("http://a.example.org/f", "zero"), ("http://other.org:8080/f", "four"), ("http://[::1]:8080/f", "four"),
        ])
    func host(_ url: String, _ expected: String) throws {
        let site = """
            # server { listen 443 ssl; server_name a.example.org; root comment; }
            server { server_name "zero"; root zero; }
            server { listen 443 ssl default_server; root one; location ~ "^/[a-z]{2}$" { set $a "${b}}"; } }
            server { listen [::]:443 ssl; server_name a.example.org; root two; }
            server { listen 127.0.0.1:443 ssl http2; server_name *.example.org; root three; }
            server { listen *:8080; listen unix:/run/x; server_name other.org; root four; }
            """
        let main =
            "stream { server { listen 8080; root wrong; } }\nhttp { upstream a { server 127.0.0.1; } include *; }"
        let host = NginxHost.find(try Self.request(url: url), in: [("main", main), ("site", site)])
        #expect(host?.block.children("root").first?.words.last == expected)
    }

    @Test("A comment of the settings file becomes the setting; a setting with another value is a conflict")
    func settings() throws {
        let file = "# The root.\n#SENDFILE_ROOT=\n# End.\n"
        let edit = try SettingsEdit(
            file, path: "f", setting: [("SENDFILE_ROOT", "/srv/a"), ("SENDFILE_LINK_PREFIX", "/d")])
        #expect(edit.text == "# The root.\nSENDFILE_ROOT=/srv/a\n# End.\nSENDFILE_LINK_PREFIX=/d\n")
        #expect(try SettingsEdit(edit.text, path: "f", setting: [("SENDFILE_ROOT", "/srv/a")]).lines == [])
        #expect(
            try SettingsEdit("SENDFILE_ROOT = '/srv/a/'", path: "f", setting: [("SENDFILE_ROOT", "/srv/a")]).lines == []
        )
        for text in ["SENDFILE_ROOT=/srv/b\n", "SENDFILE_LINK_SECRET=abc\n"] {
            #expect(throws: SetupRefusal.self) {
                try SettingsEdit(text, path: "f", setting: [("SENDFILE_ROOT", "/srv/a")])
            }
        }
    }

    @Test("All settings with another value are named at once, with the file of the earlier setup")
    func otherSettings() throws {
        let settings = "SENDFILE_ROOT=/srv/b\nSENDFILE_LINK_PREFIX=/d\n"
        let facts = Self.nginx(
            Self.bareSite, isOwn: false,
            [GatePaths.settings: FileState(content: settings), SetupServer.nginx.ownFile: FileState(content: "old")])
        let refusal = #expect(throws: SetupRefusal.self) { try SetupPlanner(Self.request(), facts).plan() }
        let text = """
            /etc/sendfile-gate/sendfile-gate.conf, line 1 sets SENDFILE_ROOT to "/srv/b", not to "/srv/reports", and line 2 sets \
            SENDFILE_LINK_PREFIX to "/d", not to "/files"; init changes no setting: use these values, or remove the lines and \
            /etc/nginx/snippets/sendfile-gate.conf, and repeat the command
            """
        #expect(refusal == .conflict(text))
    }

    @Test("Apache is also known by the name of its package", arguments: ["apache", "apache2", "httpd"])
    func apache(_ name: String) {
        #expect(SetupServer(argument: name) == .apache)
    }

    @Test(
        "An invalid option is an error that names it",
        arguments: [
            ("srv", "http://a/b", "--root"), ("/", "http://a/b", "--root"), ("/srv/../etc", "http://a/b", "--root"),
            ("/tmp/files", "http://a/b", "--root"), ("/srv/a\"b", "http://a/b", "--root"),
            ("/srv/$a", "http://a/b", "--root"),
            ("/srv", "ftp://a/b", "--url"), ("/srv", "http://a", "--url"), ("/srv", "http://a/", "--url"),
            ("/srv", "http://a/b?c", "--url"), ("/srv", "http://a/b//c", "--url"), ("/srv", "http://a/../c", "--url"),
            ("/srv", "http://a/b;c", "--url"), ("/srv", "a/b", "--url"), ("/srv", "http://u:p@a/b", "--url"),
            ("/srv", "http://a/b c", "--url"),
        ])
    func options(_ root: String, _ url: String, _ name: String) throws {
        let error = #expect(throws: GateError.self) {
            try SetupRequest(server: .nginx, root: root, url: url, mayEdit: false)
        }
        #expect(error?.description.hasPrefix("\(name) is ") == true, "\(String(describing: error))")
    }

    @Test("Without systemd, the plan contains the commands that start the gate")
    func withoutSystemd() throws {
        var facts = Self.nginx(Self.bareSite, isOwn: false)
        facts.hasSystemd = false
        let plan = try SetupPlanner(Self.request(), facts).plan()
        #expect(plan.start.count == 3)
        #expect(!plan.text(withContents: true).contains("systemctl"))
        #expect(plan.text(withContents: true).contains("unix:/run/sendfile-gate/gate.sock;"))
    }

    @Test("The units are those of conf/debian")
    func units() throws {
        for (name, text) in [("service", GateUnits.service), ("socket", GateUnits.socket)] {
            #expect(text == (try Files.text("\(CodeBlock.package)/conf/debian/sendfile-gate.\(name)")))
        }
    }

    @Test(
        "Each directive for the web server is also in conf",
        arguments: [
            (SetupServer.nginx, "nginx/gate.conf"), (.lighttpd, "lighttpd/gate.conf"),
            (.apache, "apache/proxy-fcgi.conf"),
        ])
    func directives(_ server: SetupServer, _ file: String) throws {
        /// The first words of the lines, such as "fastcgi_param REQUEST_URI".
        func words(_ text: String) -> Set<String> {
            Set(
                text.split(separator: "\n").compactMap { line in
                    let words = line.split { " \t=();:\"".contains($0) }
                    guard let first = words.first, !first.hasPrefix("#"), first.first?.isLetter == true else {
                        return nil
                    }
                    return first.hasSuffix("_param") || first == "SetEnv" ? "\(first) \(words[1])" : String(first)
                })
        }
        let steps = try SetupPlanner(Self.request(server), Self.nginx(Self.bareSite, isOwn: false)).plan().steps
        let files = steps.compactMap { step in if case .create(let file) = step { file } else { nil } }
        let made = try #require(files.first { $0.content.contains("Made by sendfile-gate init") })
        // A location instead of a server's top has these in addition.
        let additional: Set<String> = ["setenv.add-environment"]
        let known = words(try Files.text("\(CodeBlock.package)/conf/\(file)")).union(additional)
        #expect(words(made.content).subtracting(known) == [])
        #expect(words(made.content).count > 5)
    }
}
