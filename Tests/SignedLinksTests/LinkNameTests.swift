import Crypto
import SignedLinks
import Testing

/// The name in a link under which the file is saved.
@Suite struct LinkNameTests {
    private let links: SignedLinks
    private let now: Int64 = 1_780_000_000

    init() throws {
        self.links = try SignedLinks(keys: [LinkKey(id: "k1", secret: "0123456789abcdef0123456789abcdef")])
    }

    @Test(
        "The name in a link is verified unchanged",
        arguments: [
            "a.txt", "a b.txt", "a&b=c.txt", "100%25.txt", "a+b", "日本語.txt", "a/b", "\u{1}", "name=x&signature=y",
        ])
    func roundTrip(_ name: String) throws {
        let link = try self.links.link(to: "q3.pdf", expires: self.now, name: name)
        guard case .valid(let verified) = self.verdict(link) else {
            Issue.record("\(link) is not valid")
            return
        }
        #expect(verified.name == name)
    }

    @Test("A link without a name has none")
    func none() throws {
        guard case .valid(let verified) = self.verdict(try self.links.link(to: "q3.pdf", expires: self.now)) else {
            Issue.record("not valid")
            return
        }
        #expect(verified.name == nil)
    }

    @Test("The name in a link cannot be changed, removed, added or repeated")
    func tampered() throws {
        let plain = try self.links.link(to: "q3.pdf", expires: self.now)
        let named = try self.links.link(to: "q3.pdf", expires: self.now, name: "good.txt")
        #expect(named.contains("&name=good.txt&"))
        for link in [
            named.replacing("good.txt", with: "evil.exe"), named.replacing("&name=good.txt", with: ""),
            named.replacing("&name=good.txt", with: "&name="), named.replacing("&name=good.txt", with: "&name"),
            "\(named)&name=good.txt", "\(plain)&name=evil.exe", "\(plain)&name=", "\(plain)&name=%",
            "\(plain)&name=%FF",
            named.replacing("good", with: "good%00"),
        ] {
            guard case .invalid = self.verdict(link) else {
                Issue.record("\(link) is \(self.verdict(link))")
                continue
            }
        }
        // The same name in any encoding.
        guard case .valid = self.verdict(named.replacing("good", with: "%67ood")) else {
            Issue.record("an encoded letter counts as another one")
            return
        }
    }

    @Test("A link bound to a user is not a link with that file name")
    func binding() throws {
        let bound = try self.links.link(to: "q3.pdf", expires: self.now, binding: LinkBinding(user: "eve"))
        let named = try self.links.link(to: "q3.pdf", expires: self.now, name: "eve")
        #expect(bound.split(separator: "signature=").last != named.split(separator: "signature=").last)
    }

    @Test("The signed message is the one in the article ExpiringLinks")
    func message() throws {
        let secret = "0123456789abcdef0123456789abcdef"
        let link = try self.links.link(
            to: "a b.pdf", expires: self.now, name: "Q3 report.pdf",
            binding: LinkBinding(clientAddress: "192.0.2.1", user: "alice", method: "GET"))
        let message =
            "sendfile-link-v1\0/a b.pdf\0\(self.now)\0address=192.0.2.1\0user=alice\0method=GET\0name=Q3 report.pdf\0"
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(message.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        let start = "/a%20b.pdf?expires=\(self.now)&name=Q3%20report.pdf&key=k1&signature="
        #expect(link.hasPrefix(start))
        #expect(Self.decoded(String(link.dropFirst(start.count))) == Array(code))
    }

    /// Base 64 for URLs, bit by bit.
    private static func decoded(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let bits = text.utf8.flatMap { character -> [UInt8] in
            let value = UInt8(alphabet.firstIndex(of: character) ?? 0)
            return (0..<6).map { value >> (5 - $0) & 1 }
        }
        return stride(from: 0, to: bits.count - 7, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
        }
    }

    @Test("An empty name, and one with a NUL, is refused", arguments: ["", "a\0b"])
    func refused(_ name: String) {
        let error = #expect(throws: SignedLinksError.self) {
            try self.links.link(to: "q3.pdf", expires: self.now, name: name)
        }
        #expect(error?.code == .invalidName)
    }

    @Test(
        "A name in another format is an error", arguments: LinkFormat.allNames.filter { $0 != "hmac" })
    func otherFormats(_ format: String) throws {
        let links = try SignedLinks(format: #require(LinkFormat(format)), keys: [LinkKey(secret: "secret")])
        let error = #expect(throws: SignedLinksError.self) {
            try links.link(to: "q3.pdf", expires: self.now, name: "a.txt")
        }
        #expect(error?.code == .invalidName)
        #expect(error?.description.contains("hmac") == true)
    }

    private func verdict(_ link: String) -> LinkVerdict {
        let parts = link.split(separator: "?", maxSplits: 1)
        return self.links.verify(path: String(parts[0]), query: String(parts[1]), at: self.now)
    }
}
