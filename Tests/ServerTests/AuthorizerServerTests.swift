import Testing

extension ServerTests {
    /// The program decides, and the web server sends the file or calls the application behind the program.
    @Suite struct AuthorizerServerTests {
        typealias Server = AuthorizerSite.Server

        private static let alice = ["Cookie": "user=alice"]

        @Test("A permitted file arrives byte for byte", arguments: Server.allCases)
        func allowed(_ server: Server) throws {
            let client = try AuthorizerSite.shared(server).client
            for _ in 0..<3 {
                let answer = try client.get("/files/plain.txt", Self.alice)
                #expect(answer.status == 200)
                #expect(answer.body == Corpus.content(of: "plain.txt"))
            }
            let large = try client.get("/files/\(Corpus.large.name)", Self.alice)
            #expect(Bytes(large.body) == Bytes(Corpus.large.content))
            let range = try client.get("/files/plain.txt", Self.alice.merging(["Range": "bytes=2-5"]) { $1 })
            #expect(range.status == 206)
            #expect(range.text == "nten")
            let head = try client.send("HEAD", "/files/plain.txt", Self.alice)
            #expect(head.status == 200)
            #expect(head.field("Content-Length") == "20")
            #expect(head.body.isEmpty)
            #expect(try client.get("/files/no-such-file", Self.alice).status == 404)
            // A user with the password needs no cookie.
            #expect(try client.get("/files/plain.txt", ["Authorization": "Basic YWxpY2U6c2VjcmV0"]).status == 200)
        }

        @Test("Responses about a file are private to the permitted client", arguments: Server.allCases)
        func isPrivate(_ server: Server) throws {
            let client = try AuthorizerSite.shared(server).client
            func expectPrivate(_ target: String, _ status: Int, _ fields: [String: String] = [:]) throws {
                let answer = try client.get(target, Self.alice.merging(fields) { $1 })
                #expect(answer.status == status, "\(server) \(target) \(fields)")
                // nginx sends the field twice with 416.
                #expect(answer.field("Cache-Control")?.hasPrefix("private") == true, "\(server) \(target) \(fields)")
            }
            try expectPrivate("/files/plain.txt", 200)
            try expectPrivate("/files/%70lain.txt", 200)
            try expectPrivate("/files//plain.txt", 200)
            try expectPrivate("/files/plain.txt", 206, ["Range": "bytes=2-5"])
            // lighttpd has validators only for files of a known type, and this configuration has no types.
            if let tag = try client.get("/files/plain.txt", Self.alice).field("ETag") {
                try expectPrivate("/files/plain.txt", 304, ["If-None-Match": tag])
            }
            // lighttpd's own 416 does not have the field; caches do not store a 416 unless it permits that.
            if server != .lighttpd { try expectPrivate("/files/plain.txt", 416, ["Range": "bytes=1000000-"]) }
            try expectPrivate("/files/missing.txt", 404)
            // A redirect reveals that the directory exists. Apache runs without mod_dir here.
            let isApache = server == .fcgid || server == .authnz
            try expectPrivate("/files/team", isApache ? 404 : 301)
            if server == .fcgid {
                let credentials = ["Authorization": "Basic YWxpY2U6c2VjcmV0"]
                try expectPrivate("/members/plain.txt", 200, credentials)
                try expectPrivate("/members/missing.txt", 404, credentials)
            }
        }

        /// A denial as the client sees it. `nil` is the web server's own value.
        struct Denial: Sendable {
            var status: Int
            var fields: [String: String] = [:]
            var body: String?
        }

        /// The denials of lighttpd and mod_authnz_fcgi, which are the program's own.
        static let denials: [String?: Denial] = [
            nil: Denial(
                status: 401, fields: ["WWW-Authenticate": "Basic realm=\"doorkeeper\""], body: "who are you?"),
            "mallory": Denial(status: 403, fields: ["Content-Language": "en"], body: "not you, mallory"),
            "guest": Denial(status: 303, fields: ["Location": "/login?from=files"]),
            "lost": Denial(status: 404, body: "no such thing"), "careless": Denial(status: 403),
            "broken": Denial(status: 500), "stranger": Denial(status: 403),
        ]

