import Crypto
import SendfileBasics
import SignedLinks
import SignedLinksCDN
import Testing
import _CryptoExtras

/// Attacks on CloudFront's signatures without a private key, and keys that are none.
@Suite struct CloudFrontForgeryTests {
    private static let vectors = CloudFrontVector.all.filter {
        $0.policy != .pattern && $0.description.hasSuffix("default")
    }

    @Test("A URL with one changed, missing or additional byte is invalid or opens the same file", arguments: vectors)
    func mutation(_ vector: CloudFrontVector) throws {
        let links = try CloudFrontLinks.test
        for text in vector.target.mutations("A~\"") {
            let verdict = links.verify(CDNRequest(text, address: "203.0.113.9"), at: now)
            guard let link = verdict.link else {
                #expect(verdict.statusCode == 404)
                continue
            }
            // A policy for a folder covers other names.
            let isCovered = vector.policy == .folder && link.path.starts(with: "films/7/".utf8)
            #expect(isCovered || link.pathString == "films/7/index.m3u8", "\(text)")
        }
    }

    @Test("Each kind of wrong URL has one reason")
    func reasons() throws {
        let links = try CloudFrontLinks.test
        let path = "/films/7/1.ts"
        let right = try TestSigner.parameters(Array(TestSigner.policy("*").utf8))
        let other = try TestSigner.parameters(Array(TestSigner.policy("https://*").utf8))
        func target(_ policy: String?, _ signature: String?, _ id: String? = TestSigner.id, _ more: String = "")
            -> String
        {
            let pairs = [("Policy", policy), ("Signature", signature), ("Key-Pair-Id", id)]
            return "\(path)?" + pairs.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
                + more
        }
        let (policy, signature) = (right[0].1, right[1].1)
        let long = String(repeating: "A", count: 65_536)
        for (target, code) in [
            (path, LinkFlaw.Code.missingSignature), ("\(path)?Expires=1780003600", .missingSignature),
            ("\(path)?policy=\(policy)&signature=\(signature)&key-pair-id=Ktest", .missingSignature),
            (target(policy, signature, nil), .malformed), (target(policy, nil), .malformed),
            (target(nil, signature), .malformed), (target(policy, ""), .malformed),
            (target("", signature), .wrongSignature),
            (target(policy, signature, "Krsa"), .wrongSignature), (target(policy, signature, "Kother"), .unknownKey),
            (target(policy, signature, ""), .malformed), (target(policy, signature, "K%20"), .malformed),
            (target(policy, other[1].1), .wrongSignature), (target(other[0].1, signature), .wrongSignature),
            (target(signature, policy), .wrongSignature),
            (target(policy, signature, TestSigner.id, "&Hash-Algorithm=SHA256"), .wrongSignature),
            (target(policy, signature, TestSigner.id, "&Hash-Algorithm=MD5"), .malformed),
            (target(policy, signature, TestSigner.id, "&Policy=\(policy)"), .malformed),
            (target(policy, signature, TestSigner.id, "&Expires=1780003600"), .malformed),
            (target(nil, signature, TestSigner.id, "&Expires=soon"), .malformed),
            (target(nil, signature, TestSigner.id, "&Expires=01780003600"), .malformed),
            // Encoded twice, or in another alphabet.
            (target(PercentEncoding.text(policy.utf8, keeping: .init("")), signature), .malformed),
            (target(policy, signature.replacing("_", with: "=")), signature.contains("_") ? .malformed : nil),
            (target(long, signature), .malformed), (target(policy, long), .malformed),
            (target(policy, signature, long), .malformed),
            (target(nil, signature, TestSigner.id, "&Expires=\(long)"), .malformed),
            ("\(path)?__token__=exp=1780003600~acl=*~hmac=00", .missingSignature),
        ] {
            let verdict = links.verify(CDNRequest(target), at: now)
            #expect(verdict.flaw == code, "\(target.prefix(300)): \(verdict)")
        }
    }

    @Test("A custom policy is not a canned one of another URL")
    func injection() throws {
        let links = try CloudFrontLinks.test
        let url = "\(CloudFrontVector.url)/a.txt"
        // The text of this policy is that of a canned one for a URL with a quotation mark.
        let end = #""DateLessThan":{"AWS:EpochTime":1780003600}"#
        let text = #"{"Statement":[{"Resource":"\#(url)","Other":"","Condition":{\#(end)}}]}"#
        let signature = try TestSigner.signature(of: Array(text.utf8))
        let request = CDNRequest("/a.txt\",\"Other\":\"?Expires=1780003600&Signature=\(signature)&Key-Pair-Id=Ktest")
        #expect(links.verify(request, at: now).flaw == .malformed)
    }

    @Test("An invented request is invalid and does not end the program") func madeUp() throws {
        let links = try CloudFrontLinks.test
        let vector = try #require(CloudFrontVector.all.first)
        let parts = vector.target.split(separator: "&").map(String.init)
        let pieces =
            [
                "/", "?", "&", "=", "Policy=", "Signature=", "Expires=", "Key-Pair-Id=", "Krsa", "Kec", "e30_", "~",
                "_", "-", "%", "\0",
                "1780003600", "Hash-Algorithm=SHA256", "MAA_",
            ] + parts
        for seed in 0..<5_000 {
            var random = SystemRandomNumberGenerator()
            let count = seed % 9
            let text = "/" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let cookies = CloudFrontLinks.cookieNames.flatMap { name in
                (0..<Int.random(in: 0...2)).map { _ in (name, pieces.randomElement(using: &random) ?? "") }
            }
            let verdict = links.verify(CDNRequest(text, cookies: cookies), at: now)
            #expect(verdict.link == nil || verdict.link?.pathString == "films/7/index.m3u8", "\(text) \(cookies)")
        }
    }

    @Test("A key that CloudFront does not take is refused with a reason")
    func keys() throws {
        let pem = CloudFrontVector.keys[0].pem
        let long = String(repeating: "K", count: 65)
        for (id, pem, code) in [
            ("", pem, SignedLinksError.Code.invalidKeyID), ("a b", pem, .invalidKeyID), (long, pem, .invalidKeyID),
            ("K", "", .invalidKey), ("K", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", .invalidKey),
            ("K", String(pem.dropLast(30)), .invalidKey),
            ("K", P384.Signing.PrivateKey().publicKey.pemRepresentation, .invalidKey),
            ("K", P256.Signing.PrivateKey().pemRepresentation, .invalidKey),
            (
                "K", try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024)).publicKey.pemRepresentation,
                .invalidKey
            ),
        ] {
            let error = #expect(throws: SignedLinksError.self) { try CloudFrontKey(id: id, pem: pem) }
            #expect(error?.code == code, "\(id) \(pem)")
        }
        let key = try TestSigner.key
        #expect("\(key)" == "CloudFrontKey(Ktest)")
        for (keys, urls, code) in [
            ([], ["https://a"], SignedLinksError.Code.noKey), ([key, key], ["https://a"], .duplicateKeyID),
            ([key], [], .invalidURL), ([key], ["https://a/"], .invalidURL), ([key], ["ftp://a"], .invalidURL),
            ([key], ["https://"], .invalidURL), ([key], ["a.example.org"], .invalidURL),
            ([key], Array(repeating: "https://a", count: 9), .invalidURL),
        ] {
            let error = #expect(throws: SignedLinksError.self) { try CloudFrontLinks(keys: keys, urls: urls) }
            #expect(error?.code == code, "\(urls)")
        }
        _ = try CloudFrontLinks(keys: [key], urls: ["http://[::1]:8080", "https://d111111abcdef8.cloudfront.net"])
    }
}
