import SignedLinks
import Testing

@testable import sendfile_gate

/// `sendfile-gate link --grant`, and `check` with such a link.
@Suite struct GateGrantLinkTests {
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let environment = ["SENDFILE_LINK_SECRET": "k1:\(secret)"]

    private static func link(_ arguments: String..., settings: [String: String] = [:]) throws -> GateRun {
        try GateRun(["link"] + arguments, environment: Self.environment.merging(settings) { $1 })
    }

    private static var grants: SignedGrants {
        get throws { try SignedGrants(keys: [LinkKey(id: "k1", secret: Self.secret)]) }
    }

    @Test("Each option is a field of the grant") func options() throws {
        let run = try Self.link(
            "films/7/a b.m3u8", "--grant", "cookie", "--covers", "films/7/*", "--expires", "@2000000000", "--from",
            "@1999999999", "--id", "share-42", "--method", "GET", "--method", "HEAD", "--network", "203.0.113.0/24",
            "--network",
            "2001:db8::/32", "--for-address", "192.0.2.1", "--for-user", "Zoë", "--disposition", "inline", "--name",
            "The film",
            "--rate", "500000", "--base", "https://example.org/x/")
        #expect(run.end == .exited(0), "\(run.errors)")
        var grant = Grant("films/7/*", expires: LinkTime(secondsSince1970: 2_000_000_000))
        grant.notBefore = LinkTime(secondsSince1970: 1_999_999_999)
        (grant.id, grant.methods, grant.user) = ("share-42", ["GET", "HEAD"], "Zoë")
        grant.networks = ["203.0.113.0/24", "2001:db8::/32", "192.0.2.1"].compactMap { Grant.Network($0) }
        (grant.disposition, grant.name, grant.bytesPerSecond) = (.inline, "The film", 500_000)
        let token = try Self.grants.token(grant)
        #expect(run.output == "https://example.org/x/films/7/a%20b.m3u8?exchange=\(token)\n")
    }

    @Test("Without a pattern, a grant covers the file alone", arguments: ["query", "path"])
    func file(_ place: String) throws {
        let run = try Self.link("a/*", "--grant", place, "--expires", "@2000000000")
        let token = try Self.grants.token(Grant(.file("a/*"), expires: LinkTime(secondsSince1970: 2_000_000_000)))
        #expect(run.output == (place == "path" ? "/~\(token)/a/%2A\n" : "/a/%2A?grant=\(token)\n"))
    }

