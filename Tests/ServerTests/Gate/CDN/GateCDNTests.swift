import Glibc
import SignedLinks
import Testing

/// Links of CDNs at the gate behind the web servers, configured by the files of `conf`.
@Suite(.serialized) struct GateCDNTests {
    private static let file = "/team/report.txt"
    private static let content = "content of team/report.txt"

    @Test("A URL and cookies that botocore signed open their files", arguments: GateSite.servers)
    func cloudFront(_ server: WebServer) throws {
        let site = try CDNSigner.site(server)
        var lines: [[String]] = []
        for pair in CDNSigner.pairs {
            for hash in ["", "SHA1", "SHA256"] {
                lines.append(try CDNSigner.canned(Self.file, pair: pair, hash: hash))
                lines.append(
                    try CDNSigner.custom(
                        Self.file, resource: "/team/*", pair: pair, hash: hash, from: -60, address: "127.0.0.0/8"))
            }
            lines.append(try CDNSigner.canned("\(Self.file)?size=large&x=1", pair: pair))
        }
        for target in try CDNSigner.targets(lines) {
            let answer = try site.client.get(target)
            #expect(answer.status == 200, "\(target)")
            #expect(answer.text == Self.content)
            #expect(answer.field("Cache-Control") == "private")
            #expect(answer.field("Set-Cookie") == nil)
            #expect(try site.client.send("HEAD", target).status == 200)
            let part = try site.client.get(target, ["Range": "bytes=0-6"])
            #expect(part.status == 206 && part.text == "content")
            let query = target.contains("?size") ? "?size=large&x=1" : ""
            let cookies = CDNSigner.cookies(target.replacing("size=large&x=1&", with: ""))
            #expect(try site.client.get("\(Self.file)\(query)", ["Cookie": cookies]).text == Self.content, "\(cookies)")
            #expect(try site.client.get("/plain.txt\(query)", ["Cookie": cookies]).status == 404)
        }
    }

    @Test("A token of Akamai's library opens its files", arguments: GateSite.servers)
    func akamai(_ server: WebServer) throws {
        let site = try CDNSigner.site(server)
        let made = try CDNSigner.make([
            CDNSigner.akamai("acl", "/team/*"), CDNSigner.akamai("url", Self.file),
            CDNSigner.akamai("url", Self.file, escape: "yes"),
            CDNSigner.akamai("acl", "/team/*", escape: "yes", address: "127.0.0.1", id: "share-42"),
        ])
        for token in made {
            for (target, fields) in [
                ("\(Self.file)?hdnts=\(token)", [:]), ("\(Self.file)?x=1&__token__=\(token)", [:]),
                (Self.file, ["Cookie": "a=1; hdnea=\(token)"]), (Self.file, ["hdnts": token]),
            ] as [(String, [String: String])] {
                let answer = try site.client.get(target, fields)
                #expect(answer.status == 200, "\(target) \(fields)")
                #expect(answer.text == Self.content)
                let other = target.replacing("team/report", with: "plain")
                #expect(try site.client.get(other, fields).status == 404, "\(other) \(fields)")
            }
        }
    }

    @Test("A file of any name has a link of each CDN", arguments: GateSite.servers)
    func names(_ server: WebServer) throws {
        let site = try CDNSigner.site(server)
        let links = try SignedLinks(keys: [LinkKey(secret: "any")])
        let paths = try Corpus.names.map { name in
            String(try links.link(to: name.bytes, expires: .now).prefix { $0 != "?" })
        }
        let urls = try CDNSigner.targets(paths.map { try CDNSigner.canned($0, pair: "ec") })
        let tokens = try CDNSigner.make(paths.map { CDNSigner.akamai("url", $0) })
        for (index, name) in Corpus.names.enumerated() {
            for target in [urls[index], "\(paths[index])?hdnts=\(tokens[index])"] {
                let answer = try site.client.get(target)
                #expect(answer.status == 200, "\(target)")
                #expect(Bytes(answer.body) == Bytes(Corpus.content(of: name)))
            }
        }
    }

