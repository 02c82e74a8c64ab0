import SignedLinks
import Testing

/// The files that a grant covers, its users and its times.
@Suite struct GrantLimitTests {
    @Test(
        "A grant covers a file, or all files below a folder",
        arguments: [
            ("films/7/*", "films/7/index.m3u8", true), ("films/7/*", "/films/7/audio/1.ts", true),
            ("/films/7/*", "films/7/1.ts", true), ("films/7/*", "films/70/1.ts", false),
            ("films/7/*", "films/7", false), ("films/7/*", "films/7/", false), ("films/7/*", "films/7//1.ts", false),
            ("films/7/*", "films/7/../8/1.ts", false), ("films/7/*", "films/7/./1.ts", false),
            ("films/7/*", "films/8/1.ts", false), ("films/7/*", "Films/7/1.ts", false),
            ("films/7/*", "x/films/7/1.ts", false), ("films/7/*", "films/7/1\0.ts", false),
            ("films/7/*", "films/7/*", true), ("*", "a.txt", true), ("/*", "a/b.txt", true), ("*", "", false),
            ("*", "/", false), ("*", "//a.txt", false),
            ("a.txt", "a.txt", true), ("/a.txt", "a.txt", true), ("a.txt", "a.txt/", false), ("a.txt", "b.txt", false),
            ("a.txt", "a.txt/b", false), ("a/*b", "a/xb", false), ("a/*b", "a/*b", true),
        ])
    func scope(_ pattern: String, _ path: String, _ isCovered: Bool) throws {
        let grants = try SignedGrants.test
        let token = try grants.token(Grant(pattern))
        let absolute = path.first == "/" ? path : "/\(path)"
        for request in [
            GrantRequest(path: path, query: "grant=\(token)"), GrantRequest(path: "/~\(token)\(absolute)"),
            GrantRequest(path: "~\(token)\(absolute)"), GrantRequest(path, cookies: token),
        ] {
            let status = grants.verify(request, at: grantTime).statusCode
            #expect(status == (isCovered ? 200 : 404), "\(request)")
        }
        if isCovered {
            #expect(try grants.link(Grant(pattern), to: path).hasSuffix("grant=\(token)"))
        } else {
            let error = #expect(throws: SignedLinksError.self) { try grants.link(Grant(pattern), to: path) }
            #expect(error?.code == .invalidPath)
        }
    }

    @Test("A file whose name is * is not a folder") func star() throws {
        let grants = try SignedGrants.test
        let token = try grants.token(Grant(.file("a/*"), expires: LinkTime(secondsSince1970: expiry)))
        #expect(grants.verify(GrantRequest("a/*", cookies: token), at: grantTime).statusCode == 200)
        #expect(grants.verify(GrantRequest("a/b", cookies: token), at: grantTime) == .invalid(.otherPath))
    }

