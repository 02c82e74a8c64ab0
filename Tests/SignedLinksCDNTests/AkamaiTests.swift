import Crypto
import SendfileBasics
import SignedLinks
import SignedLinksCDN
import Testing

/// Tokens of Akamai.
@Suite struct AkamaiTests {
    private static let address = "203.0.113.9"

    private static func tokens(_ vector: AkamaiVector? = nil) throws -> AkamaiTokens {
        let algorithm = try #require(AkamaiTokens.Algorithm(rawValue: vector?.algorithm ?? "sha256"))
        return try AkamaiTokens(keys: ["ffff", AkamaiVector.key], algorithm: algorithm, salt: vector?.salt)
    }

    /// Signs any text, as the library does with `escape_early` off.
    private static func sign(_ fields: String, hidden: String = "") -> String {
        let key = SymmetricKey(data: Hexadecimal.decode(Array(AkamaiVector.key.utf8)) ?? [])
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(fields)\(hidden)".utf8), using: key)
        return "\(fields)~hmac=\(Hexadecimal.encode(code))"
    }

    /// The requests with a token, one for each place.
    private static func requests(_ target: String, _ token: String) -> [(GrantPlace, CDNRequest)] {
        let address = token.contains("%3a") ? "2001:db8::9" : Self.address
        let mark = target.contains("?") ? "&" : "?"
        var field = CDNRequest(target, address: address)
        field.fields["hdnts"] = token
        return [
            (.query, CDNRequest("\(target)\(mark)__token__=\(token)", address: address)),
            (.query, CDNRequest("\(target)\(mark)hdnts=\(PercentEncoding.text(token.utf8))", address: address)),
            (.cookie, CDNRequest(target, cookies: [("hdnea", token)], address: address)), (.field, field),
        ]
    }

    @Test("A token of Akamai's library is valid in each place until its end", arguments: AkamaiVector.all)
    func vector(_ vector: AkamaiVector) throws {
        let tokens = try Self.tokens(vector)
        let end = LinkTime(secondsSince1970: 1_780_003_600)
        for (place, request) in Self.requests(vector.target, vector.token) {
            // A token that was escaped already is sent as it is.
            if vector.token.contains("%"), request.query.contains("%25") { continue }
            let link = try #require(tokens.verify(request, at: now).link, "\(place) \(request.query)")
            #expect(link.path == request.path.dropFirst().map { $0 })
            let grant = try #require(link.grant)
            #expect(grant.place == place && grant.token == vector.token && grant.grant.expires == end)
            #expect(tokens.verify(request, at: end).statusCode == 200)
            #expect(tokens.verify(request, at: end + .seconds(1)) == .expired)
            let isFolder = vector.token.contains("acl=/films/7/*")
            #expect(grant.grant.scope == (isFolder ? .folder("films/7") : .file(link.path)))
            #expect(grant.grant.id == (vector.token.contains("id=share-42") ? "share-42" : nil))
            guard vector.token.contains("ip=") else { continue }
            #expect(tokens.verify(request, at: LinkTime(secondsSince1970: 1_779_999_999)).flaw == .notYetValid)
            var other = request
            other.clientAddress = "203.0.113.10"
            #expect(tokens.verify(other, at: now).flaw == .otherAddress)
        }
    }

    @Test("A token is for its paths alone", arguments: AkamaiVector.all)
    func others(_ vector: AkamaiVector) throws {
        let tokens = try Self.tokens(vector)
        let hasList = vector.token.contains("acl=")
        for path in [
            "/films/70/1.m3u8", "/films/7", "/secret", "/films/9x/1.m3u8", "/x/films/7/1.m3u8", "/films/7/1.ts?.m3u8",
        ] {
            // The list with a star covers it.
            if vector.token.contains("acl=/films/7/*"), path.hasPrefix("/films/7/") { continue }
            for (_, request) in Self.requests(path, vector.token) {
                #expect(tokens.verify(request, at: now).flaw == (hasList ? .otherPath : .wrongSignature), "\(path)")
            }
        }
    }

