import Testing

extension ServerTests {
    /// Path rules in the web server's configuration: no spelling of a URL makes the program answer for a denied path.
    @Suite struct PathRuleTests {
        private static let deliveries: [Delivery] = [.apacheFcgid, .apacheProxyFcgi, .caddy, .nginx, .lighttpd].map {
            Delivery(server: $0, streams: false)
        }

        /// An administrator's rule that denies `/file/team/`.
        private static func settings(_ server: WebServer) -> [String: String] {
            let denial = "    <Location \"/file/team/\">\n        Require all denied\n    </Location>\n"
            switch server {
            case .lighttpd:
                return [
                    "include \"sendfile.conf\"":
                        "server.modules += ( \"mod_access\" )\n$HTTP[\"url\"] =~ \"^/file/team/\" { url.access-deny = ( \"\" ) }\n"
                        + "include \"sendfile.conf\""
                ]
            case .nginx:
                return [
                    "    location / {\n": "    location /file/team/ {\n        deny all;\n    }\n    location / {\n"
                ]
            case .caddy:
                return ["\tbind 127.0.0.1\n": "\tbind 127.0.0.1\n\t@team path /file/team/*\n\trespond @team 403\n"]
            case .apacheFcgid, .apacheProxyFcgi, .apacheLocalRedirect:
                // The most dangerous directive that an administrator can add.
                return ["    XSendFile on\n": "\(denial)    AllowEncodedSlashes NoDecode\n    XSendFile on\n"]
            }
        }

        private static let targets = [
            "/file/team/report.txt", "http://localhost/file/team/report.txt", "http:/open/x://y/file/team/report.txt",
            "x:http://y/file/team/report.txt", "x://y/file/team/report.txt", "http://y//file/team/report.txt",
            "/file/team%2Freport.txt", "/file/team%2freport.txt", "/file%2Fteam/report.txt", "/file//team/report.txt",
            "//file/team/report.txt", "/file/team//report.txt", "/file/./team/report.txt", "/file/%2e/team/report.txt",
            "/file/x/../team/report.txt", "/file/x/%2e%2e/team/report.txt", "/x/../file/team/report.txt",
            "/file/%74eam/report.txt", "/file/team;/report.txt", "/file/..;/file/team/report.txt",
            "/file\\team/report.txt", "/file/team\\report.txt", "/file/team%5creport.txt", "/file/link-team/report.txt",
            "/file/team/report.txt/", "/file/team/report.txt#", "/#/file/team/report.txt", "/file/#/../team/report.txt",
            "*", "*/file/team/report.txt", "localhost/file/team/report.txt", "?/file/team/report.txt",
            "/file/team/../team/report.txt", "/file/team/%2e%2e/team/report.txt", "/private/../file/team/report.txt",
        ]

        @Test("No spelling of a URL bypasses a path rule", arguments: Self.deliveries)
        func spellings(_ delivery: Delivery) throws {
            let site = try Site(delivery, settings: Self.settings(delivery.server))
            defer { try? site.stop() }
            for method in ["GET", "POST", "OPTIONS"] {
                for target in Self.targets {
                    let answer = try site.client.send(method, target, body: method == "POST" ? .bytes([]) : .none)
                    #expect(!answer.text.contains("content of"), "\(method) \(target)")
                    #expect(answer.status >= 400 || method == "OPTIONS", "\(method) \(target): \(answer.status)")
                }
            }
            // Other files are available, whatever the form of the target.
            for target in ["/file/plain.txt", "http://localhost:\(site.port)/file/plain.txt", "/file/%70lain.txt"] {
                #expect(try site.client.get(target).text == "content of plain.txt", "\(target)")
            }
            let absolute = try site.client.get("http://localhost:\(site.port)/file/100%2525.txt")
            #expect(absolute.body == Corpus.content(of: "100%25.txt"))
        }

        @Test("A parameter that nginx sends twice with different values is refused, and the log names it")
        func repeatedParameter() throws {
            let nginx = Delivery(server: .nginx, streams: false)
            // The site must answer its readiness request with 200, so only one location has the fault.
            let site = try Site(
                nginx,
                settings: [
                    "    location / {\n": """
                        location /twice/ {
                            fastcgi_pass sendfile;
                            include /etc/nginx/fastcgi_params;
                            fastcgi_param REMOTE_USER $http_x_user;
                        }
                        location / {

                    """
                ])
            defer { try? site.stop() }
            #expect(try site.client.get("/twice/x", ["X-User": "ada"]).status == 500)
            try Deadline.wait("the log has the reason") {
                site.logs().contains("the web server sends REMOTE_USER twice, with two values")
            }
            // Two equal values, here empty ones, are accepted.
            #expect(try site.client.get("/twice/x").status == 404)
        }
    }
}
