import Testing

@testable import sendfile_gate

/// Which lines of a Caddyfile apply to a URL, as Caddy's documentation says. ``CaddyAgreementTests`` asks Caddy.
@Suite struct CheckCaddyTests {
    private static func read(_ text: String) -> [Directive] { CaddySyntax.read(ConfigurationText(text, file: "f")) }

    private static func request(_ url: String) throws -> RoutedRequest {
        RoutedRequest(try #require(URLText(url)), peer: "127.0.0.1")
    }

    // MARK: Syntax

    /// The directives on one line: words in brackets, blocks in braces.
    private static func shape(_ directives: [Directive]) -> String {
        directives.map { directive in
            "\(directive.line)[\(([directive.name] + directive.words).joined(separator: "|"))]"
                + (directive.children.map { "{\(Self.shape($0))}" } ?? "")
        }.joined()
    }

    @Test(
        "Words, blocks and comments are read as Caddy reads them",
        arguments: [
            (
                "a.test, b.test {\n\trespond \"x \\\"y\\\" \\n\" 200 # comment\n}\n",
                #"1[a.test,|b.test]{2[respond|x "y" \n|200]}"#
            ),
            ("a.test,\nb.test {\n}\n", "1[a.test,|b.test]{}"),
            (":80\n\nrespond `a \"b\" c`\nfile_server\n", #"1[:80]{3[respond|a "b" c]4[file_server]}"#),
            ("{\n\tadmin off\n}\n:80 {\n}\n", "1[{]{2[admin|off]}4[:80]{}"),
            (":80 {\n\theader \\\n\t\tA b\n\tabort\n}\n", "1[:80]{2[header|A|b]4[abort]}"),
            (
                ":80 {\n\trespond <<END\n\t\ta\n\t\t b\n\t\tEND 404\n\tabort\n}\n",
                "1[:80]{2[respond|a\n b|404]6[abort]}"
            ),
            (":80 {\n\trespond \"a\nb\" 200\n\tabort\n}\n", "1[:80]{2[respond|a\nb|200]4[abort]}"),
            ("{$SITE:a b} {\n\troot {$ROOT}/x#y\n}\n", "1[{$SITE:a b}]{2[root|{$ROOT}/x#y]}"),
            (
                "(s) {\n\trespond {args[0]} {args.1}\n}\n:80 {\n\timport s a b\n}\n",
                "1[(s)]{2[respond|{args[0]}|{args.1}]}4[:80]{2[respond|a|b]}"
            ),
            (
                "(s) {\n\t@m path {args[:]}\n}\n:80 {\n\timport s /a /b\n}\n",
                "1[(s)]{2[@m|path|{args[:]}]}4[:80]{2[@m|path|/a|/b]}"
            ),
            (":80 {\n\timport missing\n}\n", "1[:80]{2[import|missing]}"),
            (
                ":80 {\n\t@a {\n\t\tpath /x\n\t}\n\trewrite @a /y{uri}\n}\n",
                "1[:80]{2[@a]{3[path|/x]}5[rewrite|@a|/y{uri}]}"
            ),
        ])
    func syntax(_ text: String, _ expected: String) { #expect(Self.shape(Self.read(text)) == expected) }

    @Test(
        "Reading ends at whatever a file contains",
        arguments: [
            "", "}", "{", "a {", "\"", "`", "<<A\n", "a \"b", "{}{}}", "a {\n}}\n", "\\", "\\\n", "a \\\r", "{$",
            "import",
            "(s) {\nimport s\nimport s\n}\n:80 {\nimport s\n}\n", "import s {\n", "a {args[9:2]}",
        ])
    func broken(_ text: String) {
        let directives = Self.read(text)
        #expect(directives.flatMap(\.all).count < 300_000)
        _ = CaddyRoute.find(directives, RoutedRequest(URLText("http://a/b")!))
    }

    @Test("A file of nothing but beginnings of blocks is read")
    func deepBlocks() {
        let text = ":80 {\n" + String(repeating: "a {\n", count: 50_000)
        #expect(Self.read(text).flatMap(\.all).count == 50_001)
    }

    @Test(
        "Each directive of conf is read, with its line",
        arguments: ["Caddyfile", "http.Caddyfile", "object-storage.Caddyfile"])
    func conf(_ name: String) throws {
        let text = try Files.text("\(CodeBlock.package)/conf/caddy/\(name)")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            index, line in
            let word = line.split { $0 == " " || $0 == "\t" }.first ?? "#"
            // A word in quotes is read without them.
            return word.hasPrefix("#") || word == "}" ? nil : "\(index + 1) \(word.filter { $0 != "\"" })"
        }
        let own = Self.read(text).flatMap(\.all).map { "\($0.line) \($0.name.prefix { $0 != " " })" }
        #expect(lines.count > 20 && own == lines)
    }