    @Test("A token for a path is valid with any query, and one for a path and a query with that query")
    func query() throws {
        let tokens = try Self.tokens()
        let path = Self.sign("exp=1780003600", hidden: "~url=/a.txt")
        let whole = Self.sign("exp=1780003600", hidden: "~url=/a.txt?x=1&y=2")
        for (query, status) in [
            ("__token__=\(path)", 200), ("x=1&__token__=\(path)", 200), ("x=1&__token__=\(whole)&y=2", 200),
            ("x=1&__token__=\(whole)", 404), ("__token__=\(whole)", 404), ("y=2&x=1&__token__=\(whole)", 404),
            ("__token__=\(path)&__token__=\(path)", 404),
        ] {
            #expect(tokens.verify(CDNRequest("/a.txt?\(query)"), at: now).statusCode == status, "\(query)")
        }
    }

    @Test("Escaped lists and paths are those of both libraries")
    func escapes() throws {
        let tokens = try Self.tokens()
        let plain = "/a (1)!~*'.txt"
        let raw = PercentEncoding.text(plain.utf8, keeping: .init("/abcdefghijklmnopqrstuvwxyz0123456789.()!~*'"))
        #expect(raw == "/a%20(1)!~*'.txt")
        for signed in [raw, "%2fa%2520%281%29%21~%2a%27.txt", "%2fa%2520(1)!%7e%2a%27.txt"] {
            let token = Self.sign("exp=1780003600", hidden: "~url=\(signed)")
            #expect(tokens.verify(CDNRequest(raw, cookies: [("hdnts", token)]), at: now).statusCode == 200, "\(signed)")
        }
        // The decoded path is not what is signed, because another path may be spelled so.
        let token = Self.sign("exp=1780003600", hidden: "~url=\(plain)")
        #expect(tokens.verify(CDNRequest(raw, cookies: [("hdnts", token)]), at: now).flaw == .wrongSignature)
        for list in ["%2fa+(1)!%2fb%2f%2a", "%2Fa%20(1)%21%2Fb%2F*", "/a%20(1)!/b/*"] {
            let token = Self.sign("exp=1780003600~acl=\(list)")
            for (path, status) in [("/a%20(1)", 200), ("/b/c", 200), ("/a", 404), ("/c", 404)] {
                let request = CDNRequest(path, cookies: [("hdnts", token)])
                #expect(tokens.verify(request, at: now).statusCode == status, "\(list) \(path)")
            }
        }
    }

    @Test("Of several cookies one has to be valid, and the URL comes first")
    func cookies() throws {
        let tokens = try Self.tokens()
        let (right, other) = (Self.sign("exp=1780003600~acl=/a/*"), Self.sign("exp=1780003600~acl=/b/*"))
        let expired = Self.sign("exp=1780000000~acl=/a/*")
        for (target, cookies, status) in [
            ("/a/1", [other, right], 200), ("/a/1", ["x", right], 200), ("/a/1", [other, expired], 410),
            ("/a/1", [other], 404), ("/a/1?hdnts=\(other)", [right], 404), ("/a/1?hdnts=\(expired)", [right], 410),
            ("/a/1?hdnts=", [right], 404),
            ("/a/1", Array(repeating: other, count: 10) + [right], 404), ("/a/1", [], 404),
        ] {
            let request = CDNRequest(target, cookies: cookies.map { ("hdnts", $0) })
            #expect(tokens.verify(request, at: now).statusCode == status, "\(target) \(cookies)")
        }
        // A name that is not one of the settings.
        #expect(tokens.verify(CDNRequest("/a/1?token=\(right)"), at: now) == .invalid(.missingSignature))
        let named = try AkamaiTokens(keys: [AkamaiVector.key], names: ["token"])
        #expect(named.verify(CDNRequest("/a/1?token=\(right)"), at: now).statusCode == 200)
        #expect(named.verify(CDNRequest("/a/1?hdnts=\(right)"), at: now) == .invalid(.missingSignature))
    }

    @Test("A token with one changed, missing or additional byte is invalid", arguments: AkamaiVector.all)
    func mutation(_ vector: AkamaiVector) throws {
        let tokens = try Self.tokens(vector)
        let address = vector.token.contains("%3a") ? "2001:db8::9" : Self.address
        // Hexadecimal digits of the code are valid in both cases.
        for text in vector.token.mutations("a1~=*/%") where text.lowercased() != vector.token {
            let request = CDNRequest(vector.target, cookies: [("hdnts", text)], address: address)
            #expect(tokens.verify(request, at: now).statusCode == 404, "\(text)")
        }
    }

