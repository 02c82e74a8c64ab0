import Glibc
import SignedLinks
import Testing

/// Grants behind the web servers, configured by the files of `conf`.
@Suite(.serialized) struct GateGrantTests {
    @Test("A grant for a folder opens its files from each place, and no other", arguments: GateSite.servers)
    func folder(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let token = try GrantSite.token("team/*")
        for (target, fields) in GrantSite.requests("team/report.txt", token) {
            let answer = try site.client.get(target, fields)
            #expect(answer.status == 200, "\(target)")
            #expect(answer.text == "content of team/report.txt")
            #expect(answer.field("Content-Disposition") == "attachment; filename=\"report.txt\"")
            #expect(answer.field("Cache-Control") == "private")
            #expect(answer.field("Referrer-Policy") == "no-referrer")
            #expect(answer.field("Set-Cookie") == nil)
            #expect(try site.client.send("HEAD", target, fields).status == 200)
            let part = try site.client.get(target, fields.merging(["Range": "bytes=0-6"]) { $1 })
            #expect(part.status == 206)
            #expect(part.text == "content")
        }
        for path in ["plain.txt", "team/nothing.txt", "team", "team/"] {
            for (target, fields) in GrantSite.requests(path, token) {
                #expect(try site.client.get(target, fields).status == 404, "\(target)")
            }
        }
        for (target, fields) in GrantSite.requests("plain.txt", try GrantSite.token("plain.txt")) {
            #expect(try site.client.get(target, fields).text == "content of plain.txt", "\(target)")
        }
    }

    @Test("A file of any name has a link with a grant in its path", arguments: GateSite.servers)
    func names(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let grants = try GrantSite.grants
        let grant = Grant("*", expires: .now + .seconds(3600))
        for name in Corpus.names {
            let answer = try site.client.get(try grants.link(grant, to: name.bytes, in: .path))
            #expect(answer.status == 200, "\(name.testDescription)")
            #expect(Bytes(answer.body) == Bytes(Corpus.content(of: name)))
        }
    }

    @Test("A link is exchanged for a cookie of the folder", arguments: GateSite.servers)
    func exchange(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let link = try site.link("team/report.txt", "--grant", "cookie", "--covers", "team/*")
        let answer = try site.client.get(link)
        #expect(answer.status == 303)
        // lighttpd may make a whole URL of it.
        let location = try #require(answer.field("Location"))
        #expect(location == "/team/report.txt" || location == "http://localhost:\(site.port)/team/report.txt")
        #expect(answer.field("Cache-Control") == "no-store")
        let cookie = try #require(answer.field("Set-Cookie"))
        let parts = cookie.split(separator: "; ").map(String.init)
        let token = String(link.split(separator: "=", maxSplits: 1)[1])
        #expect(parts[0] == "grant=\(token)")
        #expect(parts.contains("Path=/team") && parts.contains("HttpOnly") && parts.contains("SameSite=Lax"))
        #expect(!parts.contains("Secure"))
        let age = try #require(parts.compactMap { $0.hasPrefix("Max-Age=") ? Int($0.dropFirst(8)) : nil }.first)
        #expect((3_500...3_600).contains(age))
        #expect(try site.client.get("/team/report.txt", ["Cookie": parts[0]]).text == "content of team/report.txt")
        #expect(try site.client.get("/team/report.txt").status == 404)
        let head = try site.client.send("HEAD", link)
        #expect(head.status == 303)
        #expect(head.field("Set-Cookie") != nil)
        #expect(try site.client.get(link.replacing("report", with: "../plain")).status != 303)
    }

    @Test(
        "The cookie has the attributes of the setting, and the prefix of the gate",
        arguments: [
            ("same-site", "SameSite=Lax; Secure", "__Secure-grant="),
            ("cross-site", "SameSite=None; Secure", "__Secure-grant="),
        ])
    func attributes(_ setting: String, _ attributes: String, _ start: String) throws {
        let site = try GateSite.shared(
            .init(
                server: .nginx, settings: ["SENDFILE_GRANT_COOKIE": setting, "SENDFILE_LINK_PREFIX": "/downloads/"],
                isPart: true))
        let link = try site.link("team/report.txt", "--grant", "cookie", "--covers", "*")
        let answer = try site.client.get(link)
        #expect(answer.field("Location") == "/downloads/team/report.txt")
        let cookie = try #require(answer.field("Set-Cookie"))
        #expect(cookie.hasPrefix(start))
        #expect(cookie.hasSuffix("; HttpOnly; \(attributes)"))
        #expect(cookie.contains("; Path=/downloads/;"))
        let pair = String(cookie.prefix { $0 != ";" })
        #expect(try site.client.get("/downloads/team/report.txt", ["Cookie": pair]).status == 200)
        let path = try site.link("team/report.txt", "--grant", "path", "--covers", "*")
        #expect(path.hasPrefix("/downloads/~2."))
        #expect(try site.client.get(path).status == 200)
    }

