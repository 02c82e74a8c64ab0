import SignedLinks
import Testing

/// Cookies of grants in a real browser.
@Suite(.serialized) struct GateGrantBrowserTests {
    @Test(
        "A browser exchanges a link for a cookie, and sends it only to the files of the grant",
        arguments: GateSite.servers,
        ["same-site", "without-tls"])
    func exchange(_ server: WebServer, _ cookie: String) throws {
        // Browsers accept Secure from the loopback without TLS.
        let site = try GrantSite.site(server, ["SENDFILE_GRANT_COOKIE": cookie])
        let browser = try Browser()
        defer { try? browser.quit() }
        var grant = Grant("team/*", expires: .now + .seconds(600))
        grant.disposition = .inline
        // As long as a token can be.
        while true {
            var longer = grant
            longer.networks.append(Grant.Network("127.0.0.0/\(8 + grant.networks.count % 17)")!)
            guard (try? GrantSite.grants.token(longer)) != nil else { break }
            grant = longer
        }
        let link = try GrantSite.grants.link(grant, to: "team/report.txt", in: .exchange)
        #expect(link.count > 1_970)
        let address = "http://localhost:\(site.port)"
        try browser.visit(address + link)
        #expect(try browser.url == "\(address)/team/report.txt")
        #expect(try browser.text("body") == "content of team/report.txt")
        // Scripts do not see the cookie.
        #expect(try browser.evaluate("return document.cookie") == "")
        func status(_ path: String) throws -> JSONValue {
            try browser.evaluate(
                "const ask = new XMLHttpRequest(); ask.open('GET', '\(path)', false); ask.send(); return ask.status")
        }
        // A query of its own, because the browser keeps what it has received.
        #expect(try status("report.txt?1") == 200)
        #expect(try status("nothing.txt") == 404)
        #expect(try status("/plain.txt") == 404)
        // Another grant for the same folder replaces the first.
        grant.networks = [Grant.Network("192.0.2.1")!]
        #expect(try status(try GrantSite.grants.link(grant, to: "team/report.txt", in: .exchange)) == 404)
        #expect(try status("report.txt?2") == 200)
        (grant.networks, grant.methods) = ([], ["GET"])
        try browser.visit(address + GrantSite.grants.link(grant, to: "team/report.txt", in: .exchange))
        #expect(try browser.text("body") == "content of team/report.txt")
        try browser.deleteCookies()
        #expect(try status("report.txt?3") == 404)
    }
}