    @Test("Each kind of wrong token has one reason")
    func reasons() throws {
        let tokens = try Self.tokens()
        let long = String(repeating: "A", count: 65_536)
        let (end, list) = ("exp=1780003600", "acl=/*")
        let right = Self.sign("\(end)~\(list)")
        let cases: [(String, LinkFlaw.Code)] = [
            ("", .malformed), ("x", .malformed), (end, .malformed), ("hmac=00", .malformed),
            ("~hmac=00", .wrongSignature),
            (String(right.dropLast()), .malformed), (String(right.dropLast(2)), .wrongSignature),
            ("\(right)~x=1", .malformed),
            ("\(right)zz", .malformed), (long, .malformed), ("\(end)~data=\(long)~hmac=00", .malformed),
            // Encoded twice.
            (PercentEncoding.text(PercentEncoding.text(right.utf8).utf8), .malformed),
            ("2.Zm9v.k1.AAAA", .malformed),
            (Self.sign("\(list)~\(end)").replacing(list, with: "acl=/a"), .wrongSignature),
            // Signed by the site, and wrong.
            (Self.sign(list), .malformed), (Self.sign("exp=~\(list)"), .malformed),
            (Self.sign("exp=soon~\(list)"), .malformed),
            (Self.sign("exp=-1~\(list)"), .malformed), (Self.sign("\(end)~\(end)~\(list)"), .malformed),
            (Self.sign("\(end)~\(list)~st=x"), .malformed), (Self.sign("\(end)~\(list)~ip=x"), .malformed),
            (Self.sign("\(end)~\(list)~country=NZ"), .malformed), (Self.sign("\(end)~\(list)~"), .malformed),
            (Self.sign("\(end)~\(list)~data"), .malformed), (Self.sign("\(end)~acl="), .otherPath),
            (Self.sign("\(end)~acl=!"), .otherPath), (Self.sign("\(end)~\(list)~st=1780003000"), .notYetValid),
            // A path that looks like a list, and one that looks like the salt.
            (Self.sign("\(end)~url=/x~\(list)"), .malformed), (Self.sign("\(end)~\(list)~salt=x"), .malformed),
        ]
        for (token, code) in cases {
            let request = CDNRequest("/a.txt?hdnts=\(token)", address: Self.address)
            let verdict = tokens.verify(request, at: now - .seconds(3000))
            #expect(verdict.flaw == code, "\(token.prefix(200)): \(verdict)")
        }
        #expect(tokens.verify(CDNRequest("/a.txt?hdnts=\(right)"), at: now).statusCode == 200)
        for path in ["/", "//a", "/a/../b", "/a//b", "/a/"] {
            #expect(tokens.verify(CDNRequest("\(path)?hdnts=\(right)"), at: now).flaw == .malformed, "\(path)")
        }
        let salted = try AkamaiTokens(keys: [AkamaiVector.key], salt: "salty")
        #expect(salted.verify(CDNRequest("/a.txt?hdnts=\(right)"), at: now).flaw == .wrongSignature)
        let other = try AkamaiTokens(keys: [AkamaiVector.key], algorithm: .sha1)
        #expect(other.verify(CDNRequest("/a.txt?hdnts=\(right)"), at: now).flaw == .wrongSignature)
    }

    @Test("Invalid keys and names are refused with a reason that contains no key")
    func settings() {
        for (keys, names, code) in [
            ([], ["a"], SignedLinksError.Code.noKey), (["0"], ["a"], .invalidKey), ([""], ["a"], .invalidKey),
            (["0123", "xyz0"], ["a"], .invalidKey), (["0123"], [""], .invalidGrant), (["0123"], ["a b"], .invalidGrant),
        ] {
            let error = #expect(throws: SignedLinksError.self) { try AkamaiTokens(keys: keys, names: names) }
            #expect(error?.code == code)
            #expect(error?.description.contains("xyz0") != true)
        }
        let tokens = try? AkamaiTokens(keys: ["0123456789"], salt: "the salt")
        #expect(!"\(tokens as Any)".contains("the salt"))
    }
}
