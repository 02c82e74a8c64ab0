import Testing

@testable import sendfile_gate

/// The public URLs that follow from a web server's own lines.
@Suite struct PublicURLsTests {
    @Test(
        "The prefixes of URLs and their directories are read from each web server's lines",
        arguments: [
            (
                .nginx,
                """
                http {
                    server {
                        listen 80;
                        root /var/www;
                        location /a/ { alias /srv/a/; }
                        location ~ \\.pdf$ { alias /srv/b/; }
                        location /c/ { root /srv; location /c/d/ { alias /srv/e/; } }
                    }
                }
                """, ["/ /var/www/", "/a/ /srv/a/", "/ /srv/", "/c/d/ /srv/e/"]
            ),
            (
                .apache,
                """
                Listen 80
                Alias /icons/ /usr/share/icons/
                <VirtualHost *:80>
                DocumentRoot /var/www
                Alias /archiv /srv/reports
                </VirtualHost>
                """, ["/icons/ /usr/share/icons/", "/ /var/www/", "/archiv /srv/reports"]
            ),
            (
                .lighttpd,
                """
                server.port = 80
                server.document-root = "/var/www"
                alias.url += ( "/a/" => "/srv/a/", "/b" => "/srv/b" )
                """, ["/ /var/www/", "/a/ /srv/a/", "/b /srv/b"]
            ),
        ] as [(FrontServer, String, [String])])
    func mappings(_ server: FrontServer, _ text: String, _ expected: [String]) throws {
        let file = "\(try Workspace.shared.makeDirectory("public-urls"))/\(server.rawValue).conf"
        try Files.write(text, to: file)
        let configuration = try #require(ServerConfiguration(of: server, at: file))
        let url = try #require(URLText("http://localhost/files/q3.pdf"))
        let route = try #require(configuration.route(of: RoutedRequest(url, peer: "127.0.0.1")))
        let found = PublicURLs.mappings(configuration, route).map { "\($0.prefix) \($0.directory)" }
        #expect(found == expected)
    }

    @Test("A module that knows a directive is recognized by Apache's message")
    func directive() {
        let message =
            "AH00526: Syntax error on line 15 of /etc/a.conf: Invalid command 'XSendFile', perhaps misspelled or defined by a module"
        #expect(ApacheModule.unknownDirective(in: message) == "XSendFile")
        #expect(ApacheModule.unknownDirective(in: "Syntax OK") == nil)
    }
}
