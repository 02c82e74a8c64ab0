import Testing

@testable import sendfile_gate

/// The web servers and programs to which the one that answers passes a URL on.
@Suite struct CheckBehindTests {
    private static func line(_ name: String, _ words: String...) -> Directive {
        Directive(name: name, words: words, file: "a.conf", line: 1)
    }

    private static func targets(_ server: FrontServer, _ text: String, of name: String) throws -> [String] {
        let file = "\(try Workspace.shared.makeDirectory("behind"))/a.conf"
        try Files.write(text, to: file)
        let configuration = try #require(ServerConfiguration(of: server, at: file))
        let line = try #require(
            configuration.directives.flatMap(\.all).first { $0.name.lowercased() == name.lowercased() })
        return ForwardingTarget.find(line, in: configuration).map { target in
            "\(target.isSecure ? "https" : "http") \(target.address.address) \(target.address.port) \(target.line.line)"
        }
    }

    @Test(
        "The addresses to which nginx passes a URL are known, also those of a group",
        arguments: [
            ("http://127.0.0.1:8080", ["http 127.0.0.1 8080 7"]), ("https://localhost/", ["https 127.0.0.1 443 7"]),
            ("http://[::1]:81/x/", ["http ::1 81 7"]), ("http://web", ["http 127.0.0.1 8081 3", "http ::1 80 5"]),
            ("http://$host:8080", []), ("http://unix:/run/a.sock", []),
        ])
    func nginx(_ address: String, _ expected: [String]) throws {
        let text = """
            http {
                upstream web {
                    server 127.0.0.1:8081;
                    server 127.0.0.1:8082 down;
                    server [::1];
                }
                server { location / { proxy_pass \(address); } }
            }
            """
        #expect(try Self.targets(.nginx, text, of: "proxy_pass") == expected)
    }

    @Test(
        "The addresses to which Apache passes a URL are known, also those of a balancer",
        arguments: [
            ("ProxyPass /a/ http://127.0.0.1:8080/ retry=0", ["http 127.0.0.1 8080 1"]),
            ("ProxyPass /a/ balancer://web/", ["http 127.0.0.1 8081 3", "https localhost.example 443 4"]),
            ("ProxyPass /a/ unix:/run/a.sock|fcgi://localhost/", []),
        ])
    func apache(_ line: String, _ expected: [String]) throws {
        let text = """
            \(line)
            <Proxy balancer://web>
            BalancerMember http://127.0.0.1:8081 loadfactor=2
            BalancerMember https://localhost.example
            </Proxy>
            """
        #expect(try Self.targets(.apache, text, of: "ProxyPass") == expected)
    }

    @Test("The addresses to which lighttpd passes a URL are known")
    func lighttpd() throws {
        let text = """
            proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 8080 ),
                ( "host" => "::1", "port" => "8081" ), ( "host" => "10.0.0.1" ) ) )
            """
        let expected = ["http 127.0.0.1 8080 1", "http ::1 8081 1", "http 10.0.0.1 80 1"]
        #expect(try Self.targets(.lighttpd, text, of: "proxy.server") == expected)
    }

    @Test("The addresses to which Caddy passes a URL are known")
    func caddy() throws {
        let text =
            "a.example {\n\treverse_proxy /a/* 127.0.0.1:8080 http://[::1]:81 unix//run/a.sock {\n\t\tto :8081\n\t}\n}\n"
        let expected = ["http 127.0.0.1 8080 2", "http ::1 81 2", "http * 8081 2"]
        #expect(try Self.targets(.caddy, text, of: "reverse_proxy") == expected)
    }

    @Test(
        "The addresses of web servers behind are found in the lines of other programs",
        arguments: [
            ("server web1 127.0.0.1:8080 check", ["127.0.0.1 8080"]), ("bind :8080", []),
            ("    .port = \"8080\";", ["127.0.0.1 8080"]), ("backend = \"[::1]:8080\"", ["::1 8080"]),
            ("reverse_proxy http://localhost:8080", ["127.0.0.1 8080"]), ("server web1 127.0.0.1:8089", []),
        ])
    func otherPrograms(_ line: String, _ expected: [String]) {
        let found = FrontFiles.addresses(in: line, ports: [8080]).map { "\($0.address) \($0.port)" }
        #expect(found == expected)
    }

    @Test(
        "A rule of Apache that passes a URL on counts, unless a condition stands before it",
        arguments: [
            ("RewriteRule ^/(.*)$ http://127.0.0.1:3000/$1 [P,L]", true),
            ("RewriteCond %{HTTP:Upgrade} websocket\nRewriteRule ^/(.*)$ http://127.0.0.1:3000/$1 [P,L]", false),
            ("RewriteRule ^/other/ http://127.0.0.1:3000/$1 [P]", false),
            ("RewriteRule ^/(.*)$ http://127.0.0.1:3000/$1 [R,L]", false),
        ])
    func proxyRule(_ rules: String, _ isFound: Bool) throws {
        let text = "Listen 80\n<VirtualHost *:80>\nRewriteEngine On\n\(rules)\n</VirtualHost>\n"
        let request = RoutedRequest(try #require(URLText("http://a/files/x")), peer: "127.0.0.1")
        let route = try #require(
            ApacheRoute.find(ApacheSyntax.read(ConfigurationText(text, file: "apache2.conf")), request))
        let lines = Forwarding.lines(route, .apache, path: "/files/x")
        #expect(lines.map(\.name) == (isFound ? ["RewriteRule"] : []))
    }

    /// The state of one server behind: does not answer, sends the file, or answers with a status.
    enum State: Sendable {
        case silent, file
        case status(Int)
    }

    @Test(
        "A server behind that does not send the file is named, and so is its reason",
        arguments: [
            (404, [.file], "pass", "asked directly, 127.0.0.1:8000 sends the file"),
            (404, [.status(404)], "fail", "asked directly, 127.0.0.1:8000 answers with 404"),
            (502, [.silent], "fail", "asked directly, 127.0.0.1:8000 does not answer"),
            (200, [.file, .status(404)], "fail", "1 of 2 servers behind nginx does not send the file"),
            (200, [.status(403)], "skipped", "127.0.0.1:8000 answers requests of nginx only"),
            (404, [], "skipped", "no web server of this machine is behind this one"),
        ] as [(Int, [State], String, String)])
    func servers(_ status: Int, _ states: [State], _ expected: String, _ title: String) throws {
        var facts = try CheckRulesTests.facts(.nginx, status: status)
        facts.behind = try states.enumerated().map { index, state in
            var server = BehindServer(
                line: Self.line("server", "127.0.0.1:\(8000 + index);"), base: "http://a:\(8000 + index)/files",
                address: "127.0.0.1", port: 8000 + index, headers: [])
            switch state {
            case .silent: server.reasons = ["nginx does not run"]
            case .file: (server.answer, server.isFile) = (try CheckRulesTests.answer(200), true)
            case .status(let status): server.answer = try CheckRulesTests.answer(status)
            }
            return server
        }
        let finding = Rules.behind(facts, .init())
        #expect(finding.status.rawValue == expected && finding.title == title, "\(finding)")
        guard expected == "fail" else { return }
        #expect(finding.remedy.first?.hasPrefix("a.conf:1: server 127.0.0.1:80") == true, "\(finding.remedy)")
        if case .silent = states[0] { #expect(finding.remedy[1] == "nginx does not run") }
    }

    @Test(
        "A program of a group that is not a gate, or cannot be reached, is named",
        arguments: [
            (.listens, 0, nil), (.listens, 3, "fail"), (.missing, 0, "warn"), (.deaf, 0, "warn"),
        ] as [(SocketState, Int, String?)])
    func group(_ state: SocketState, _ strangers: Int, _ expected: String?) throws {
        var facts = try CheckRulesTests.facts(.nginx)
        let own = Self.line("server", "unix:\(GatePaths.socket)")
        let other = Directive(name: "server", words: ["unix:/run/php.sock"], file: "a.conf", line: 2)
        facts.members = [(own, .listens), (other, state)]
        (facts.groupQuestions, facts.strangers) = (6, strangers)
        let finding = Rules.behind(facts, .init())
        #expect(finding.status.rawValue == expected ?? "skipped", "\(finding)")
        guard expected != nil else { return }
        #expect(finding.remedy[0].hasPrefix("a.conf:2: server unix:/run/php.sock"))
    }
}
