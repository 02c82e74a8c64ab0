import SendfileBasics
import SignedLinks
import SignedLinksCDN
import Testing

/// Signed URLs and cookies of CloudFront.
@Suite struct CloudFrontTests {
    /// A request that meets the limits of each vector.
    private static func request(_ vector: CloudFrontVector, _ target: String? = nil) -> CDNRequest {
        CDNRequest(target ?? vector.target, address: "203.0.113.9")
    }

    @Test("A URL that botocore signed is valid until the second before its end", arguments: CloudFrontVector.all)
    func vector(_ vector: CloudFrontVector) throws {
        let links = try CloudFrontLinks.test
        let request = Self.request(vector)
        let link = try #require(links.verify(request, at: now).link)
        #expect(link.pathString == "films/7/index.m3u8")
        #expect(link.keyID == (vector.description.contains("RSA") ? "Krsa" : "Kec"))
        let grant = try #require(link.grant)
        #expect(grant.place == .query)
        #expect(grant.grant.expires == CloudFrontVector.end - .seconds(1))
        #expect(links.verify(request, at: CloudFrontVector.end - .seconds(1)).statusCode == 200)
        #expect(links.verify(request, at: CloudFrontVector.end) == .expired)
        let start = LinkTime(secondsSince1970: 1_780_000_000)
        switch vector.policy {
        case .canned:
            #expect(grant.grant.scope == .file("films/7/index.m3u8"))
            #expect(grant.grant.networks.isEmpty && grant.grant.notBefore == nil)
        case .folder:
            #expect(grant.grant.scope == .folder("films/7"))
            #expect(grant.grant.networks.map(\.description) == ["203.0.113.0/24"])
            #expect(grant.grant.notBefore == start + .seconds(1))
            #expect(links.verify(request, at: start).flaw == .notYetValid)
            #expect(links.verify(request, at: start + .seconds(1)).statusCode == 200)
        case .pattern:
            #expect(grant.grant.scope == .file("films/7/index.m3u8"))
            #expect(grant.grant.networks.map(\.description) == ["203.0.113.9"])
        }
    }

    @Test("A signed URL is for its files, its host and its clients alone", arguments: CloudFrontVector.all)
    func others(_ vector: CloudFrontVector) throws {
        let links = try CloudFrontLinks.test
        func flaw(_ old: String, _ new: String) -> LinkFlaw.Code? {
            let target = vector.target.replacing(old, with: new)
            #expect(target != vector.target)
            return links.verify(Self.request(vector, target), at: now).flaw
        }
        let wrong: LinkFlaw.Code = vector.policy == .canned ? .wrongSignature : .otherPath
        #expect(flaw("/films/7/", "/films/70/") == wrong)
        #expect(flaw("/films/7/index.m3u8", "/films/7") == wrong)
        // The first star of the pattern is for the host.
        #expect(flaw("/films/7/", "/secret/films/7/") == (vector.policy == .pattern ? nil : wrong))
        // The same file in another spelling is another URL.
        #expect(flaw("/films/7/", "/%66ilms/7/") == wrong)
        #expect(flaw("index.m3u8", "index%2Em3u8") == (vector.policy == .folder ? nil : wrong))
        #expect(flaw("/films/7/", "/films/7/../8/") != nil)
        let other = try CloudFrontLinks(
            keys: CloudFrontVector.keys.map { try CloudFrontKey(id: $0.id, pem: $0.pem) },
            urls: ["https://d222222abcdef8.cloudfront.net"])
        #expect(other.verify(Self.request(vector), at: now).flaw == (vector.policy == .pattern ? nil : wrong))
        if vector.policy != .canned {
            for (address, code) in [
                ("198.51.100.1", LinkFlaw.Code.otherAddress), ("::1", .otherAddress), (nil, .missingBinding),
            ] {
                #expect(links.verify(CDNRequest(vector.target, address: address), at: now).flaw == code)
            }
        }
    }

