import SignedLinks
import Testing

@Suite struct SignedLinksTests {
    @Test("Every path is verified unchanged", arguments: LinkFormat.all) func paths(_ format: LinkFormat) throws {
        let links = try SignedLinks(format: format, keys: [.test])
        var random = SplitMix(state: 1)
        for _ in 0..<2_000 {
            let path = random.path()
            let link = try links.link(to: path, expires: expiry)
            #expect(link.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            guard case .valid(let verified) = links.verify(link, at: expiry) else {
                Issue.record("\(link) is not valid")
                continue
            }
            #expect(verified.path == path)
            #expect(verified.keyID == "k1")
            #expect(verified.pathString == String(validating: path, as: UTF8.self))
        }
    }

    @Test("Names in different normal forms are different", arguments: LinkFormat.all) func normalForms(
        _ format: LinkFormat
    ) throws {
        let links = try SignedLinks(format: format, keys: [.test])
        let composed = try links.link(to: "\u{e9}.txt", expires: expiry)
        let decomposed = try links.link(to: "e\u{301}.txt", expires: expiry)
        #expect(composed.contains("%C3%A9.txt"))
        #expect(decomposed.contains("e%CC%81.txt"))
        let swapped = composed.replacing("%C3%A9", with: "e%CC%81")
        #expect(links.verify(swapped, at: expiry) == .invalid(.wrongSignature))
    }

    @Test(
        "An invalid path is an error",
        arguments: ["", "/", "//a", "a//b", "a/", ".", "..", "../a", "a/../b", "a/.", "a\0b"])
    func badPaths(_ path: String) throws {
        for format in LinkFormat.all {
            let links = try SignedLinks(format: format, keys: [.test])
            let error = #expect(throws: SignedLinksError.self) { try links.link(to: path, expires: expiry) }
            #expect(error?.code == .invalidPath)
            #expect(error?.description.contains("give a file's path") == true)
        }
    }

    @Test("A link is valid up to the second of its expiry", arguments: LinkFormat.all)
    func expires(_ format: LinkFormat) throws {
        let links = try SignedLinks(format: format, keys: [.test], timeout: 60)
        let link = try links.link(to: "a.txt", expires: expiry)
        for (now, status) in [(expiry - 60, 200), (expiry, 200), (expiry + 1, 410), (.max, 410)] {
            #expect(links.verify(link, at: now).statusCode == status)
        }
    }

    @Test("A link from a clock that is far ahead is refused as by lighttpd", arguments: LinkFormat.all)
    func future(_ format: LinkFormat) throws {
        let links = try SignedLinks(format: format, keys: [.test], timeout: 60)
        let link = try links.link(to: "a.txt", expires: expiry)
        if "\(format)".hasPrefix("lighttpd") {
            #expect(links.verify(link, at: expiry - 120).statusCode == 200)
            for now in [expiry - 121, 0, .min] { #expect(links.verify(link, at: now) == .invalid(.notYetValid)) }
        } else {
            for now in [expiry - 121, 0, .min] { #expect(links.verify(link, at: now).statusCode == 200) }
        }
    }

    @Test("An endless timeout does not overflow", arguments: LinkFormat.all)
    func longTimeout(_ format: LinkFormat) throws {
        let made = try SignedLinks(format: format, keys: [.test], timeout: 3600).link(to: "a.txt", expires: expiry)
        let links = try SignedLinks(format: format, keys: [.test], timeout: .max)
        let isTimed = format == .hmac || format == .nginxSecureLink
        #expect(links.verify(made, at: expiry + 1).statusCode == (isTimed ? 410 : 200))
        for end in [Int64.min, -1, .max] where !isTimed {
            let error = #expect(throws: SignedLinksError.self) { try links.link(to: "a.txt", expires: end) }
            #expect(error?.code == .invalidExpiry)
        }
    }

    @Test(
        "An expiry that the format cannot express is an error",
        arguments: [
            (LinkFormat.hmac, Int64(-1)), (.nginxSecureLink, 999_999_999), (.nginxSecureLink, 10_000_000_000),
            (.wsgiXSendfile, 3600), (.modAuthToken, 0xFFFF_FFFF + 3601), (.lighttpdSecdownload(.md5), .min),
        ])
    func badExpiry(_ format: LinkFormat, _ expires: Int64) throws {
        let links = try SignedLinks(format: format, keys: [.test], timeout: 3600)
        let error = #expect(throws: SignedLinksError.self) { try links.link(to: "a.txt", expires: expires) }
        #expect(error?.code == .invalidExpiry)
        #expect(error?.description.contains("\(expires)") == true)
    }

    @Test("The first key signs, all keys verify, and a removed key does not", arguments: LinkFormat.all)
    func rotation(_ format: LinkFormat) throws {
        let (old, new) = (LinkKey(id: "2025", secret: "old"), LinkKey(id: "2026", secret: "new"))
        let before = try SignedLinks(format: format, keys: [old])
        let during = try SignedLinks(format: format, keys: [new, old])
        let after = try SignedLinks(format: format, keys: [new])
        let first = try before.link(to: "a.txt", expires: expiry)
        let second = try during.link(to: "a.txt", expires: expiry)
        #expect(second == (try after.link(to: "a.txt", expires: expiry)))
        guard case .valid(let link) = during.verify(first, at: expiry) else {
            Issue.record("the old key does not verify")
            return
        }
        #expect(link.keyID == "2025")
        #expect(during.verify(second, at: expiry).statusCode == 200)
        #expect(during.verify(first, at: expiry + 1) == .expired)
        #expect(before.verify(second, at: expiry).statusCode == 404)
        #expect(after.verify(first, at: expiry) == .invalid(format == .hmac ? .unknownKey("2025") : .wrongSignature))
    }

    @Test("A key without a name is not in the link, and differs from those with one") func namelessKey() throws {
        let nameless = try SignedLinks(keys: [LinkKey(secret: "s3cr3t"), LinkKey(id: "k2", secret: "other")])
        let link = try nameless.link(to: "a.txt", expires: expiry)
        #expect(!link.contains("key="))
        #expect(nameless.verify(link, at: expiry).statusCode == 200)
        #expect(try SignedLinks(keys: [.test]).verify(link, at: expiry) == .invalid(.unknownKey("")))
    }

    @Test(
        "An invalid key is an error without the secret",
        arguments: [
            ([LinkKey](), Int64(1), SignedLinksError.Code.noKey), ([LinkKey(secret: "")], 1, .emptySecret),
            ([LinkKey(id: "a", secret: "s3cr3t"), LinkKey(id: "a", secret: "x")], 1, .duplicateKeyID),
            ([LinkKey(id: "a&b", secret: "s3cr3t")], 1, .invalidKeyID),
            ([LinkKey(id: String(repeating: "a", count: 65), secret: "s3cr3t")], 1, .invalidKeyID),
            ([.test], 0, .invalidTimeout), ([.test], -5, .invalidTimeout),
        ] as [([LinkKey], Int64, SignedLinksError.Code)])
    func badKeys(_ keys: [LinkKey], _ timeout: Int64, _ code: SignedLinksError.Code) {
        let error = #expect(throws: SignedLinksError.self) { try SignedLinks(keys: keys, timeout: timeout) }
        #expect(error?.code == code)
        #expect(error?.description.contains("s3cr3t") == false)
        #expect(error?.description.contains("; ") == true)
    }

    @Test("Each format has a name", arguments: LinkFormat.allNames) func names(_ name: String) throws {
        let format = try #require(LinkFormat(name))
        #expect(LinkFormat(format.description) == format)
        #expect(LinkFormat(name.uppercased()) == nil)
    }
}