    @Test(
        "An invalid option is named",
        arguments: [
            (["--covers", "*"], "--covers has no effect: add --grant"), (["--rate", "5"], "--rate has no effect"),
            (["--grant", "query", "--covers", "b/*"], "the grant covers \"/b/*\""),
            (["--grant", "query", "--network", "203.0.113.9/24"], "--network is \"203.0.113.9/24\""),
            (["--grant", "query", "--disposition", "show"], "--disposition is \"show\""),
            (["--grant", "query", "--from", "soon"], "--from is \"soon\""),
            (["--grant", "query", "--method", "get"], "the methods of a grant"),
            (["--grant", "query", "--id", "a b"], "the id of a grant"),
            (["--grant", "query", "--rate", "0"], "0 bytes per second"),
            (["--file-version", "1-2"], "--file-version has no effect"),
            (["--grant", "query", "--file-version", "current"], "--file-version current needs SENDFILE_ROOT"),
            (["--grant", "query", "--for-address", "here"], "--for-address is \"here\""),
            (["--grant", "path", "--name", String(repeating: "n", count: 200)], "use a cookie"),
            (["--grant", "query", "--from", "2h"], "a grant is valid from"), (["--grant", "nowhere"], "nowhere"),
            (["--grant", "query", "--expires", "@5000000000"], "SENDFILE_LINK_LONGEST"),
        ])
    func errors(_ options: [String], _ words: String) throws {
        let run = try GateRun(["link", "a/b.txt"] + options, environment: Self.environment)
        #expect(run.end == .exited(64))
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test("A grant needs the format hmac, and what links are bound to") func settings() throws {
        let other = try Self.link("a.txt", "--grant", "query", settings: ["SENDFILE_LINK_FORMAT": "wsgi-xsendfile"])
        #expect(other.end == .exited(64))
        #expect(other.errors.contains("--grant needs the format hmac"))
        let binding = ["SENDFILE_LINK_BINDING": "address,user"]
        let unbound = try Self.link("a.txt", "--grant", "query", "--for-user", "a", settings: binding)
        #expect(unbound.errors.contains("add --for-address or --network"))
        #expect(
            try Self.link("a.txt", "--grant", "query", "--network", "::/0", settings: binding).errors.contains(
                "add --for-user"))
        let old = try Self.link("a.txt", "--grant", "query", "--expires", "@1600000000")
        #expect(old.end == .exited(0))
        #expect(old.errors.contains("warning: the grant has expired already"))
        let wrong = try GateRun(
            ["serve", "--check-settings"],
            environment: Self.environment.merging(["SENDFILE_ROOT": "/", "SENDFILE_GRANT_COOKIE": "lax"]) { $1 })
        #expect(wrong.end == .exited(78))
        #expect(
            wrong.errors.contains("SENDFILE_GRANT_COOKIE is \"lax\", which is not same-site, cross-site, without-tls"))
    }

    private static func given(_ url: String, settings: [String: String] = [:]) throws -> GivenGrant? {
        let values = Self.environment.merging(["SENDFILE_LINK_PREFIX": "/files"]) { $1 }.merging(settings) { $1 }
        let gate = try GateSettings(SettingsSource(environment: values.mapValues { Array($0.utf8) }, file: nil))
        return GivenGrant(url: try #require(URLText(url)), settings: gate)
    }

    @Test("check tells why the gate refuses a link with a grant") func given() throws {
        let grants = try Self.grants
        var grant = Grant("films/7/*", expires: .now + .seconds(600))
        let path = "films/7/a b.ts"
        func flaw(_ place: GrantPlace, scheme: String = "https", settings: [String: String] = [:]) throws -> String? {
            let given = try #require(
                try Self.given(
                    "\(scheme)://example.org/files\(grants.link(grant, to: path, in: place))", settings: settings))
            #expect(given.plainURL.text == "\(scheme)://example.org/files/films/7/a%20b.ts")
            return given.flaw
        }
        for place in [GrantPlace.query, .path, .exchange] { #expect(try flaw(place) == nil) }
        #expect(try flaw(.exchange, scheme: "http")?.contains("SENDFILE_GRANT_COOKIE=without-tls") == true)
        #expect(try flaw(.exchange, scheme: "http", settings: ["SENDFILE_GRANT_COOKIE": "without-tls"]) == nil)
        #expect(
            try flaw(.query, settings: ["SENDFILE_LINK_SECRET": "k1:another-secret-of-this-gate"])?.contains(
                "the signature is wrong") == true)
        #expect(
            try flaw(.path, settings: ["SENDFILE_LINK_SECRET": "k2:\(Self.secret)"])?.contains("no key is named")
                == true)
        #expect(try flaw(.path, settings: ["SENDFILE_LINK_LONGEST": "5m"])?.contains("SENDFILE_LINK_LONGEST") == true)
        grant.user = "alice"
        #expect(try flaw(.path) == nil)
        grant.user = nil
        grant.notBefore = .now + .seconds(300)
        #expect(try flaw(.path) == "the grant is not valid yet")
        (grant.notBefore, grant.expires) = (nil, .now - .seconds(5))
        #expect(try flaw(.path)?.contains("has expired") == true)
        #expect(try Self.given("https://example.org/files/a.txt") == nil)
        #expect(try Self.given("https://example.org/other/a.txt?grant=x") == nil)
        #expect(
            try Self.given(
                "https://example.org/files/a.txt?grant=x", settings: ["SENDFILE_LINK_FORMAT": "wsgi-xsendfile"]) == nil)
    }
}
