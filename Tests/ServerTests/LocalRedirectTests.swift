import Testing

extension ServerTests {
    /// The CGI local redirect: only a server that follows it receives one.
    @Suite struct LocalRedirectTests {
        private static let delivery = Delivery(server: .apacheLocalRedirect, streams: false)

        /// Spellings of the internal path, which only the program may redirect to.
        static let outside = [
            "/protected/plain.txt", "//protected/plain.txt", "///protected//plain.txt", "/protected//plain.txt",
            "/%70rotected/plain.txt", "/%70%72%6f%74%65%63%74%65%64/plain.txt", "/protected/plain%2etxt",
            "/protected/%70lain.txt", "/protected%2fplain.txt", "/protected%2Fplain.txt", "/%2fprotected/plain.txt",
            "/%2e/protected/plain.txt", "/./protected/plain.txt", "/x/../protected/plain.txt",
            "/x/%2e%2e/protected/plain.txt", "/protected/./plain.txt", "/protected/x/../plain.txt",
            "/protected/..%2fprotected/plain.txt", "/protected/../protected/plain.txt", "/file/../protected/plain.txt",
            "/PROTECTED/plain.txt", "/protected/plain.txt/", "/protected/plain.txt/x", "/protected/plain.txt?x",
            "/protected;x/plain.txt", "/protected/;x/plain.txt", "/%2570rotected/plain.txt", "/protected%00/plain.txt",
            "/protected%20/plain.txt", "/protected.//plain.txt", "/protected\\plain.txt", "/protected%5cplain.txt",
            "http://localhost/protected/plain.txt", "/protected/", "/protected", "/protected/team/", "/protected/team",
            "/protected/index.html", "/protected/team/report.txt", "/protected/%0a", "/protected/a%0ab.txt",
        ]

        @Test("No request from outside reaches the internal path", arguments: ["GET", "HEAD", "POST"], Self.outside)
        func fromOutside(method: String, target: String) throws {
            try withSite(Self.delivery) { site in
                let answer = try site.client.send(
                    method, target,
                    [
                        "Redirect-Sendfile-Internal": "yes", "REDIRECT_SENDFILE_INTERNAL": "yes",
                        "Sendfile-Internal": "yes", "Redirect-Status": "200", "Referer": "/file/plain.txt",
                    ], body: method == "POST" ? .bytes([]) : .none)
                #expect(answer.status == 404 || answer.status == 400, "\(answer.status)")
                #expect(!answer.text.contains("content of"))
                #expect(answer.field("ETag") == nil)
            }
        }

        @Test("Apache sends every file itself, except those with the longest names")
        func names() throws {
            try withSite(Self.delivery) { site in
                for name in Corpus.names {
                    let sizes = site.logSizes
                    let answer = try site.client.get("/file/\(name.percentEncoded)")
                    #expect(answer.body == Corpus.content(of: name))
                    #expect(!site.logs(from: sizes).contains("streamed instead"), "\(name.testDescription)")
                }
                let sizes = site.logSizes
                #expect(try site.client.get("/deep/%23").body == Corpus.content(of: Corpus.deep("#")))
                #expect(site.logs(from: sizes).contains("streamed instead: Apache does not support this name"))
            }
        }

        @Test(
            "The end of a name has no effect",
            arguments: [
                "a.html.ja", "a.txt.gz", "a.txt.utf8", "a.txt.gz.ja", "a.shtml", "a.var", "a.php", "a.cgi", "a.asis",
            ])
        func opinions(name: String) throws {
            let path = "\(try Workspace.shared.root)/\(name)"
            try Files.write("#!/bin/sh\n<!--#echo -->\(name)", to: path, mode: 0o755)
            let reference = try Site.shared(Delivery(server: .apacheFcgid, streams: true)).client.get("/file/\(name)")
            try withSite(Self.delivery) { site in
                let answer = try site.client.get("/file/\(name)")
                #expect(answer.text == "#!/bin/sh\n<!--#echo -->\(name)")
                for field in ["Content-Type", "Content-Encoding", "Content-Language", "Vary", "Last-Modified", "ETag"] {
                    #expect(answer.field(field) == reference.field(field), "\(field)")
                }
            }
        }

        /// Web servers that would show the path to the client, with local redirects enabled.
        static let others: [(server: WebServer, settings: [String: String])] = [
            (.apacheProxyFcgi, ["SetEnv SENDFILE_BACKEND apache": "SetEnv SENDFILE_BACKEND local-redirect"]),
            (
                .apacheProxyFcgi,
                [
                    "SetEnv SENDFILE_BACKEND apache":
                        "SetEnv SENDFILE_BACKEND local-redirect\nProxyFCGIBackendType GENERIC"
                ]
            ),
            (
                .nginx,
                ["fastcgi_param SENDFILE_BACKEND  nginx;": "fastcgi_param SENDFILE_BACKEND local-redirect;"]
            ),
            (.lighttpd, ["\"SENDFILE_BACKEND\" => \"lighttpd\"": "\"SENDFILE_BACKEND\" => \"local-redirect\""]),
        ]

        @Test(
            "A server that does not follow redirects receives the bytes, and the log contains the reason",
            arguments: Self.others.indices)
        func elsewhere(index: Int) throws {
            let (server, settings) = Self.others[index]
            let site = try Site(Delivery(server: server, streams: false), settings: settings)
            let answer = try site.client.get("/file/plain.txt")
            #expect(answer.status == 200)
            #expect(answer.body == Corpus.content(of: "plain.txt"))
            #expect(answer.field("Location") == nil)
            #expect(!answer.fields.contains { $0.value.contains("/protected") })
            try Deadline.wait("the log has the reason") {
                site.logs().contains("streamed instead: only Apache's mod_fcgid follows local redirects")
            }
            try site.stop()
        }

        /// Settings with the names used by other programs.
        static let earlierNames: [(server: WebServer, settings: [String: String])] = [
            (
                .apacheLocalRedirect,
                [
                    "FcgidInitialEnv SENDFILE_BACKEND local-redirect":
                        "FcgidInitialEnv SENDFILE_BACKEND django_sendfile.backends.mod_wsgi"
                ]
            ),
            (
                .apacheFcgid,
                [
                    "FcgidInitialEnv SENDFILE_BACKEND apache":
                        "FcgidInitialEnv SENDFILE_BACKEND sendfile.backends.xsendfile"
                ]
            ),
            (
                .nginx,
                ["fastcgi_param SENDFILE_BACKEND  nginx;": "fastcgi_param SENDFILE_BACKEND X-Accel-Redirect;"]
            ),
            (.lighttpd, ["\"SENDFILE_BACKEND\" => \"lighttpd\"": "\"SENDFILE_BACKEND\" => \"standard\""]),
        ]

        @Test("The web server sends the file with settings under earlier names", arguments: Self.earlierNames.indices)
        func byAnEarlierName(index: Int) throws {
            let (server, settings) = Self.earlierNames[index]
            let site = try Site(Delivery(server: server, streams: false), settings: settings)
            let program = try site.program()
            let before = try program.bytesWritten
            let answer = try site.client.get("/file/\(Corpus.large.name)")
            #expect(answer.status == 200)
            #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
            #expect(try program.bytesWritten - before < 65_536)
            try site.stop()
        }
    }
}
