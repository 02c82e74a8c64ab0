import SignedLinks
import Testing

/// Tokens made by the Python recipe of the article Grants, with the secret s3cr3t.
@Suite struct GrantVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let key: String
        let grant: Grant
        let path: [UInt8]
        let token: String

        var testDescription: String { self.token }
    }

    private static let everything: Grant = {
        var grant = Grant("films/7/*")
        grant.notBefore = LinkTime(secondsSince1970: 1_780_000_000)
        grant.id = "share-42"
        grant.methods = ["GET", "HEAD"]
        grant.networks = ["203.0.113.0/24", "2001:db8::/32"].compactMap { Grant.Network($0) }
        grant.user = "Zoë=a"
        grant.version = "\"6a-1f\""
        grant.disposition = .inline
        grant.name = "Der Film.mp4"
        grant.bytesPerSecond = 500_000
        return grant
    }()

    private static let counted: [Grant] = [
        ("reports/q3.pdf", "share-42", nil, 1), ("films/7/*", "share-43", 1_780_000_000, 5),
    ]
    .map { (pattern: String, id: String, issued: Int64?, uses: UInt32) in
        var grant = Grant(pattern)
        (grant.id, grant.uses) = (id, uses)
        grant.issued = issued.map { LinkTime(secondsSince1970: $0) }
        return grant
    }

    private static let latin1 = Array("~dir/latin1 ".utf8) + [0xE9] + Array("=.txt".utf8)

    static let vectors = [
        Vector(
            key: "k1", grant: Grant("films/7/*"), path: Array("films/7/index.m3u8".utf8),
            token:
                "2.Zm9sZGVyPS9maWxtcy83AGV4cGlyZXM9MTc4MDAwMzYwMAA.k1.xj9KNbhMvMtFgczfv4TYqWDF7jpiePi0CcztRe3G1-c"),
        Vector(
            key: "k1", grant: Grant("/reports/q3.pdf"), path: Array("reports/q3.pdf".utf8),
            token:
                "2.ZmlsZT0vcmVwb3J0cy9xMy5wZGYAZXhwaXJlcz0xNzgwMDAzNjAwAA.k1.Zs4GRm-dYSfHvBe704DYnGzEU_NQr-YSGv6jolbLFLU"
        ),
        Vector(
            key: "", grant: Grant("*"), path: Array("a.txt".utf8),
            token: "2.Zm9sZGVyPS8AZXhwaXJlcz0xNzgwMDAzNjAwAA..LoIwEPWGfp88pCbzffb_NDYP5KY3lwy3OXkfornUNUM"),
        Vector(
            key: "a.b~_-", grant: Self.everything, path: Array("films/7/audio/1.ts".utf8),
            token:
                "2.Zm9sZGVyPS9maWxtcy83AGV4cGlyZXM9MTc4MDAwMzYwMABmcm9tPTE3ODAwMDAwMDAAaWQ9c2hhcmUtNDIAbWV0aG9kPUdFVABtZXRob2Q9SEVB"
                + "RABuZXR3b3JrPTIwMy4wLjExMy4wLzI0AG5ldHdvcms9MjAwMTpkYjg6Oi8zMgB1c2VyPVpvw6s9YQB2ZXJzaW9uPSI2YS0xZiIAZGlzcG9zaXRp"
                + "b249aW5saW5lAG5hbWU9RGVyIEZpbG0ubXA0AHJhdGU9NTAwMDAwAA.a.b~_-.K5SJ-UwgaZ6UtWYib8Bm_ELlngF_a1vAyFlHeqoFwJA"
        ),
        Vector(
            key: "k1", grant: Grant(.file(Self.latin1), expires: LinkTime(secondsSince1970: expiry)), path: Self.latin1,
            token:
                "2.ZmlsZT0vfmRpci9sYXRpbjEg6T0udHh0AGV4cGlyZXM9MTc4MDAwMzYwMAA.k1.U_Mu_BCFk27VuBczKaZ5Wysc-6T_z2uf1u0iRje4tZQ"
        ),
        Vector(
            key: "k1", grant: Self.counted[0], path: Array("reports/q3.pdf".utf8),
            token:
                "2.ZmlsZT0vcmVwb3J0cy9xMy5wZGYAZXhwaXJlcz0xNzgwMDAzNjAwAGlkPXNoYXJlLTQyAHVzZXM9MQA.k1.3-XBlVXVwKQd8qUIB_knmUlU8FtQey6F3SQEervu0-4"
        ),
        Vector(
            key: "k1", grant: Self.counted[1], path: Array("films/7/1.ts".utf8),
            token:
                "2.Zm9sZGVyPS9maWxtcy83AGV4cGlyZXM9MTc4MDAwMzYwMABpZD1zaGFyZS00MwBpc3N1ZWQ9MTc4MDAwMDAwMAB1c2VzPTUA.k1.BlimkoSvoMMRv3llCl1vA4Y4rzSuGoBuMVA7AOxE8wg"
        ),
    ]

    @Test("A token of the recipe is made alike, and valid in each place", arguments: Self.vectors)
    func otherPrograms(_ vector: Vector) throws {
        let grants = try SignedGrants(keys: [LinkKey(id: vector.key, secret: "s3cr3t")])
        #expect(try grants.token(vector.grant) == vector.token)
        var requests = [GrantPlace.query, .exchange].compactMap { place in
            (try? grants.link(vector.grant, to: vector.path, in: place)).map { (place, GrantRequest(link: $0)) }
        }
        requests.append((.path, GrantRequest(path: Array("/~\(vector.token)/".utf8) + vector.path)))
        var request = GrantRequest(path: vector.path)
        request.cookies = [vector.token]
        requests.append((.cookie, request))
        #expect(requests.count == 4)
        for (place, request) in requests {
            var request = request
            (request.clientAddress, request.user, request.version) = ("2001:db8::9", "Zoë=a", "\"6a-1f\"")
            request.asksLedger = true
            guard case .valid(let link) = grants.verify(request, at: grantTime) else {
                Issue.record("\(place) is \(grants.verify(request, at: grantTime))")
                continue
            }
            #expect(link.path == vector.path)
            #expect(link.name == vector.grant.name)
            #expect(link.expires == vector.grant.expires)
            #expect(link.keyID == vector.key)
            #expect(link.grant?.grant == vector.grant)
            #expect(link.grant?.place == place)
            #expect(link.grant?.token == vector.token)
            #expect(grants.verify(request, at: grantTime + .seconds(60)).statusCode == 200)
            #expect(grants.verify(request, at: grantTime + .seconds(61)) == .expired)
        }
    }

    @Test("A link contains the token at its place") func links() throws {
        let grants = try SignedGrants.test
        let grant = Grant("films/7/*")
        let token = Self.vectors[0].token
        #expect(try grants.link(grant, to: "films/7/a b.m3u8") == "/films/7/a%20b.m3u8?grant=\(token)")
        #expect(try grants.link(grant, to: "/films/7/a b.m3u8", in: .path) == "/~\(token)/films/7/a%20b.m3u8")
        #expect(try grants.link(grant, to: "films/7/a", in: .exchange) == "/films/7/a?exchange=\(token)")
        #expect(try grants.link(grant, to: "films/7/a", in: .cookie) == "/films/7/a?exchange=\(token)")
        #expect(try grants.link(Grant("reports/q3.pdf")) == "/reports/q3.pdf?grant=\(Self.vectors[1].token)")
    }
}