    @Test("Imported files are read where they are imported, relative to the importing file, and not without end")
    func imports() throws {
        let directory = try Workspace.shared.makeDirectory("imports")
        try Files.makeDirectory("\(directory)/sites")
        try Files.write("import sites/*.caddy\nimport parts\n", to: "\(directory)/Caddyfile")
        try Files.write("a.test {\n\timport ../lines\n}\n", to: "\(directory)/sites/a.caddy")
        try Files.write("respond {args[0]}x\n", to: "\(directory)/lines")
        try Files.write("import parts\nb.test {\n}\n", to: "\(directory)/parts")
        let directives = CaddySyntax.read("\(directory)/Caddyfile").flatMap(\.all)
        let places = directives.map { "\($0.name) \($0.place.dropFirst(directory.count + 1))" }
        #expect(Array(places.prefix(2)) == ["a.test sites/a.caddy:1", "respond sites/../lines:1"])
        #expect(places.contains("b.test parts:2"))
        let missing = CaddyRoute.missingImports(Self.read(":80 {\nimport a.conf\nimport b/*\n}\n"))
        #expect(missing.map(\.place) == ["f:2"])
    }

    // MARK: Routes

    private static let sites = """
        {
        \thttp_port 8000
        \torder respond before redir
        }
        a.test, http://b.test:8081 {
        \treverse_proxy 127.0.0.1:1
        }
        http://*.test {
        \treverse_proxy 127.0.0.1:2
        }
        :8081 {
        \tbind 127.0.0.1
        \tredir /r /s
        \trespond /r* "early"
        \treverse_proxy 127.0.0.1:3
        }
        http://192.0.2.1:8082 {
        \tbind 192.0.2.1
        \treverse_proxy 127.0.0.1:4
        }
        """

    @Test(
        "The site is chosen by port, host and listening address",
        arguments: [
            ("https://a.test/", "reverse_proxy 127.0.0.1:1"), ("http://x.test:8000/", "reverse_proxy 127.0.0.1:2"),
            ("http://b.test:8081/", "reverse_proxy 127.0.0.1:3"), ("http://c.test:8081/", "reverse_proxy 127.0.0.1:3"),
            ("http://c.test:8081/r", "respond /r* early"), ("http://x.y.test:8000/", ""),
            ("http://a.test:8082/", nil), ("https://b.test:444/", nil),
        ] as [(String, String?)])
    func site(_ url: String, _ text: String?) throws {
        let route = CaddyRoute.find(Self.read(Self.sites), try Self.request(url))
        let names: Set = ["reverse_proxy", "respond", "redir"]
        #expect(route.map { $0.directives.first { names.contains($0.name) }?.text ?? "" } == text)
    }

    @Test("Caddy's redirect to HTTPS is that of a site without a port")
    func automaticRedirect() throws {
        let text = "a.test {\n\treverse_proxy unix//run/g.sock {\n\t\ttransport fastcgi\n\t}\n}\n"
        let route = try #require(CaddyRoute.find(Self.read(text), try Self.request("http://a.test/")))
        #expect(route.elsewhere.map(\.place) == ["f:1"])
        let other = "{\n\tauto_https off\n}\n\(text)"
        #expect(CaddyRoute.find(Self.read(other), try Self.request("http://a.test/")) == nil)
    }

    @Test("The socket behind Caddy is that of the line with transport fastcgi, and a line without it is forwarding")
    func socket() throws {
        let file = "\(try Workspace.shared.makeDirectory("caddy-socket"))/Caddyfile"
        try Files.write(
            """
            http://:81 {
            \thandle /files/* {
            \t\treverse_proxy {
            \t\t\tto unix//run/sendfile-gate.sock
            \t\t\ttransport fastcgi {
            \t\t\t\tenv SENDFILE_ROOT /srv
            \t\t\t}
            \t\t}
            \t}
            \treverse_proxy 127.0.0.1:8080
            }
            """, to: file)
        let configuration = try #require(ServerConfiguration(of: .caddy, at: file))
        let gate = try #require(configuration.route(of: try Self.request("http://a:81/files/x")))
        #expect(configuration.passesToGate && configuration.service == "caddy" && configuration.user == nil)
        #expect(configuration.socket(gate) == "/run/sendfile-gate.sock" && configuration.errorLog(gate) == nil)
        #expect(configuration.passers.map(\.line) == [3] && configuration.addresses.map(\.address.port) == [81])
        #expect(Forwarding.lines(gate, .caddy, path: "/files/x").isEmpty)
        #expect(gate.directives.contains { $0.text == "env SENDFILE_ROOT /srv" })
        let other = try #require(configuration.route(of: try Self.request("http://a:81/x")))
        #expect(Forwarding.lines(other, .caddy, path: "/x").map(\.line) == [10] && configuration.socket(other) == nil)
        #expect(other.elsewhere.map(\.line) == [2])
        #expect(ServerConfiguration(of: .caddy, at: "\(file).missing") == nil)
    }

    @Test("The file with which Caddy runs is read from its command")
    func command() {
        let command = ["/usr/bin/caddy", "run", "--environ", "--config", "/etc/caddy/Caddyfile"]
        #expect(ServerProcesses.file(in: command, .caddy) == "/etc/caddy/Caddyfile")
    }
}