    @Test("The query of a URL belongs to it, without CloudFront's parameters in any order")
    func query() throws {
        let links = try CloudFrontLinks.test
        let vector = try #require(CloudFrontVector.all.first { $0.target.contains("?size=large&x=1&") })
        let parameters = String(vector.target.split(separator: "?size=large&x=1&")[1])
        let turned = parameters.split(separator: "&").reversed().joined(separator: "&")
        for (query, status) in [
            ("size=large&x=1&\(turned)", 200), ("\(turned)&size=large&x=1", 200),
            ("size=large&\(turned)&x=1", 200), ("x=1&size=large&\(turned)", 404), ("size=large&\(turned)", 404),
            ("size=large&x=1&x=1&\(turned)", 404), ("size=large&x=%31&\(turned)", 404),
            ("size=large&x=1&\(turned)&Expires=1780003600", 404),
        ] {
            let request = CDNRequest("/films/7/index.m3u8?\(query)")
            #expect(links.verify(request, at: now).statusCode == status, "\(query)")
        }
    }

    /// The parameters of a target as cookies.
    private static func cookies(_ target: String) -> [(String, String)] {
        target.split(separator: "?")[1].split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            return CloudFrontLinks.cookieNames.contains("CloudFront-\(parts[0])")
                ? ("CloudFront-\(parts[0])", String(parts[1])) : nil
        }
    }

    @Test("Cookies are valid as parameters are", arguments: CloudFrontVector.all)
    func cookies(_ vector: CloudFrontVector) throws {
        let links = try CloudFrontLinks.test
        let query = vector.target.contains("?size") ? "?size=large&x=1" : ""
        let cookies = Self.cookies(vector.target)
        let request = CDNRequest("/films/7/index.m3u8\(query)", cookies: cookies, address: "203.0.113.9")
        #expect(links.verify(request, at: now).link?.grant?.place == .cookie)
        #expect(links.verify(request, at: CloudFrontVector.end) == .expired)
        // An incomplete set of cookies.
        for missing in cookies.indices where cookies[missing].0 != "CloudFront-Hash-Algorithm" {
            var some = cookies
            some.remove(at: missing)
            let request = CDNRequest("/films/7/index.m3u8\(query)", cookies: some, address: "203.0.113.9")
            #expect(links.verify(request, at: now).statusCode == 404, "\(some)")
        }
    }

    @Test("Of several cookies one has to be valid, and a signed URL comes first")
    func duplicates() throws {
        let links = try CloudFrontLinks.test
        func set(_ resource: String, _ condition: String? = nil) throws -> [(String, String)] {
            let text = TestSigner.policy(
                "\(CloudFrontVector.url)\(resource)", condition ?? #""DateLessThan":{"AWS:EpochTime":1780003600}"#)
            return try TestSigner.parameters(Array(text.utf8)).map { ("CloudFront-\($0)", $1) }
        }
        let (right, other) = (try set("/films/7/*"), try set("/films/8/*"))
        let expired = try set("/films/7/*", #""DateLessThan":{"AWS:EpochTime":1780000000}"#)
        // The id is set for the shortest path alone.
        let rightOnly = right.filter { $0.0 != "CloudFront-Key-Pair-Id" }
        for (cookies, status) in [
            (other + right, 200), (right + other, 200), (rightOnly + other, 200), (expired + other, 410), (other, 404),
            (other + other + other + other + other + right, 404), ([("CloudFront-Signature", "x")] + right, 200),
        ] {
            let request = CDNRequest("/films/7/1.ts", cookies: cookies)
            #expect(links.verify(request, at: now).statusCode == status, "\(cookies)")
        }
        let url = try TestSigner.target("/films/7/1.ts", policy: TestSigner.policy("\(CloudFrontVector.url)/films/8/*"))
        #expect(links.verify(CDNRequest(url, cookies: right), at: now).flaw == .otherPath)
        // Both kinds of policy with one signature: that which it signs counts.
        let both = right + [("CloudFront-Expires", "1780009999")]
        #expect(links.verify(CDNRequest("/films/7/1.ts", cookies: both), at: now).statusCode == 200)
        #expect(links.verify(CDNRequest("/films/7/1.ts"), at: now) == .invalid(.missingSignature))
    }

    @Test("A policy without a resource covers each file, and spaces and escapes in its text do not matter")
    func texts() throws {
        let links = try CloudFrontLinks.test
        for text in [
            #"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1780003600}}}]}"#,
            "{ \"Statement\" : [\n{\"Resource\":\"*\", \"Condition\":{\"DateLessThan\": {\"AWS:EpochTime\": 1780003600 }}}]}\n",
            #"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1780003600}},"Resource":"https:\/\/cdn.example.org\/a\u002a"}]}"#,
            TestSigner.policy(
                "https://cdn.example.org/a.txt",
                #""DateLessThan":{"AWS:EpochTime":1780003600},"IpAddress":{"AWS:SourceIp":"192.0.2.1/24"}"#),
        ] {
            let request = CDNRequest(try TestSigner.target("/a.txt", policy: text), address: "192.0.2.77")
            #expect(links.verify(request, at: now).statusCode == 200, "\(text)")
        }
    }

    @Test("A policy with another content is invalid, although its signature is correct")
    func content() throws {
        let links = try CloudFrontLinks.test
        let end = #""DateLessThan":{"AWS:EpochTime":1780003600}"#
        let wrong = [
            "", "x", "null", "{}", "[]", #"{"Statement":{}}"#, #"{"Statement":[]}"#, #"{"Statement":[{}]}"#,
            #"{"Statement":[{"Resource":"*"}]}"#, #"{"Statement":[{"Resource":"*","Condition":{}}]}"#,
            #"{"Statement":[{"Resource":["*"],"Condition":{\#(end)}}]}"#,
            #"{"Statement":[{"Resource":"*","Condition":{\#(end)}},{"Resource":"*","Condition":{\#(end)}}]}"#,
            #"{"Version":"2012-10-17","Statement":[{"Resource":"*","Condition":{\#(end)}}]}"#,
            #"{"Statement":[{"Effect":"Deny","Resource":"*","Condition":{\#(end)}}]}"#,
            TestSigner.policy("*", "\(end),\"DateEquals\":{\"AWS:EpochTime\":1}"),
            TestSigner.policy("*", #""DateGreaterThan":{"AWS:EpochTime":1}"#),
            TestSigner.policy("*", #""DateLessThan":{"AWS:EpochTime":"1780003600"}"#),
            TestSigner.policy("*", #""DateLessThan":{"AWS:EpochTime":-1}"#),
            TestSigner.policy("*", #""DateLessThan":{"AWS:EpochTime":1e300}"#),
            TestSigner.policy("*", #""DateLessThan":{"AWS:CurrentTime":1780003600}"#),
            TestSigner.policy("*", "\(end),\"IpAddress\":{}"),
            TestSigner.policy("*", "\(end),\"IpAddress\":{\"AWS:SourceIp\":\"\"}"),
            TestSigner.policy("*", "\(end),\"IpAddress\":{\"AWS:SourceIp\":[\"192.0.2.1\"]}"),
            TestSigner.policy("*", "\(end),\"IpAddress\":{\"AWS:SourceIp\":\"192.0.2.1/33\"}"),
            TestSigner.policy("*") + "x", String(repeating: "[", count: 1_000),
        ]
        for text in wrong {
            let request = CDNRequest(try TestSigner.target("/a.txt", policy: text), address: "192.0.2.1")
            let verdict = links.verify(request, at: now)
            #expect(verdict.flaw == .malformed, "\(text): \(verdict)")
        }
        #expect(
            links.verify(CDNRequest(try TestSigner.target("/a.txt", policy: TestSigner.policy("*"))), at: now).flaw
                == nil)
    }
}
