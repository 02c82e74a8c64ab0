import SignedLinks
import Testing

/// The client and the values of a use.
@Suite struct GrantUseTests {
    @Test(
        "A client is a user, an address, or the network of an IPv6 address",
        arguments: [
            ("ada", "192.0.2.7", "user ada"), ("", "192.0.2.7", "user "), (nil, "192.0.2.7", "address 192.0.2.7"),
            (nil, "::ffff:192.0.2.7", "address 192.0.2.7"), (nil, "2001:db8:1:2:3:4:5:6", "network 2001:db8:1:2::/64"),
            (nil, "2001:db8:1:2::9", "network 2001:db8:1:2::/64"), (nil, "::1", "network ::/64"),
            (nil, "unix:", "address unix:"),
        ] as [(String?, String, String)])
    func clients(_ user: String?, _ address: String, _ client: String) throws {
        #expect(try GrantUse.test(user: user, address: address).client == client)
    }

    @Test("Without a user and an address, each request is a client of its own") func unknown() throws {
        let clients = try [nil, nil, "", ""].map { try GrantUse.test(user: nil, address: $0).client }
        #expect(Set(clients).count == 4)
        #expect(clients.allSatisfy { $0.hasPrefix("unknown ") })
    }

    @Test("A use of the site's own permission has the values that it was given") func ownPermission() {
        let use = GrantUse(
            of: "share-7", file: "a%20b.txt", limit: 5, expires: LinkTime(secondsSince1970: 2_000), user: nil,
            address: "192.0.2.7", begins: true, window: .seconds(60), at: LinkTime(secondsSince1970: 1_000))
        #expect(use.id == "share-7" && use.limit == 5 && use.issued == nil && use.begins)
        #expect(use.client == "address 192.0.2.7" && use.file == "a%20b.txt" && use.window == .seconds(60))
        #expect(use.expires == LinkTime(secondsSince1970: 2_000) && use.time == LinkTime(secondsSince1970: 1_000))
        let other = GrantUse(
            of: "share-7", file: "a", expires: .now, user: "ada", address: "192.0.2.7", begins: false)
        #expect(other.client == "user ada" && other.limit == nil && !other.begins && other.window == GrantUse.day)
    }

    @Test("A use has the values of its grant") func values() throws {
        let use = try GrantUse.test(begins: false, after: 7) {
            ($0.uses, $0.issued) = (3, LinkTime(secondsSince1970: 5))
        }
        #expect(use.id == "share-42" && use.limit == 3 && use.issued == LinkTime(secondsSince1970: 5))
        #expect(use.expires == GrantUse.start + .seconds(3_607) && use.time == GrantUse.start + .seconds(7))
        #expect(use.file == "a%20b.txt" && !use.begins && use.window == .seconds(86_400))
        // A link without a grant.
        let links = try SignedLinks(keys: [LinkKey(secret: "s3cr3t")])
        let parts = try links.link(to: "a.txt", expires: .now + .seconds(60)).split(separator: "?")
        guard case .valid(let link) = links.verify(path: String(parts[0]), query: String(parts[1])) else {
            Issue.record("the link is invalid")
            return
        }
        #expect(GrantUse(link, user: "ada", address: nil, begins: true) == nil)
    }
}
