import SignedLinks
import Testing

/// Links of the format for new links.
@Suite struct HMACTests {
    private static let combinations: [LinkBinding] = (0..<16).map { bits in
        LinkBinding(
            clientAddress: bits & 1 == 0 ? nil : "2001:db8::1", user: bits & 2 == 0 ? nil : "Zoë",
            method: bits & 4 == 0 ? nil : "GET", version: bits & 8 == 0 ? nil : "\"6a-1f\"")
    }

    @Test("A link is valid for exactly the values that it is bound to", arguments: Self.combinations)
    func bindings(_ binding: LinkBinding) throws {
        let links = try SignedLinks(keys: [.test])
        let link = try links.link(to: "a.txt", expires: expiry, binding: binding)
        for other in Self.combinations {
            #expect(
                links.verify(link, at: expiry, binding: other).statusCode == (other == binding ? 200 : 404))
        }
        for value in ["", "2001:db8::2", "Zoe\u{308}", "get", "W/\"6a-1f\""] {
            for field in [\LinkBinding.clientAddress, \.user, \.method, \.version] {
                var other = binding
                other[keyPath: field] = value
                #expect(links.verify(link, at: expiry, binding: other) == .invalid(.wrongSignature))
                #expect(links.verify(link, at: expiry + 1, binding: other) == .invalid(.wrongSignature))
            }
        }
        #expect(links.verify(link, at: expiry + 1, binding: binding) == .expired)
    }

    @Test("A NUL cannot make one binding equal to two") func nulInBinding() throws {
        let links = try SignedLinks(keys: [.test])
        let two = LinkBinding(user: "a", version: "1")
        let one = LinkBinding(user: "a\0version=1")
        let link = try links.link(to: "a.txt", expires: expiry, binding: two)
        #expect(links.verify(link, at: expiry, binding: one) == .invalid(.wrongSignature))
        let error = #expect(throws: SignedLinksError.self) {
            try links.link(to: "a.txt", expires: expiry, binding: one)
        }
        #expect(error?.code == .invalidBinding)
    }

    private static let signature = "Jf_d2ZfQ-8OlEbFTQ-_A166C54idw5Zvmf4jJaU6iQA"
    private static let noTime = LinkFlaw.malformed("expires is not a number of seconds")
    private static let noSignature = LinkFlaw.malformed("signature is not 43 characters of base64url")

    @Test(
        "A link has only one valid form",
        arguments: [
            ("expires=1780003600&key=k1&signature=\(Self.signature)", nil),
            // In any order, and with arguments that other programs have added.
            ("utm_source=a&signature=\(Self.signature)&x&&key=k1&expires=1780003600&y=%", nil),
            ("", .missingSignature), ("expires=1780003600&key=k1", .missingSignature),
            ("expires=1780003600&key=k1&Signature=\(Self.signature)", .missingSignature),
            ("key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=+1780003600&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=-1&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=01780003600&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=1780003600.0&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=0x6a18b310&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=1%3780003600&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=１７&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=9223372036854775808&key=k1&signature=\(Self.signature)", Self.noTime),
            ("expires=9223372036854775807&key=k1&signature=\(Self.signature)", .wrongSignature),
            ("expires=0&key=k1&signature=\(Self.signature)", .wrongSignature),
            ("expires=1780003600&key=k1&signature=", Self.noSignature),
            ("expires=1780003600&key=k1&signature=\(Self.signature)=", Self.noSignature),
            // The last character has two bits that belong to no byte.
            ("expires=1780003600&key=k1&signature=\(Self.signature.dropLast())B", Self.noSignature),
            ("expires=1780003600&key=k1&signature=\(Self.signature.replacing("_", with: "/"))", Self.noSignature),
            ("expires=1780003600&key=k2&signature=\(Self.signature)", .unknownKey("k2")),
            ("expires=1780003600&signature=\(Self.signature)", .unknownKey("")),
            ("expires=1780003600&key=k1%0a&signature=\(Self.signature)", .malformed("key is not a key's name")),
            (
                "expires=1780003600&expires=1780003600&key=k1&signature=\(Self.signature)",
                .malformed("expires is there 2 times")
            ),
            ("expires=1780003600&key=k1&key=&signature=\(Self.signature)", .malformed("key is there 2 times")),
            (
                "expires=1780003600&key=k1&signature=\(Self.signature)&signature&signature=1",
                .malformed("signature is there 3 times")
            ),
        ] as [(String, LinkFlaw?)])
    func queries(_ query: String, _ flaw: LinkFlaw?) throws {
        let verdict = try SignedLinks(keys: [.test]).verify(path: "/foo.txt", query: query, at: expiry)
        if let flaw {
            #expect(verdict == .invalid(flaw))
        } else {
            #expect(verdict.statusCode == 200)
        }
    }

    @Test("A path is valid with or without a leading slash, and in no other spelling")
    func paths() throws {
        let links = try SignedLinks(keys: [.test])
        let query = "expires=1780003600&key=k1&signature=\(Self.signature)"
        for (path, status) in [
            ("/foo.txt", 200), ("foo.txt", 200), ("//foo.txt", 404), ("/foo.txt/", 404), ("/./foo.txt", 404),
            ("/a/../foo.txt", 404), ("/FOO.txt", 404), ("/foo.txt\0", 404), ("", 404), ("/", 404),
        ] {
            #expect(links.verify(path: path, query: query, at: expiry).statusCode == status, "\(path)")
        }
    }

    @Test("The description of a flaw contains nothing from the link") func flaws() throws {
        let links = try SignedLinks(keys: [.test])
        let verdict = links.verify(path: "/a\r\nb", query: "expires=\r\n&key=\r\n&signature=\r\n", at: expiry)
        guard case .invalid(let flaw) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(!"\(flaw)".utf8.contains { $0 < 0x20 })
    }
}
