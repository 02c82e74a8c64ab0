import SignedLinks
import Testing

/// Where a token is in a request, and the cookie for which a link is exchanged.
@Suite struct GrantPlaceTests {
    private func token(_ pattern: String) throws -> String { try SignedGrants.test.token(Grant(pattern)) }

    @Test("A token in the path comes before one in the query, and one in the URL before cookies") func precedence()
        throws
    {
        let grants = try SignedGrants.test
        let (right, wrong) = (try self.token("films/7/*"), try self.token("films/8/*"))
        for (path, query, cookie, status, place) in [
            ("/~\(right)/films/7/1.ts", "grant=\(wrong)", wrong, 200, GrantPlace.path),
            ("/~\(wrong)/films/7/1.ts", "grant=\(right)", right, 404, .path),
            ("/films/7/1.ts", "grant=\(right)", wrong, 200, .query),
            ("/films/7/1.ts", "grant=\(wrong)", right, 404, .query),
            ("/films/7/1.ts", "exchange=\(right)", wrong, 200, .exchange),
            ("/films/7/1.ts", "a=1&exchange=\(right)&b&&=", wrong, 200, .exchange),
            ("/films/7/1.ts", "agrant=\(wrong)&Grant=\(wrong)&grant", right, 200, .cookie),
            // A file's name may begin with a tilde.
            ("/~films/7/1.ts", "grant=\(right)", "", 404, .query),
        ] {
            var request = GrantRequest(path, cookies: cookie)
            request.query = query
            #expect(request.place == place)
            #expect(grants.verify(request, at: grantTime).statusCode == status, "\(path) \(query)")
        }
    }

    @Test(
        "A query with several grants is invalid",
        arguments: ["grant=%&grant=%", "grant=%&exchange=%", "exchange=%&exchange="])
    func several(_ query: String) throws {
        let token = try self.token("*")
        let request = GrantRequest(path: "/a", query: query.replacing("%", with: token))
        #expect(request.place == nil)
        guard case .invalid(let flaw) = try SignedGrants.test.verify(request, at: grantTime) else {
            Issue.record("valid")
            return
        }
        #expect(flaw.code == .malformed)
    }

    @Test("A request without a token has none") func none() throws {
        for request in [GrantRequest(path: "/a"), GrantRequest(path: "/a", query: "x=1"), GrantRequest(path: "")] {
            #expect(request.place == nil)
            #expect(try SignedGrants.test.verify(request, at: grantTime) == .invalid(.missingSignature))
        }
    }

    @Test("Of several cookies, one that covers the path counts") func cookies() throws {
        let grants = try SignedGrants.test
        let (right, wrong) = (try self.token("films/7/*"), try self.token("films/8/*"))
        var old = Grant("films/7/*", expires: grantTime - .seconds(1))
        let expired = try grants.token(old)
        old.scope = .folder("films/8")
        let otherExpired = try grants.token(old)
        old.expires = grantTime
        (old.scope, old.user) = (.folder("films"), "alice")
        let alice = try grants.token(old)
        let junk = String(repeating: "x", count: 5_000)
        for (cookies, status, code) in [
            ([right], 200, nil), ([wrong, right], 200, nil), ([junk, "", wrong, expired, right, wrong], 200, nil),
            ([expired, right], 200, nil), ([wrong, expired], 410, nil), ([otherExpired, wrong], 404, .otherPath),
            ([junk, wrong], 404, .otherPath), ([junk], 404, .malformed), ([wrong, alice, junk], 404, .missingBinding),
            // Ten are looked at.
            (Array(repeating: wrong, count: 9) + [right], 200, nil),
            (Array(repeating: wrong, count: 10) + [right], 404, .otherPath),
        ] as [([String], Int, LinkFlaw.Code?)] {
            var request = GrantRequest(path: "/films/7/1.ts")
            request.cookies = cookies
            let verdict = grants.verify(request, at: grantTime)
            #expect(verdict.statusCode == status, "\(cookies.map { $0.prefix(60) })")
            if case .invalid(let flaw) = verdict { #expect(flaw.code == code) }
        }
    }

    private func cookie(_ grant: Grant, to path: String, below prefix: String = "", isSecure: Bool = true) throws
        -> GrantCookie?
    {
        let grants = try SignedGrants.test
        let link = try grants.link(grant, to: path, in: .exchange)
        guard case .valid(let verified) = grants.verify(GrantRequest(link: link), at: grantTime) else { return nil }
        return GrantCookie(verified, below: prefix, isSecure: isSecure, at: grantTime)
    }

    @Test("A link is exchanged for a cookie of the files that it covers") func exchange() throws {
        let cookie = try #require(
            try self.cookie(Grant("films/7 ü;/*"), to: "films/7 ü;/a b.m3u8", below: "/down loads/"))
        #expect(cookie.name == "__Secure-grant")
        #expect(cookie.path == "/down%20loads/films/7%20%C3%BC%3B")
        #expect(cookie.location == "/down%20loads/films/7%20%C3%BC%3B/a%20b.m3u8")
        #expect(cookie.maxAge == .seconds(60))
        #expect(try cookie.value == self.token("films/7 ü;/*"))
        #expect(try self.cookie(Grant("a.txt"), to: "a.txt", isSecure: false)?.name == "grant")
        #expect(try self.cookie(Grant("a.txt"), to: "a.txt")?.path == "/a.txt")
        #expect(try self.cookie(Grant("*"), to: "a/b.txt")?.path == "/")
        #expect(try self.cookie(Grant("*"), to: "a/b.txt", below: "/d")?.path == "/d/")
    }

    @Test("A path that browsers do not read in a cookie becomes that of a folder above") func longPath() throws {
        let folder = Array(repeating: String(repeating: "ü", count: 40), count: 6).joined(separator: "/")
        let cookie = try #require(try self.cookie(Grant("\(folder)/*"), to: "\(folder)/1.ts"))
        #expect(cookie.path.utf8.count <= 1024)
        #expect(
            cookie.path == "/"
                + Array(repeating: String(repeating: "%C3%BC", count: 40), count: 4).joined(separator: "/"))
        #expect(cookie.location.hasPrefix(cookie.path))
    }

    @Test("Only a link that is to be exchanged has a cookie") func noCookie() throws {
        let grants = try SignedGrants.test
        let token = try self.token("a.txt")
        for request in [
            GrantRequest(path: "/a.txt", query: "grant=\(token)"), GrantRequest(path: "/~\(token)/a.txt"),
            GrantRequest("/a.txt", cookies: token),
        ] {
            guard case .valid(let link) = grants.verify(request, at: grantTime) else {
                Issue.record("invalid")
                continue
            }
            #expect(GrantCookie(link) == nil)
        }
        let links = try SignedLinks(keys: [.test])
        guard case .valid(let link) = links.verify(try links.link(to: "a.txt", expires: expiry), at: expiry) else {
            return
        }
        #expect(link.grant == nil)
        #expect(GrantCookie(link) == nil)
    }
}
