import Crypto
import SignedLinks
import Testing

/// Attacks on links without a key.
@Suite struct ForgeryTests {
    private static let path = Array("team 1/a%2f é.txt".utf8) + [0xE9]

    @Test("A link with one changed, missing or additional byte is invalid", arguments: LinkFormat.all)
    func mutation(_ format: LinkFormat) throws {
        // With a second key whose name is one byte away, and another secret.
        let links = try SignedLinks(format: format, keys: [.test, LinkKey(id: "k2", secret: "another")])
        let link = Array(try links.link(to: Self.path, expires: expiry).utf8)
        let request = LinkRequest(link)
        #expect(links.verify(request, at: expiry - 60).statusCode == 200)
        var changed = 0
        for index in link.indices {
            var missing = link
            missing.remove(at: index)
            // A target without the first slash is not a request.
            if index > 0 { #expect(links.verify(LinkRequest(missing), at: expiry - 60).statusCode == 404) }
            for byte in "/0.".utf8 {
                var more = link
                more.insert(byte, at: index)
                #expect(links.verify(LinkRequest(more), at: expiry - 60).statusCode == 404)
            }
            // Each bit of the byte, and bytes that would be another digit or have a meaning.
            let others = (0..<8).map { link[index] ^ 1 << $0 } + Array("0189afgzAFGZ-_.~/%?&=+; \0".utf8)
            for byte in others where byte != link[index] {
                var other = link
                other[index] = byte
                // Digits of percent-encoding or of a digest in the other case are the same request, or the same digest.
                let isSame = LinkRequest(other) == request || Self.isSameDigest(other, link, format)
                if isSame { continue }
                changed += 1
                let verdict = links.verify(LinkRequest(other), at: expiry - 60)
                if verdict.statusCode != 404 {
                    Issue.record("\(String(decoding: other, as: UTF8.self)) is \(verdict)")
                }
            }
        }
        #expect(changed > link.count * 28)
    }

    private static func isSameDigest(_ first: [UInt8], _ second: [UInt8], _ format: LinkFormat) -> Bool {
        guard format == .modAuthToken || format == .lighttpdSecdownload(.md5) else { return false }
        func lowercased(_ link: [UInt8]) -> [UInt8] {
            Array(String(decoding: link.prefix(33), as: UTF8.self).lowercased().utf8) + link.dropFirst(33)
        }
        return first.dropFirst(33) == second.dropFirst(33) && lowercased(first) == lowercased(second)
    }

    @Test(
        "A link of one format is invalid in another format with the same secret", arguments: LinkFormat.all,
        LinkFormat.all)
    func confusion(_ made: LinkFormat, _ read: LinkFormat) throws {
        let link = try SignedLinks(format: made, keys: [.test]).link(to: Self.path, expires: expiry)
        let verdict = try SignedLinks(format: read, keys: [.test]).verify(link, at: expiry)
        // mod_auth_token was modelled on mod_secdownload: these two formats are equal.
        let twins: Set<LinkFormat> = [.modAuthToken, .lighttpdSecdownload(.md5)]
        let isSame = made == read || twins == [made, read]
        #expect(verdict.statusCode == (isSame ? 200 : 404))
    }

    @Test("A link with a wrong signature gets the same verdict when expired", arguments: LinkFormat.all)
    func expiredForgery(_ format: LinkFormat) throws {
        let forger = try SignedLinks(format: format, keys: [LinkKey(secret: "guessed")])
        let link = try forger.link(to: "a.txt", expires: expiry)
        let links = try SignedLinks(format: format, keys: [LinkKey(secret: "s3cr3t")])
        #expect(links.verify(link, at: expiry + 1000) == .invalid(.wrongSignature))
    }

    @Test(
        "Digits cannot move between the path and the time",
        arguments: [
            (LinkFormat.wsgiXSendfile, "-"), (.modAuthToken, "/"), (.lighttpdSecdownload(.md5), "/"),
        ])
    func wandering(_ format: LinkFormat, _ separator: String) throws {
        let links = try SignedLinks(format: format, keys: [.test], timeout: 3600)
        let link = try links.link(to: "part1", expires: expiry)
        let token = link.dropFirst().prefix(32)
        #expect(link == "/\(token)\(separator)6a18a500/part1")
        // In the original formulas, the first two have the same signed bytes.
        let forged = [("16a18a500", "part"), ("a18a500", "part16"), ("0a18a500", "part16"), ("06a18a500", "part1")]
        for (time, path) in forged {
            #expect(links.verify("/\(token)\(separator)\(time)/\(path)", at: expiry).statusCode == 404)
        }
    }

    @Test("Digits cannot move between nginx's $uri and the expiry after it") func nginxWandering() throws {
        let format = LinkFormat.nginxSecureLink(expression: "{secret}$uri$arg_expires")
        let links = try SignedLinks(format: format, keys: [.test])
        let link = try links.link(to: "part1", expires: expiry)
        #expect(links.verify(link, at: expiry).statusCode == 200)
        let forged = link.replacing("part1", with: "part").replacing("expires=", with: "expires=1")
        #expect(links.verify(forged, at: expiry) == .invalid(.malformed("expires is not a time of ten digits")))
    }

    @Test(
        "A link with an extended MD5 is refused, although the MD5 is correct",
        arguments: [LinkFormat.wsgiXSendfile, .modAuthToken])
    func extended(_ format: LinkFormat) throws {
        let separator = format == .wsgiXSendfile ? "-" : "/"
        let slash: [UInt8] = format == .wsgiXSendfile ? [] : [UInt8(ascii: "/")]
        let links = try SignedLinks(format: format, keys: [.test], timeout: 3600)
        // The bytes that MD5 itself appends to secret, path and time: from the digest, the computation can be
        // continued.
        let signed = Array("s3cr3t".utf8) + slash + Array("a.txt6a18a500".utf8)
        let zeros = [UInt8](repeating: 0, count: 55 - signed.count)
        let padding = [0x80] + zeros + [UInt8(signed.count * 8)] + [UInt8](repeating: 0, count: 7)
        let path = Array("a.txt6a18a500".utf8) + padding + Array("/../b.txt".utf8)
        let digest = Insecure.MD5.hash(data: Array("s3cr3t".utf8) + slash + path + Array("6a18a500".utf8))
        let token = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let request = Array("/\(token)\(separator)6a18a500/".utf8) + path
        #expect(
            links.verify(path: request, query: "", at: expiry)
                == .invalid(.malformed("no file has the path: it contains a NUL byte")))
    }