        private static func denial(_ user: String?, by server: Server) -> Denial? {
            guard var denial = Self.denials[user] else { return nil }
            switch server {
            case .lighttpd, .authnz: break
            case .nginx:
                denial.body = nil
                denial.fields["Content-Language"] = nil
                switch user {
                case "guest": denial.status = 302
                case "lost": denial.status = 403
                default: break
                }
            case .fcgid:
                denial.body = nil
                denial.status = 401
                denial.fields["Location"] = nil
            }
            return denial
        }

        @Test("A denial reaches the client as far as the web server supports it", arguments: Server.allCases)
        func denied(_ server: Server) throws {
            let client = try AuthorizerSite.shared(server).client
            for user in Self.denials.keys {
                let denial = try #require(Self.denial(user, by: server))
                let fields = user.map { ["Cookie": "user=\($0)"] } ?? [:]
                for target in ["/files/plain.txt", "/files/", "/files/no-such-file", "/application/x"] {
                    for method in ["GET", "POST"] {
                        let body = method == "POST" ? HTTPClient.Body.bytes(Array("a=b".utf8)) : .none
                        let answer = try client.send(method, target, fields, body: body)
                        let place = "\(server) \(user ?? "nobody") \(method) \(target)"
                        #expect(answer.status == denial.status, "\(place)")
                        for (name, value) in denial.fields {
                            // nginx makes a path an absolute URL.
                            let found = answer.field(name)
                            #expect(found == value || name == "Location" && found?.hasSuffix(value) == true, "\(place)")
                        }
                        if let body = denial.body { #expect(answer.text == body, "\(place)") }
                        #expect(!answer.text.contains("content of") && !answer.text.contains("BODY="), "\(place)")
                    }
                }
            }
        }

        @Test("The application behind the authorizer receives the variables and the body", arguments: Server.allCases)
        func variables(_ server: Server) throws {
            let client = try AuthorizerSite.shared(server).client
            let body = Array(String(repeating: "0123456789", count: 30_000).utf8)
            let answer = try client.send("POST", "/application/a%20b//c?d=e", Self.alice, body: .bytes(body))
            #expect(answer.status == 200)
            let lines = answer.text.split(separator: "\n")
            #expect(Bytes(Array((lines.last ?? "").utf8)) == Bytes(Array("BODY=".utf8) + body))
            #expect(lines.contains("USER=alice"))
            if server != .nginx {
                // The configuration for nginx passes only the user.
                #expect(lines.contains("ASKED=POST /application/a b/c"))
                #expect(lines.contains("CLIENT=127.0.0.1 http"))
            }
            // The authorizer's parameters are not passed on.
            #expect(!answer.text.contains("FCGI_ROLE=AUTHORIZER"))
            #expect(answer.field("Variable-USER") == nil)
            #expect(try client.get("/application/x", Self.alice).text.hasSuffix("BODY="))
        }

        @Test("A client's claims about its identity have no effect", arguments: Server.allCases)
        func forged(_ server: Server) throws {
            let client = try AuthorizerSite.shared(server).client
            let forged = [
                "Variable-USER": "root", "Variable_USER": "root", "FCGI-ROLE": "RESPONDER", "FCGI_ROLE": "RESPONDER",
                "FCGI-APACHE-ROLE": "AUTHORIZER", "USER": "root", "Remote-User": "alice", "REMOTE_USER": "alice",
                "Remote-Passwd": "secret", "REMOTE_PASSWD": "secret", "Status": "200", "X-Original-URL": "/",
            ]
            for target in ["/files/plain.txt", "/application/x"] {
                let answer = try client.get(target, forged)
                #expect(answer.status == 401)
                #expect(!answer.text.contains("content of") && !answer.text.contains("BODY="))
            }
            let answer = try client.get("/application/x", forged.merging(Self.alice) { $1 })
            let lines = answer.text.split(separator: "\n")
            #expect(lines.contains("USER=alice"))
            #expect(!lines.contains("USER=root"))
            #expect(lines.contains("FCGI_ROLE=RESPONDER"))
        }

        @Test("No spelling of a path bypasses the authorizer", arguments: Server.allCases)
        func spellings(_ server: Server) throws {
            let client = try AuthorizerSite.shared(server).client
            let prefix = server == .fcgid ? "/files" : ""
            let ambiguous = [
                "/files/../files/plain.txt", "/files/./plain.txt", "/files/%2e%2e/files/plain.txt",
                "/x/..%2ffiles/plain.txt", "\(prefix)/../files/plain.txt", "/files/x%2f%2E%2e/plain.txt",
            ]
            for target in ambiguous {
                for fields in [Self.alice, [:]] {
                    let answer = try client.get(target, fields)
                    #expect((400..<500).contains(answer.status), "\(server) \(target)")
                    #expect(!answer.text.contains("content of"), "\(server) \(target)")
                }
            }
            // A web server may send the file and ignore the rest of the path.
            for target in ["/files/plain.txt/x", "/files/plain.txt/", "/files/plain.txt//team/report.txt"] {
                let answer = try client.get(target, Self.alice)
                #expect([403, 404].contains(answer.status), "\(server) \(target)")
                #expect(!answer.text.contains("content of"), "\(server) \(target)")
            }
            // nginx and lighttpd take the path out of the target; Apache passes it on, and the program denies it.
            for target in ["http:/x://y/files/plain.txt", "http://localhost/files/plain.txt"] {
                #expect((400..<500).contains(try client.get(target, [:]).status), "\(server) \(target)")
                let answer = try client.get(target, Self.alice)
                let isPath = server == .nginx || server == .lighttpd
                #expect(isPath || (400..<500).contains(answer.status), "\(server) \(target) \(answer.status)")
            }
            for target in ["//files/plain.txt", "/files//plain.txt", "/%66iles/plain.txt", "/files/%70lain.txt"] {
                #expect(try client.get(target, [:]).status == 401, "\(server) \(target)")
                let answer = try client.get(target, Self.alice)
                #expect(answer.status == 404 || answer.text == "content of plain.txt", "\(server) \(target)")
            }
        }

        @Test("nginx keeps connections to the application and opens a new one for each decision")
        func keptAlive() throws {
            let client = try AuthorizerSite.shared(.nginx).client
            func accepted() throws -> Int {
                let status = try client.get("/application/status", Self.alice).text
                return try #require(status.firstMatch(of: /"accepted": ?(\d+)/).flatMap { Int($0.output.1) })
            }
            let before = try accepted()
            for _ in 0..<30 { #expect(try client.get("/application/x", Self.alice).status == 200) }
            #expect((31..<45).contains(try accepted() - before))
        }

        @Test("mod_fcgid's authenticator and authorizer ask for a name and a password")
        func members() throws {
            let client = try AuthorizerSite.shared(.fcgid).client
            let answer = try client.get("/members/plain.txt", ["Authorization": "Basic YWxpY2U6c2VjcmV0"])
            #expect(answer.status == 200)
            #expect(answer.text == "content of plain.txt")
            let refused = [
                nil, "Basic YWxpY2U6Z3Vlc3M=", "Basic YWxpY2U6", "Basic bWFsbG9yeTpzZWNyZXQ=", "Basic x",
                "Bearer alice",
            ]
            for credentials in refused {
                let fields = credentials.map { ["Authorization": $0] } ?? [:]
                // A cookie is not a password.
                let answer = try client.get("/members/plain.txt", fields)
                #expect(answer.status == 401, "\(credentials ?? "none")")
                #expect(answer.field("WWW-Authenticate")?.contains("members") == true)
            }
            #expect(try client.get("/members/plain.txt", Self.alice).status == 401)
        }
    }
}