    @Test("Of several cookies one has to be valid, and the URL's token comes first", arguments: GateSite.servers)
    func cookies(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let (right, other) = (try GrantSite.token("team/*"), try GrantSite.token("films/*"))
        let expired = try GrantSite.token("team/*") { $0.expires = .now - .seconds(10) }
        for (target, cookie, status) in [
            ("/team/report.txt", "grant=\(other); grant=\(right)", 200),
            ("/team/report.txt", "grant=x; __Secure-grant=\(expired); grant=\(right)", 200),
            ("/team/report.txt", "grant=\(other); __Secure-grant=\(expired)", 410),
            ("/team/report.txt", "grant=\(other)", 404), ("/team/report.txt", "grant", 404),
            ("/team/report.txt", "Grant=\(right)", 404), ("/team/report.txt?grant=\(other)", "grant=\(right)", 404),
            ("/team/report.txt?grant=\(expired)", "grant=\(right)", 410),
            ("/~\(other)/team/report.txt", "grant=\(right)", 404),
        ] {
            #expect(try site.client.get(target, ["Cookie": cookie]).status == status, "\(target) \(cookie)")
        }
        // A link of the first version is what it is, with any cookie.
        let link = try site.link("team/report.txt")
        #expect(try site.client.get(link, ["Cookie": "grant=\(other)"]).status == 200)
        #expect(try site.client.get(link + "x", ["Cookie": "grant=\(other)"]).status == 404)
    }