    @Test(
        "A refusal has its status and one line with its reason, and no signature in the log",
        arguments: GateSite.servers)
    func reasons(_ server: WebServer) throws {
        // A gate of its own, because the log has at most ten lines a minute for a reason.
        let site = try CDNSigner.site(server, ["SENDFILE_LINK_LONGEST": "2h"])
        let log = [.lighttpd: "server.log", .nginx: "program.log"][server] ?? "error.log"
        let urls = try CDNSigner.targets([
            try CDNSigner.canned(Self.file), try CDNSigner.custom(Self.file, resource: "/films/*"),
            try CDNSigner.custom(Self.file, resource: "/team/*", address: "192.0.2.0/24"),
            try CDNSigner.custom(Self.file, resource: "/team/*", from: 600),
            try CDNSigner.canned(Self.file, seconds: -60), try CDNSigner.canned(Self.file, seconds: 90_000),
            try CDNSigner.canned(Self.file, hash: "SHA256"),
            ["policy", "\(try CDNSigner.keys)/ec", "ec", "", "\(CDNSigner.url)\(Self.file)", "{\"Statement\":[]}"],
        ])
        let tokens = try CDNSigner.make([
            CDNSigner.akamai("acl", "/films/*"), CDNSigner.akamai("acl", "/team/*", address: "192.0.2.1"),
            CDNSigner.akamai("acl", "/team/*", seconds: -60), CDNSigner.akamai("url", "/team/other.txt"),
            CDNSigner.akamai("acl", "/team/*"),
        ])
        let right = urls[0]
        func token(_ text: String) -> String { "\(Self.file)?hdnts=\(text)" }
        let cases = [
            (right.replacing(Self.file, with: "/plain.txt"), "404: the signature is wrong"),
            (right.replacing("Key-Pair-Id=rsa", with: "Key-Pair-Id=ec"), "404: the signature is wrong"),
            (right.replacing("Key-Pair-Id=rsa", with: "Key-Pair-Id=K1"), "404: no key is named \"K1\""),
            (right.replacing("&Key-Pair-Id=rsa", with: ""), "404: the link is malformed: it has no Key-Pair-Id"),
            (right.replacing("Expires=", with: "Expires=%31"), "404: the link is malformed: Expires is not a number"),
            (right.replacing("&Signature=", with: "&Signature=%2D"), "404: the link is malformed: it has no Signature"),
            (urls[1], "404: the grant covers other files"),
            (urls[2], "404: the client's address is in none of the grant's networks"),
            (urls[3], "404: the grant is not valid yet"), (urls[4], "410: the link has expired"),
            (urls[5], "404: the link expires later than SENDFILE_LINK_LONGEST allows"),
            (urls[6].replacing("SHA256", with: "SHA1"), "404: the signature is wrong"),
            (urls[7], "404: the link is malformed: its policy has not one statement"),
            (token(tokens[0]), "404: the grant covers other files"),
            (token(tokens[1]), "404: the client's address is in none of the grant's networks"),
            (token(tokens[2]), "410: the link has expired"), (token(tokens[3]), "404: the signature is wrong"),
            (token(String(tokens[4].dropLast(2))), "404: the signature is wrong"),
            (token(tokens[4].replacing("=", with: "%253D")), "404: the link is malformed: its token does not end"),
            (token(String(repeating: "A", count: 5_000)), "404: the link is malformed: its token is longer than"),
        ]
        for (target, reason) in cases {
            let before = Files.size("\(site.directory)/\(log)")
            let answer = try site.client.get(target)
            #expect(answer.status == Int(reason.prefix(3)), "\(reason)")
            #expect(!answer.text.contains("content of"))
            let path = "path=\(target.prefix { $0 != "?" })"
            let deadline = time(nil) + Socket.patience
            func text() throws -> String { try Files.text("\(site.directory)/\(log)", from: before) }
            while !(try text()).contains(path), time(nil) < deadline { usleep(5_000) }
            let lines = try text().split(separator: "\n").filter { $0.contains(path) }
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?.contains("answered with \(reason)") == true, "\(reason): \(lines)")
        }
        #expect(try site.client.get(right).status == 200)
        for secret in [right.suffix(60), tokens[4].suffix(60), Substring(CDNSigner.akamaiKey)] {
            #expect(!site.programLog.contains(secret))
        }
    }

    @Test("A value of 64 KB is refused, and the gate goes on", arguments: GateSite.servers)
    func long(_ server: WebServer) throws {
        let site = try CDNSigner.site(server)
        let target = try CDNSigner.targets([try CDNSigner.canned(Self.file)])[0]
        let long = String(repeating: "A", count: 65_536)
        for (target, fields) in [
            ("\(Self.file)?hdnts=\(long)", [:]), ("\(target)&Policy=\(long)", [:]),
            (Self.file, ["Cookie": "CloudFront-Policy=\(long); \(CDNSigner.cookies(target))"]),
            (Self.file, ["hdnts": long]),
        ] as [(String, [String: String])] {
            // The web server may refuse it already, and close the connection.
            if let answer = try? site.client.get(target, fields) {
                #expect([400, 404, 414, 431].contains(answer.status), "\(answer.status)")
            }
        }
        #expect(try site.client.get(target).status == 200)
    }

    @Test("Links of the gate, grants and links of CDNs do not disturb one another", arguments: GateSite.servers)
    func beside(_ server: WebServer) throws {
        let site = try CDNSigner.site(server, ["SENDFILE_GRANT_COOKIE": "without-tls"])
        let url = try CDNSigner.targets([try CDNSigner.canned(Self.file)])[0]
        let (right, other) = (try GrantSite.token("team/*"), try GrantSite.token("films/*"))
        let expired = try GrantSite.token("team/*") { $0.expires = .now - .seconds(10) }
        let changed = url.replacing(Self.file, with: "/plain.txt")
        for (target, cookie, status) in [
            (url, "grant=\(other)", 200), (url, "grant=\(right)", 200), (url, "CloudFront-Signature=x", 200),
            (changed, "grant=\(other)", 404), (changed, "", 404), (Self.file, "grant=\(right)", 200),
            (Self.file, "grant=\(right); CloudFront-Signature=x; hdnts=x", 200), (Self.file, "grant=\(expired)", 410),
            ("\(Self.file)?grant=\(other)", CDNSigner.cookies(url), 404),
            (try site.link("plain.txt"), CDNSigner.cookies(url), 200),
            ("/plain.txt", CDNSigner.cookies(url), 404),
        ] {
            #expect(try site.client.get(target, ["Cookie": cookie]).status == status, "\(target) \(cookie)")
        }
    }

    @Test("The gate's prefix is a part of the signed URL, and not of the file's path")
    func prefix() throws {
        let site = try CDNSigner.site(.nginx, ["SENDFILE_LINK_PREFIX": "/downloads"], isPart: true)
        let urls = try CDNSigner.targets([
            try CDNSigner.canned("/downloads\(Self.file)"),
            try CDNSigner.custom("/downloads\(Self.file)", resource: "/downloads/team/*"),
            try CDNSigner.canned(Self.file),
        ])
        let token = try CDNSigner.make([CDNSigner.akamai("acl", "/downloads/team/*")])[0]
        for target in [urls[0], urls[1], "/downloads\(Self.file)?hdnts=\(token)"] {
            #expect(try site.client.get(target).text == Self.content, "\(target)")
        }
        #expect(try site.client.get("/downloads\(urls[2])").status == 404)
    }

    @Test("With a binding to addresses, a link of a CDN needs one")
    func binding() throws {
        let site = try CDNSigner.site(.nginx, ["SENDFILE_LINK_BINDING": "address"])
        let urls = try CDNSigner.targets([
            try CDNSigner.canned(Self.file), try CDNSigner.custom(Self.file, resource: "/team/*", address: "127.0.0.1"),
        ])
        let tokens = try CDNSigner.make([
            CDNSigner.akamai("acl", "/team/*"), CDNSigner.akamai("acl", "/team/*", address: "127.0.0.1"),
        ])
        #expect(try site.client.get(urls[0]).status == 404)
        #expect(try site.client.get(urls[1]).status == 200)
        #expect(try site.client.get("\(Self.file)?hdnts=\(tokens[0])").status == 404)
        #expect(try site.client.get("\(Self.file)?hdnts=\(tokens[1])").status == 200)
    }

    @Test("A ledger revokes a token of Akamai by its id")
    func revoked() throws {
        let site = try LedgerSite(.nginx, settings: try CDNSigner.settings)
        let made = try CDNSigner.make([
            CDNSigner.akamai("acl", "/team/*", id: "share-42"), CDNSigner.akamai("acl", "/team/*", id: "share-43"),
        ])
        for token in made { #expect(try site.client.get("\(Self.file)?hdnts=\(token)").status == 200) }
        #expect(try site.grants("revoke", "share-42").end == .exited(0))
        #expect(try site.client.get("\(Self.file)?hdnts=\(made[0])").status == 410)
        #expect(try site.client.get("\(Self.file)?hdnts=\(made[1])").status == 200)
    }
}
