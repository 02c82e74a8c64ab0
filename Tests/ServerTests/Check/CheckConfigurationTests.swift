import Testing

@testable import sendfile_gate

/// Which blocks of a web server's configuration apply to a URL, as the server's documentation says.
@Suite struct CheckConfigurationTests {
    private static func request(_ url: String, peer: String? = "127.0.0.1") throws -> RoutedRequest {
        RoutedRequest(try #require(URLText(url)), peer: peer)
    }

    @Test("A file of nothing but beginnings of blocks is read")
    func deepBlocks() {
        func text(_ unit: String) -> ConfigurationText {
            ConfigurationText(String(repeating: unit, count: 200_000), file: "f")
        }
        #expect(NginxSyntax.read(text("a{")).flatMap(\.all).count == 200_000)
        #expect(ApacheSyntax.read(text("<a>\n")).flatMap(\.all).count == 200_000)
        #expect(LighttpdSyntax.read(text("$a{")).flatMap(\.all).count > 100)
    }

    // MARK: nginx

    private static let nginx = """
        # A comment with { and ;
        http {
            log_format main '$remote_addr "$request" {';
            server { listen 80 default_server; root /a; }
            server {
                listen 80; listen [::]:80;
                server_name example.org *.example.org;
                location / { fastcgi_pass unix:/run/gate.sock; }
                location = /exact { return 204; }
                location /files/ { root /b; location ~ [.]txt$ { root /nested; } }
                location ^~ /images/ { root /c; }
                location ~* [.](gif|png)$ { root /d; if ($http_x) { return 403; } }
                location "/a b" { root /e; }
                location @named { root /f; }
            }
            server { listen 80; server_name ~^www(?<number>\\d+)[.]test$; root /g; }
            server { listen 192.0.2.1:80; server_name example.org; root /h; }
            server { listen 8080; root "/j;k"; }
            server { listen 8080; server_name mail.*; root /i; }
        }
        """

    @Test(
        "nginx's server block and location are chosen by address, name and path",
        arguments: [
            ("http://example.org/", "fastcgi_pass unix:/run/gate.sock"), ("http://sub.example.org/x", "fastcgi_pass"),
            ("http://EXAMPLE.org/exact", "return 204"), ("http://example.org/exact/", "fastcgi_pass"),
            ("http://example.org/files/a.pdf", "root /b"), ("http://example.org/files/a.txt", "root /nested"),
            ("http://example.org/files/a.PNG", "root /d"), ("http://example.org/images/a.png", "root /c"),
            ("http://example.org/a%20b", "root /e"), ("http://other.org/", "root /a"),
            ("http://www12.test/", "root /g"), ("http://www.test/", "root /a"),
            ("http://mail.test:8080/", "root /i"), ("http://x:8080/", "root /j;k"),
        ])
    func nginx(_ url: String, _ directive: String) throws {
        let directives = NginxSyntax.read(ConfigurationText(Self.nginx, file: "nginx.conf"))
        #expect(try Self.answer(directives, try Self.request(url))?.hasPrefix(directive) == true)
    }

    /// The line that answers a request.
    private static func answer(_ directives: [Directive], _ request: RoutedRequest) throws -> String? {
        try #require(NginxRoute.find(directives, request)).innermost(["root", "return", "fastcgi_pass"]).first?.text
    }

    @Test("nginx's address decides before its name does")
    func nginxAddress() throws {
        let directives = NginxSyntax.read(ConfigurationText(Self.nginx, file: "nginx.conf"))
        let request = try Self.request("http://example.org/", peer: "192.0.2.1")
        #expect(try Self.answer(directives, request) == "root /h")
        let six = try Self.request("http://other.org/", peer: "::1")
        #expect(try Self.answer(directives, six) == "fastcgi_pass unix:/run/gate.sock")
        #expect(NginxRoute.find(directives, try Self.request("http://example.org:81/")) == nil)
    }

    @Test("A block that passes requests to a program and is not chosen is named by what excludes it")
    func nginxElsewhere() throws {
        let directives = NginxSyntax.read(ConfigurationText(Self.nginx, file: "nginx.conf"))
        func elsewhere(_ url: String, _ peer: String) throws -> [String] {
            try #require(NginxRoute.find(directives, try Self.request(url, peer: peer))).elsewhere.map(\.place)
        }
        // The name, the location, and the address.
        #expect(try elsewhere("http://other.org/", "127.0.0.1") == ["nginx.conf:7"])
        #expect(try elsewhere("http://example.org/files/a", "127.0.0.1") == ["nginx.conf:8"])
        #expect(try elsewhere("http://example.org/", "192.0.2.1") == ["nginx.conf:6"])
    }

    @Test("The content of an if block belongs to its location, and that of a location does not belong to its server")
    func nginxContent() throws {
        let directives = NginxSyntax.read(ConfigurationText(Self.nginx, file: "nginx.conf"))
        let route = try #require(NginxRoute.find(directives, try Self.request("http://example.org/a.gif")))
        let texts = route.directives.map(\.text)
        #expect(texts.contains("return 403") && !texts.contains("return 204"), "\(texts)")
        #expect(route.innermost(["root"]).map(\.text) == ["root /d"])
        #expect(route.directives.first { $0.name == "return" }?.line == 12)
    }

    @Test(
        "Reading ends at whatever a file contains",
        arguments: ["", "}", "a", "a {", "\"", "a \"b", "{}{}}", "http { server { listen", ";;", "=", "$", "else", "("])
    func broken(_ text: String) {
        _ = NginxSyntax.read(ConfigurationText(text, file: "f"))
        _ = ApacheSyntax.read(ConfigurationText(text, file: "f"))
        _ = LighttpdSyntax.read(ConfigurationText(text, file: "f"))
    }

    @Test("Included files are read where they are included, with their own lines, and not without end")
    func include() throws {
        let directory = try Workspace.shared.makeDirectory("include")
        try Files.write("a 1;\ninclude part-*;\nb 2;\n", to: "\(directory)/nginx.conf")
        try Files.write("\nc 3;\n", to: "\(directory)/part-1")
        try Files.write("include part-2;\n", to: "\(directory)/part-2")
        let places = NginxSyntax.read("\(directory)/nginx.conf").map { "\($0.name) \($0.place)" }
        #expect(places == ["a \(directory)/nginx.conf:1", "c \(directory)/part-1:2", "b \(directory)/nginx.conf:3"])
        try Files.write("Include part-1\nIncludeOptional missing/*\n", to: "\(directory)/apache2.conf")
        #expect(ApacheSyntax.read("\(directory)/apache2.conf").map(\.name) == ["c"])
        try Files.write("include \"part-*\"\nx = 1\n", to: "\(directory)/lighttpd.conf")
        #expect(LighttpdSyntax.read("\(directory)/lighttpd.conf").map(\.name) == ["x"])
    }

    // MARK: Apache

    private static let apache = """
        Listen 80
        DocumentRoot /var/www
        <IfModule !no_module>
            Redirect /never /
        </IfModule>
        <IfModule some_module>
            ErrorLog /main.log
        </IfModule>
        <Directory "/var/www/">
            Require all granted
        </Directory>
        <VirtualHost *:80>
            ServerName www.example.org
            ServerAlias *.example.org
            <Location "/private">
                Require ip \\
                    10.0.0.0/8
            </Location>
            <LocationMatch "^/x\\d+">
                Require all denied
            </LocationMatch>
            <FilesMatch "[.]bak$">
                Require host a
            </FilesMatch>
        </VirtualHost>
        <VirtualHost 127.0.0.1:80>
            ServerName gate.test
            <Location "/">
                FcgidWrapper "/bin/gate serve" virtual
                <RequireAny>
                    Require valid-user
                </RequireAny>
            </Location>
        </VirtualHost>
        """

    @Test(
        "Apache's virtual host and sections are chosen by address, name and path",
        arguments: [
            ("http://a.example.org/private/b", "192.0.2.1", ["ip 10.0.0.0/8"]),
            ("http://a.example.org/privately", "192.0.2.1", ["all granted"]),
            ("http://a.example.org/x1", "192.0.2.1", ["all denied"]),
            ("http://a.example.org/a.bak", "192.0.2.1", ["host a"]),
            ("http://a.example.org/", "127.0.0.1", ["valid-user"]),
            ("http://gate.test/", "::1", ["all granted"]),
        ])
    func apache(_ url: String, _ peer: String, _ words: [String]) throws {
        let directives = ApacheSyntax.read(ConfigurationText(Self.apache, file: "apache2.conf"))
        let route = try #require(ApacheRoute.find(directives, try Self.request(url, peer: peer)))
        let found = route.innermost(["require"]).map { $0.words.joined(separator: " ") }
        #expect(found == words, "\(route.directives.map(\.text))")
    }

    @Test("A virtual host of another address or name is named by the line that excludes it")
    func apacheElsewhere() throws {
        let directives = ApacheSyntax.read(ConfigurationText(Self.apache, file: "apache2.conf"))
        let six = try #require(ApacheRoute.find(directives, try Self.request("http://gate.test/", peer: "::1")))
        #expect(six.elsewhere.map(\.text) == ["<VirtualHost> 127.0.0.1:80"])
        let four = try #require(ApacheRoute.find(directives, try Self.request("http://gate.test/")))
        #expect(four.elsewhere.isEmpty && four.site?.text == "ServerName gate.test")
        #expect(ApacheRoute.find(directives, try Self.request("http://gate.test:81/")) == nil)
    }

    // MARK: lighttpd

    private static let lighttpd = """
        server.port = 8081 # the port
        server.modules += ( "mod_a", # a comment in a list
                            "mod_b" )
        url.access-deny = ( "~" ) + ( ".inc" )
        $HTTP["host"] == "files.example.org" {
            fastcgi.server = ( "/" => (( "socket" => "/run/gate}" )) )
        }
        else $HTTP["host"] =~ "^www[.]" {
            server.document-root = "/www"
        }
        else {
            server.document-root = "/other"
        }
        $HTTP["url"] !~ "^/public/" { $HTTP["url"] =^ "/private/" { auth.require = ( "" => () ) } }
        $SERVER["socket"] == "[::1]:8443" { ssl.engine = "enable" }
        $HTTP["url"] =~ "[.]txt$" { url.access-deny = ( ) }
        """

    @Test(
        "lighttpd's conditions are evaluated",
        arguments: [
            ("http://files.example.org:8081/a", "fastcgi.server"), ("http://www.example.org:8081/a", "\"/www\""),
            ("http://localhost:8081/a", "\"/other\""), ("http://localhost:8081/private/a", "auth.require"),
        ])
    func lighttpd(_ url: String, _ text: String) throws {
        let directives = LighttpdSyntax.read(ConfigurationText(Self.lighttpd, file: "lighttpd.conf"))
        let route = try #require(LighttpdRoute.find(directives, try Self.request(url)))
        let texts = route.directives.map(\.text)
        #expect(texts.contains { $0.contains(text) }, "\(texts)")
        #expect(route.elsewhere.map(\.line) == (text == "fastcgi.server" ? [] : [5]))
        #expect(texts.contains { $0.contains("\"/other\"") } == url.contains("localhost"))
        #expect(!texts.contains { $0.contains("ssl.engine") })
        let access = try #require(route.innermost(["url.access-deny"]).last)
        #expect(access.text == "url.access-deny = ( \"~\" ) + ( \".inc\" )" && access.line == 4)
    }

    @Test("lighttpd listens at its port and its sockets")
    func lighttpdPort() throws {
        let directives = LighttpdSyntax.read(ConfigurationText(Self.lighttpd, file: "lighttpd.conf"))
        #expect(LighttpdRoute.addresses(directives).map(\.1.port) == [8081, 8443])
        #expect(LighttpdRoute.find(directives, try Self.request("http://localhost/")) == nil)
    }

    // MARK: Parts

    @Test(
        "A regular expression of PCRE is translated, or is unknown",
        arguments: [
            ("^/a\\d+$", "/a12", true), ("(?:a|b)", "b", true), ("^(?<n>x)(?P<m>y)", "xy", true),
            ("\\.php(/|$)", "/a.php", true), ("\\.php(/|$)", "/a.phps", false), ("^\\/a.*?b$", "/a--b", true),
            ("(?i)\\.(zip|bak)$", "/a.ZIP", true), ("(?!a)b", "b", nil), ("(", "", nil),
        ] as [(String, String, Bool?)])
    func expression(_ pattern: String, _ text: String, _ result: Bool?) {
        #expect(RegularExpression.matches(pattern, text) == result)
    }

    @Test("A line of an error log is shown without the query of a URL, which may contain a signature")
    func query() {
        let line =
            "failed, request: \"GET /a?signature=secret HTTP/1.1\", host: \"h\", referrer: \"http://h/?s=secret\""
        let shown = ErrorLogTail.withoutQueries(line)
        #expect(!shown.contains("secret"))
        #expect(shown == "failed, request: \"GET /a?… HTTP/1.1\", host: \"h\", referrer: \"http://h/?…\"")
        // The accent and the question mark are one character.
        #expect(ErrorLogTail.withoutQueries("GET /a?\u{301}secret HTTP/1.1") == "GET /a?… HTTP/1.1")
    }

    @Test("Only lines that a log gained are read")
    func log() throws {
        let path = "\(try Workspace.shared.makeDirectory("log"))/error.log"
        try Files.write("old\n", to: path)
        let tail = try #require(ErrorLogTail(path))
        #expect(tail.lines() == [])
        try Files.write("old\nnew 1\nnew 2\n", to: path)
        #expect(tail.lines() == ["new 1", "new 2"])
        #expect(ErrorLogTail("\(path).1") == nil)
    }

    @Test("The state of units is read from systemctl show")
    func units() throws {
        let text = """
            Id=gate.socket
            LoadState=loaded
            ActiveState=inactive
            FragmentPath=/etc/gate.socket

            Id=gate.service
            LoadState=loaded
            ActiveState=failed
            StatusText=SENDFILE_ROOT is "a=b"
            FragmentPath=/etc/gate.service
            DropInPaths=/etc/a.conf /etc/b.conf

            """
        let state = try #require(UnitState("gate", text))
        #expect(state.failure == "SENDFILE_ROOT is \"a=b\"" && state.hasFailed && state.socketIsInactive)
        #expect(state.files == ["/etc/gate.socket", "/etc/gate.service", "/etc/a.conf", "/etc/b.conf"])
        #expect(state.start.contains("reset-failed"))
        #expect(UnitState("gate", text.replacing("=loaded", with: "=not-found")) == nil)
        let listening = text.replacing(
            "Id=gate.socket\n", with: "Id=gate.socket\nListen=/run/a (Stream)\nListen=/run/b (Stream)\n")
        #expect(UnitState("gate", listening)?.sockets == ["/run/a", "/run/b"] && state.sockets == [])
        let active = listening.replacing("=inactive", with: "=active").replacing("=failed", with: "=inactive")
        #expect(
            UnitState("gate", active)?.start.hasPrefix("systemctl stop gate.service; systemctl restart gate.socket")
                == true)
        let bad = text.replacing("LoadState=loaded", with: "LoadState=bad-setting\nLoadError=a \"b\"")
        #expect(
            UnitState("gate", bad)?.problems.first
                == "systemctl status gate.socket   (systemd cannot use the unit: bad-setting, a \"b\")")
        #expect(UnitState("gate", "") == nil)
    }
}
