import Testing

@testable import sendfile_gate

/// The lines that pass a URL on to another program than the gate.
@Suite struct CheckForwardingTests {
    private static func request(_ url: String) throws -> RoutedRequest {
        RoutedRequest(try #require(URLText(url)), peer: "127.0.0.1")
    }

    @Test(
        "The files .htaccess count where Apache reads them",
        arguments: [
            ("All", "SetHandler fcgid-script", ["RewriteRule . /index.php [L]"]),
            ("None", "SetHandler fcgid-script", []),
            ("All", "ProxyPass unix:/run/gate.sock|fcgi://localhost/", []),
        ])
    func accessFile(_ override: String, _ handler: String, _ expected: [String]) throws {
        let root = try Workspace.shared.makeDirectory("htaccess")
        try Files.write("RewriteRule . /index.php [L]\n", to: "\(root)/.htaccess")
        let text = """
            Listen 80
            DocumentRoot \(root)
            <Directory \(root)>
                AllowOverride \(override)
            </Directory>
            <Location /files/>
                \(handler)
            </Location>
            """
        let route = try #require(
            ApacheRoute.find(
                ApacheSyntax.read(ConfigurationText(text, file: "apache2.conf")),
                try Self.request("http://localhost/files/a/b.pdf")))
        let rules = route.directives.filter { $0.name == "RewriteRule" }
        #expect(rules.map(\.text) == expected && rules.allSatisfy { $0.place == "\(root)/.htaccess:1" })
    }

    @Test(
        "A line that passes a URL on to another web server is found, with what it changes",
        arguments: [
            (
                "http://a/files/x", "proxy_pass http://127.0.0.1:8081/",
                ["proxy_pass http://127.0.0.1:8081;", "proxy_set_header Host $host;"], "with / in place of /files/"
            ),
            ("http://a/same/x", "proxy_pass http://b/same/", ["proxy_pass http://b;"], "decodes and encodes again"),
            ("http://a/plain/x", "proxy_pass http://b", [], "passes this URL on to another web server"),
            ("http://a/gate/x", "", [], ""),
        ])
    func forwarding(_ url: String, _ text: String, _ remedies: [String], _ note: String) throws {
        let nginx = """
            http {
                server {
                    listen 80;
                    location /files/ { proxy_pass http://127.0.0.1:8081/; }
                    location /same/ { proxy_pass http://b/same/; proxy_set_header Host $host; }
                    location /plain/ { proxy_pass http://b; proxy_set_header Host $host; }
                    location /gate/ { fastcgi_pass unix:/run/gate.sock; }
                }
            }
            """
        let directives = NginxSyntax.read(ConfigurationText(nginx, file: "nginx.conf"))
        let route = try #require(NginxRoute.find(directives, try Self.request(url)))
        let line = Forwarding.lines(route, .nginx, path: "").first
        #expect((line?.text ?? "") == text)
        guard let line else { return }
        #expect(Forwarding.note(line, route).contains(note))
        let all = Forwarding.remedies(line, route)
        #expect(all.count == remedies.count && zip(all, remedies).allSatisfy { $0.hasPrefix($1) }, "\(all)")
    }

    @Test(
        "Apache's last section decides to which program a URL goes",
        arguments: [
            (
                "", "ProxyPass / http://b/", "<Location /files/>\nProxyPass unix:/run/g|fcgi://localhost/\n</Location>",
                nil
            ),
            (
                "<Location />\nProxyPass http://b/\n</Location>", "",
                "<Location /files/>\nProxyPass unix:/run/g|fcgi://localhost/\n</Location>", "ProxyPass http://b/"
            ),
            ("", "ProxyPass /files/ unix:/run/g|fcgi://localhost/\nProxyPass / http://b/", "", nil),
            ("", "ProxyPass /other/ unix:/run/g|fcgi://localhost/\nProxyPass / http://b/", "", "ProxyPass / http://b/"),
        ] as [(String, String, String, String?)])
    func apacheForwarding(_ inner: String, _ host: String, _ outer: String, _ text: String?) throws {
        let apache = "Listen 80\n\(outer)\n<VirtualHost *:80>\n\(host)\n\(inner)\n</VirtualHost>\n"
        let route = try #require(
            ApacheRoute.find(
                ApacheSyntax.read(ConfigurationText(apache, file: "apache2.conf")), try Self.request("http://a/files/x")
            ))
        #expect(Forwarding.lines(route, .apache, path: "/files/x").map(\.text) == (text.map { [$0] } ?? []))
    }

    @Test("A line leads to a gate only if a web server of this machine passes requests to it there")
    func noGate() throws {
        let file = "\(try Workspace.shared.makeDirectory("forwarding"))/nginx.conf"
        try Files.write("http { }\n", to: file)
        let configuration = try #require(ServerConfiguration(of: .nginx, at: file))
        for address in ["http://192.0.2.1:80/", "http://127.0.0.1:1", "unix:/run/gate.sock"] {
            let line = Directive(name: "proxy_pass", words: [address], file: "", line: 1)
            #expect(!Forwarding.leadsToGate(line, in: configuration))
        }
    }

    @Test("This machine's own addresses are known")
    func addresses() throws {
        for address in ["127.0.0.1", "127.9.9.9", "::1"] { #expect(LocalAddresses.contains(address)) }
        #expect(!LocalAddresses.contains("192.0.2.9"))
        let url = try #require(URLText("http://files.example.org/"))
        #expect(LocalAddresses.shown(url, peer: "127.0.0.1") == nil && LocalAddresses.shown(url, peer: nil) == nil)
        #expect(LocalAddresses.shown(url, peer: "192.0.2.9")?.hasPrefix("files.example.org is 192.0.2.9") == true)
    }
}