    @Test("An invented link is invalid and does not end the program", arguments: LinkFormat.all)
    func madeUp(_ format: LinkFormat) throws {
        let links = try SignedLinks(format: format, keys: [.test], timeout: .max)
        let token = try links.format.sampleToken()
        let pieces =
            [
                "/", "/", token, "-", "6a18a500", "a.txt", "?", "expires=", "1780003600", "&", "key=", "k1", "md5=",
                "=",
                "signature=", "%", "e\u{301}", "\0", "9223372036854775807", "ffffffff", "A", "é",
            ].map { Array($0.utf8) } + [[0xFF]]
        var random = SplitMix(state: 4)
        for _ in 0..<20_000 {
            let request = LinkRequest(random.bytes(of: pieces, 0...9))
            let now = [Int64.min, 0, expiry, .max].randomElement(using: &random)!
            let verdict = links.verify(request, at: now)
            if verdict.statusCode != 404 { Issue.record("\(request) is \(verdict)") }
        }
    }

    @Test("Two links have the same signature only if they have the same content") func injective() throws {
        struct Meaning: Hashable {
            let path: [UInt8]
            let expires: Int64
            let binding: LinkBinding
        }
        let links = try SignedLinks(keys: [.test])
        var random = SplitMix(state: 3)
        var seen: [Substring: Meaning] = [:]
        let values = ["", "1", "a", "user=a", "address=", "method=GET", "=", "\n"]
        for _ in 0..<5_000 {
            func value() -> String? { Bool.random(using: &random) ? values.randomElement(using: &random) : nil }
            let meaning = Meaning(
                path: random.bytes(of: ["a", "1", "=", "user=a"].map { Array($0.utf8) }, 1...3),
                expires: Int64.random(in: 0...12, using: &random),
                binding: LinkBinding(clientAddress: value(), user: value(), method: value(), version: value()))
            let link = try links.link(to: meaning.path, expires: meaning.expires, binding: meaning.binding)
            let signature = link.suffix(43)
            #expect(seen.updateValue(meaning, forKey: signature) ?? meaning == meaning)
        }
        #expect(seen.count > 3_000)
    }
}

extension LinkFormat {
    /// A signature of the right length, with another secret.
    fileprivate func sampleToken() throws -> String {
        let link = try SignedLinks(format: self, keys: [LinkKey(secret: "guessed")], timeout: 3600)
            .link(to: "a.txt", expires: expiry)
        return switch self {
        case .hmac: String(link.suffix(43))
        case .nginxSecureLink: String(link.drop { $0 != "=" }.dropFirst().prefix(22))
        case .wsgiXSendfile: String(link.dropFirst().prefix(32))
        default: String(link.dropFirst().prefix { $0 != "/" })
        }
    }
}