    @Test("A grant is limited to networks, methods and times", arguments: GateSite.servers)
    func limits(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let cases: [(status: Int, head: Int, change: (inout Grant) -> Void)] = [
            (200, 200, { $0.networks = [Grant.Network("127.0.0.0/8")!] }),
            (404, 404, { $0.networks = [Grant.Network("192.0.2.0/24")!, Grant.Network("::/0")!] }),
            (200, 404, { $0.methods = ["GET"] }), (404, 200, { $0.methods = ["HEAD"] }),
            (404, 404, { $0.user = "alice" }),
            (404, 404, { $0.notBefore = .now + .seconds(1_000) }), (200, 200, { $0.notBefore = .now - .seconds(1) }),
            (410, 410, { $0.expires = .now - .seconds(1) }),
        ]
        for (index, (status, headStatus, change)) in cases.enumerated() {
            let target = "/team/report.txt?grant=\(try GrantSite.token("team/*", change: change))"
            let answer = try site.client.get(target)
            #expect(answer.status == status, "\(index)")
            #expect(answer.text.contains("content of") == (status == 200))
            #expect(try site.client.send("HEAD", target).status == headStatus, "\(index)")
        }
    }

    @Test("A grant names the file, and shows what cannot run scripts", arguments: GateSite.servers)
    func disposition(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        for (type, disposition, field) in [
            ("txt", Grant.Disposition.inline, "inline; filename=\"Q3 report.txt\""),
            ("html", .inline, "attachment; filename=\"Q3 report.html\""),
            ("txt", .attachment, "attachment; filename=\"Q3 report.txt\""),
        ] {
            let path = "grant \(server.software).\(type)"
            try Files.write("<p>", to: "\(try Workspace.shared.root)/\(path)")
            let token = try GrantSite.token("*") { ($0.disposition, $0.name) = (disposition, "Q3 report.\(type)") }
            let answer = try site.client.get("/grant%20\(server.software).\(type)?grant=\(token)")
            #expect(answer.text == "<p>")
            #expect(answer.field("Content-Disposition") == field)
        }
    }

    @Test("A refusal has one line with its reason, and no token in the log", arguments: GateSite.servers)
    func reasons(_ server: WebServer) throws {
        // A gate of its own, because the log has at most ten lines a minute for a reason.
        let site = try GrantSite.site(server, ["SENDFILE_LINK_LONGEST": "2h"])
        let log = [.lighttpd: "server.log", .nginx: "program.log"][server] ?? "error.log"
        let right = try GrantSite.token("team/*")
        let stranger = try SignedGrants(keys: [LinkKey(secret: "guessed")]).token(
            Grant("*", expires: .now + .seconds(60)))
        let cases = try [
            (right, "plain.txt", "404: the grant covers other files"),
            (
                GrantSite.token("*") { $0.networks = [Grant.Network("192.0.2.1")!] }, "plain.txt",
                "404: the client's address is in none of the grant's networks"
            ),
            (GrantSite.token("*") { $0.methods = ["PUT"] }, "plain.txt", "404: the grant is for other methods"),
            (
                GrantSite.token("*") { $0.user = "alice" }, "plain.txt",
                "404: the grant is limited to a user, which is not known"
            ),
            (
                GrantSite.token("*") { $0.notBefore = .now + .seconds(99) }, "plain.txt",
                "404: the grant is not valid yet"
            ),
            (GrantSite.token("*") { $0.expires = .now - .seconds(99) }, "plain.txt", "410: the link has expired"),
            (
                GrantSite.token("*") { $0.expires = .now + .seconds(9_999) }, "plain.txt",
                "404: the link expires later than SENDFILE_LINK_LONGEST allows"
            ),
            (stranger, "plain.txt", "404: the signature is wrong"),
            (String(right.dropLast()), "plain.txt", "404: the link is malformed: its grant's signature"),
        ]
        for (token, path, reason) in cases {
            let before = Files.size("\(site.directory)/\(log)")
            #expect(try site.client.get("/~\(token)/\(path)").status == Int(reason.prefix(3)))
            let deadline = time(nil) + Socket.patience
            func text() throws -> String { try Files.text("\(site.directory)/\(log)", from: before) }
            while !(try text()).contains("path=/~"), time(nil) < deadline { usleep(5_000) }
            let lines = try text().split(separator: "\n").filter { $0.contains("path=/~") }
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?.contains("answered with \(reason)") == true, "\(lines)")
            #expect(lines.first?.contains("~…/\(path)") == true, "\(lines)")
            #expect(!site.programLog.contains(token.suffix(43)))
        }
    }

    @Test("Junk of up to 64 KB in place of a token is refused, and the gate goes on", arguments: GateSite.servers)
    func junk(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let right = try GrantSite.token("team/*")
        let parts = right.split(separator: ".", omittingEmptySubsequences: false)
        for size in [0, 1, 100, 240, 3_900, 4_100, 7_000, 30_000, 65_536] {
            let letters = String(repeating: "A", count: size)
            for token in [letters, "2.\(letters).\(parts[2]).\(parts[3])", String(repeating: "2.", count: size / 2)] {
                for (target, fields) in GrantSite.requests("team/report.txt", token) {
                    // The web server itself refuses a head that is too long: 414, 431 or 400, and Apache a segment that is longer than a
                    // file's name: 403.
                    let answer = try? site.client.get(target, fields)
                    #expect(
                        [nil, 400, 403, 404, 413, 414, 431].contains(answer?.status), "\(size): \(answer?.status ?? 0)")
                }
            }
        }
        for (target, fields) in GrantSite.requests("team/report.txt", right) {
            #expect(try site.client.get(target, fields).status == 200)
        }
        // Encoded twice, and of another prefix.
        let encoded = right.replacing(".", with: "%252E")
        #expect(try site.client.get("/~\(encoded)/team/report.txt").status == 404)
        #expect(try site.client.get("/x/~\(right)/team/report.txt").status == 404)
        #expect(try site.client.get("/~\(right.replacing(".", with: "%2E"))/team/report.txt").status == 200)
        #expect(try site.client.get("/~\(right)//team/report.txt").status == 404)
        #expect(try site.client.get("/~\(right)").status == 404)
        #expect(try site.client.get("/~\(right)/").status == 404)
    }

    @Test("Apache refuses a segment that is longer than a file's name", arguments: GateSite.servers)
    func longSegment(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let token = try GrantSite.token("team/*") { $0.name = String(repeating: "n", count: 200) }
        #expect(token.count > 254)
        let status = try site.client.get("/~\(token)/team/report.txt").status
        #expect(status == (server == .apacheFcgid ? 403 : 200))
        let longest = try GrantSite.token("team/*") { $0.name = String(repeating: "n", count: 116) }
        #expect((251...254).contains(longest.count), "\(longest.count)")
        #expect(try site.client.get("/~\(longest)/team/report.txt").status == 200)
    }

    @Test("A file with a grant is sent at its rate", arguments: GateSite.servers)
    func rate(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let size = 400_000
        let path = "rated.bin"
        try Files.write(String(repeating: "r", count: size), to: "\(try Workspace.shared.root)/\(path)")
        let token = try GrantSite.token("*") { $0.bytesPerSecond = 200_000 }
        // A slower machine takes longer, and none is faster than the rate.
        let start = ContinuousClock.now
        #expect(try site.client.get("/\(path)?grant=\(token)").body.count == size)
        #expect(ContinuousClock.now - start > .milliseconds(900))
        let part = try site.client.get("/\(path)?grant=\(token)", ["Range": "bytes=300000-399999"])
        #expect(part.status == 206 && part.body.count == 100_000)
        let head = try site.client.send("HEAD", "/\(path)?grant=\(token)")
        #expect(head.status == 200 && head.field("ETag") == part.field("ETag"))
    }

    @Test("A grant for a version of a file ends when the file is changed", arguments: GateSite.servers)
    func version(_ server: WebServer) throws {
        let site = try GrantSite.site(server)
        let path = "versioned-\(server.folder).txt"
        let file = "\(try Workspace.shared.root)/\(path)"
        try Files.write("first", to: file)
        defer { try? Files.remove(file) }
        let link = try site.link(path, "--grant", "query", "--file-version", "current")
        let tag = try #require(try site.client.get(link).field("ETag"))
        for (fields, status) in [
            ([:], 200), (["Range": "bytes=1-2"], 206), (["Range": "bytes=9-"], 416),
            (["If-None-Match": "*"], 304), (["If-None-Match": tag], 304), (["If-Match": "\"other\""], 412),
        ] as [([String: String], Int)] {
            #expect(try site.client.get(link, fields).status == status, "\(fields)")
        }
        try Files.write("second version", to: file)
        for fields in [[:], ["Range": "bytes=1-2"], ["If-None-Match": tag], ["Range": "bytes=99-"]] {
            #expect(try site.client.get(link, fields).status == 404, "\(fields)")
        }
        #expect(try site.client.send("HEAD", link).status == 404)
        try site.waitForLog("answered with 404: the grant is for another version of the file")
        // Of a folder, each file has its own version.
        let now = try site.link(path, "--grant", "query", "--covers", "*", "--file-version", "current")
        #expect(try site.client.get(now).status == 200)
        #expect(try site.client.get(now.replacing(path, with: "plain.txt")).status == 404)
    }

    @Test("The documented lines limit the rate in lighttpd and Apache", arguments: [WebServer.lighttpd, .apacheFcgid])
    func documentedRate(_ server: WebServer) throws {
        let language = server == .lighttpd ? "lighttpd" : "apache"
        let block = try #require(
            try CodeBlock.blocks(of: "Sources/SignedLinks/Documentation.docc/Grants.md").first {
                $0.language == language
            })
        let lines = block.text.replacing("500", with: "200")
        let edits: [String: String] =
            server == .lighttpd
            ? ["server.stream-response-body = 2": "\(lines)\nserver.stream-response-body = 2"]
            : [
                "FcgidMaxProcesses 32":
                    "LoadModule ratelimit_module /usr/lib/apache2/modules/mod_ratelimit.so\nFcgidMaxProcesses 32",
                "    # Streamed responses go to the client as they arrive.": "\(lines)\n",
            ]
        let site = try GateSite.shared(.init(server: server, edits: edits))
        let folder = try Film.parent.get()
        try Files.write(String(repeating: "r", count: 400_000), to: "\(folder)/rated.bin")
        let token = try GrantSite.token("films/*")
        let start = ContinuousClock.now
        #expect(try site.client.get("/films/rated.bin?grant=\(token)").body.count == 400_000)
        #expect(ContinuousClock.now - start > .milliseconds(900))
    }

    @Test("A gate whose links are bound requires the same of grants")
    func bound() throws {
        let site = try GrantSite.site(.nginx, ["SENDFILE_LINK_BINDING": "address,method"])
        for (change, status) in [
            ({ _ in }, 404), ({ $0.networks = [Grant.Network("127.0.0.1")!] }, 404), ({ $0.methods = ["GET"] }, 404),
            ({ ($0.networks, $0.methods) = ([Grant.Network("127.0.0.1")!], ["GET"]) }, 200),
        ] as [((inout Grant) -> Void, Int)] {
            let token = try GrantSite.token("*", change: change)
            #expect(try site.client.get("/plain.txt?grant=\(token)").status == status)
        }
        let link = try site.link("plain.txt", "--grant", "path", "--for-address", "127.0.0.1")
        #expect(try site.client.get(link).status == 200)
        #expect(try site.client.send("HEAD", link).status == 404)
    }

    @Test("A gate without the format hmac accepts no grants")
    func otherFormat() throws {
        let site = try GateSite.shared(.init(server: .nginx, format: "wsgi-xsendfile"))
        for (target, fields) in GrantSite.requests("plain.txt", try GrantSite.token("*")) {
            #expect(try site.client.get(target, fields).status == 404)
        }
        let both = try GateSite.shared(.init(server: .nginx, format: "wsgi-xsendfile,hmac"))
        for (target, fields) in GrantSite.requests("plain.txt", try GrantSite.token("*")) {
            #expect(try both.client.get(target, fields).status == 200)
        }
    }
}