    struct Limit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout Grant) -> Void
        /// Requests with their flaws; `nil` is a valid one.
        let cases: [(change: @Sendable (inout GrantRequest) -> Void, flaw: LinkFlaw.Code?)]
    }

    private static let limits = [
        Limit(
            testDescription: "method", change: { $0.methods = ["GET", "PUT"] },
            cases: [
                ({ $0.method = "GET" }, nil), ({ $0.method = "PUT" }, nil), ({ $0.method = "HEAD" }, .otherMethod),
                ({ $0.method = "get" }, .otherMethod), ({ $0.method = "" }, .otherMethod),
            ]),
        Limit(
            testDescription: "network",
            change: { $0.networks = ["203.0.113.0/24", "2001:db8::/33"].map { Grant.Network($0)! } },
            cases: [
                ({ $0.clientAddress = "203.0.113.255" }, nil), ({ $0.clientAddress = "::ffff:203.0.113.9" }, nil),
                ({ $0.clientAddress = "2001:db8:7fff::1" }, nil), ({ $0.clientAddress = "203.0.114.1" }, .otherAddress),
                ({ $0.clientAddress = "2001:db8:8000::1" }, .otherAddress), ({ _ in }, .missingBinding),
                ({ $0.clientAddress = "" }, .otherAddress), ({ $0.clientAddress = "unix:" }, .otherAddress),
            ]),
        Limit(
            testDescription: "user", change: { $0.user = "Zoë" },
            cases: [
                ({ $0.user = "Zoë" }, nil), ({ $0.user = "Zoe\u{308}" }, .otherUser), ({ $0.user = "" }, .otherUser),
                ({ _ in }, .missingBinding),
            ]),
        Limit(
            testDescription: "empty user", change: { $0.user = "" },
            cases: [({ $0.user = "" }, nil), ({ _ in }, .missingBinding)]),
        Limit(
            testDescription: "uses", change: { ($0.id, $0.uses) = ("a", 1) },
            cases: [({ $0.asksLedger = true }, nil), ({ _ in }, .missingBinding)]),
        Limit(
            testDescription: "version", change: { $0.version = "\"6a-1f\"" },
            cases: [
                ({ $0.version = "\"6a-1f\"" }, nil), ({ $0.version = "W/\"6a-1f\"" }, .otherVersion),
                // The program compares it later.
                ({ $0.comparesVersion = true }, nil),
                ({ ($0.comparesVersion, $0.version) = (true, "W/\"6a-1f\"") }, nil),
                ({ _ in }, .missingBinding),
            ]),
    ]

    @Test("A grant is valid only within its limits, expired or not", arguments: Self.limits)
    func within(_ limit: Limit) throws {
        let grants = try SignedGrants.test
        var grant = Grant("films/7/*")
        limit.change(&grant)
        let link = try grants.link(grant, to: "films/7/1.ts")
        for (change, flaw) in limit.cases {
            var request = GrantRequest(link: link)
            change(&request)
            let verdicts = [grantTime, grantTime + .seconds(61)].map { grants.verify(request, at: $0) }
            if let flaw {
                for verdict in verdicts {
                    guard case .invalid(let found) = verdict else {
                        Issue.record("\(request) is \(verdict)")
                        continue
                    }
                    #expect(found.code == flaw)
                    #expect(verdict.statusCode == 404)
                }
            } else {
                #expect(verdicts[0].statusCode == 200)
                #expect(verdicts[1] == .expired)
            }
        }
    }

    @Test("A grant is valid from its first second to its last") func times() throws {
        let grants = try SignedGrants.test
        var grant = Grant("a.txt")
        grant.notBefore = grantTime
        let request = GrantRequest(link: try grants.link(grant))
        for (seconds, status) in [(-1, 404), (0, 200), (60, 200), (61, 410)] {
            #expect(grants.verify(request, at: grantTime + .seconds(seconds)).statusCode == status)
        }
        guard case .invalid(let flaw) = grants.verify(request, at: grantTime - .seconds(1)) else {
            Issue.record("valid too early")
            return
        }
        #expect(flaw.code == .notYetValid)
        #expect("\(flaw)" == "the grant is not valid yet")
    }

    @Test(
        "A network has one notation",
        arguments: [
            ("203.0.113.0/24", "203.0.113.0/24"), ("203.0.113.9", "203.0.113.9"), ("203.0.113.9/32", "203.0.113.9"),
            ("0.0.0.0/0", "0.0.0.0/0"), ("2001:DB8::/32", "2001:db8::/32"), ("::1", "::1"), ("::/0", "::/0"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"), ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
            ("203.0.113.9/24", nil), ("203.0.113.0/33", nil), ("203.0.113.0/", nil), ("203.0.113.0/024", nil),
            ("203.0.113.0/-1", nil), ("203.0.113/24", nil), ("203.0.113.009", nil), ("", nil), ("/0", nil),
            ("2001:db8::1/32", nil), ("2001:db8::/129", nil), ("::ffff:0.0.0.0/95", nil), ("fe80::1%eth0", nil),
            ("example.org", nil), ("203.0.113.9\0", nil), ("203.0.113.0/24/1", nil),
        ])
    func networks(_ text: String, _ description: String?) {
        #expect(Grant.Network(text)?.description == description)
    }

    @Test("A network contains addresses of its own kind") func addresses() throws {
        for (network, address, isInside) in [
            ("0.0.0.0/0", "198.51.100.1", true), ("0.0.0.0/0", "::1", false), ("::/0", "198.51.100.1", false),
            ("::/0", "2001:db8::1", true), ("203.0.113.9", "203.0.113.9", true), ("203.0.113.9", "203.0.113.8", false),
            ("128.0.0.0/1", "127.255.255.255", false), ("2001:db8::1/128", "2001:db8::1", true),
            ("2001:db8::1", "2001:0db8:0::0001", true), ("2001:db8::1", "2001:db8::2", false),
        ] {
            #expect(try #require(Grant.Network(network)).contains(address) == isInside, "\(network) \(address)")
        }
    }

    @Test("A grant with an invalid value has no token") func errors() throws {
        let grants = try SignedGrants.test
        let changes: [(change: (inout Grant) -> Void, code: SignedLinksError.Code)] = [
            ({ $0.scope = .file("") }, .invalidPath), ({ $0.scope = .file("a/../b") }, .invalidPath),
            ({ $0.scope = .folder("a//b") }, .invalidPath), ({ $0.scope = .folder("a\0") }, .invalidPath),
            ({ $0.scope = .file("//a") }, .invalidPath), ({ $0.scope = .folder("//") }, .invalidPath),
            ({ $0.scope = Grant.Scope("films//*") }, .invalidPath),
            ({ $0.scope = Grant.Scope("//*") }, .invalidPath), ({ $0.scope = .folder("///") }, .invalidPath),
            ({ $0.scope = .file("a/") }, .invalidPath),
            ({ $0.expires = LinkTime(secondsSince1970: -1) }, .invalidExpiry),
            ({ $0.notBefore = LinkTime(secondsSince1970: -1) }, .invalidExpiry),
            ({ $0.notBefore = $0.expires + .seconds(1) }, .invalidExpiry), ({ $0.id = "" }, .invalidGrant),
            ({ $0.id = "a b" }, .invalidGrant), ({ $0.id = String(repeating: "a", count: 65) }, .invalidGrant),
            ({ $0.methods = ["get"] }, .invalidGrant), ({ $0.methods = [""] }, .invalidGrant),
            ({ $0.methods = ["GET", "GET"] }, .invalidGrant), ({ $0.user = "a\0method=GET" }, .invalidBinding),
            ({ $0.version = "\0" }, .invalidBinding), ({ $0.name = "" }, .invalidName),
            ({ $0.name = "a\0" }, .invalidName), ({ $0.bytesPerSecond = 0 }, .invalidGrant),
            ({ $0.issued = LinkTime(secondsSince1970: -1) }, .invalidExpiry),
            ({ $0.issued = $0.expires + .seconds(1) }, .invalidExpiry), ({ $0.uses = 5 }, .invalidGrant),
            ({ ($0.id, $0.uses) = ("a", 0) }, .invalidGrant),
            ({ $0.name = String(repeating: "a", count: 3_000) }, .tooLong),
        ]
        for (index, (change, code)) in changes.enumerated() {
            var grant = Grant("films/7/*")
            change(&grant)
            let error = #expect(throws: SignedLinksError.self) { try grants.token(grant) }
            #expect(error?.code == code, "\(index): \(String(describing: error))")
        }
    }

    @Test("A token that is longer than a file's name is not put into a path") func longPath() throws {
        let grants = try SignedGrants.test
        var grant = Grant("films/7/*")
        grant.name = String(repeating: "a", count: 100)
        #expect(try grants.link(grant, to: "films/7/1", in: .path).count <= 255 + "/films/7/1".count + 1)
        grant.name = String(repeating: "a", count: 200)
        let error = #expect(throws: SignedLinksError.self) { try grants.link(grant, to: "films/7/1", in: .path) }
        #expect(error?.code == .tooLong)
        #expect(try grants.link(grant, to: "films/7/1", in: .exchange).count > 255)
    }
}
