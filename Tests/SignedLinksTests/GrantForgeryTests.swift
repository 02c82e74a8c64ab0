import SendfileBasics
import SignedLinks
import Testing

/// Attacks on grants without a key, and tokens of programs that sign wrongly.
@Suite struct GrantForgeryTests {
    private static let token = GrantVectorTests.vectors[0].token

    @Test(
        "A token with one changed, missing or additional byte is invalid",
        arguments: [GrantPlace.query, .path, .cookie])
    func mutation(_ place: GrantPlace) throws {
        // With a second key whose name is one byte away, and another secret.
        let grants = try SignedGrants(keys: [.test, LinkKey(id: "k2", secret: "another")])
        func status(_ token: [UInt8]) -> Int {
            let token = String(decoding: token, as: UTF8.self)
            let request =
                switch place {
                case .query: GrantRequest(path: "/films/7/1.ts", query: "grant=\(token)")
                case .path: GrantRequest(path: "/~\(token)/films/7/1.ts")
                default: GrantRequest("/films/7/1.ts", cookies: token)
                }
            return grants.verify(request, at: grantTime).statusCode
        }
        let token = Array(Self.token.utf8)
        #expect(status(token) == 200)
        for index in token.indices {
            #expect(status(Array(token[..<index])) == 404)
            var missing = token
            missing.remove(at: index)
            #expect(status(missing) == 404)
            for byte in "A.2%=".utf8 {
                var more = token
                more.insert(byte, at: index)
                #expect(status(more) == 404)
            }
            let others = (0..<7).map { token[index] ^ 1 << $0 } + Array("09afgzAFGZ-_.~/%?=+; \0".utf8)
            for byte in others where byte != token[index] {
                var other = token
                other[index] = byte
                if status(other) != 404 { Issue.record("\(String(decoding: other, as: UTF8.self))") }
            }
        }
    }

    @Test("Each kind of wrong token has one reason")
    func reasons() throws {
        let grants = try SignedGrants.test
        let stranger = try SignedGrants(keys: [LinkKey(id: "k1", secret: "guessed")]).token(Grant("*"))
        let unnamed = try SignedGrants(keys: [LinkKey(secret: "s3cr3t")]).token(Grant("*"))
        let parts = Self.token.split(separator: ".")
        let other = GrantVectorTests.vectors[1].token.split(separator: ".")
        for (token, code) in [
            ("", LinkFlaw.Code.malformed), ("1.\(parts[1]).k1.\(parts[3])", .malformed),
            ("3.\(parts[1]).k1.\(parts[3])", .malformed), ("\(parts[1])", .malformed),
            ("2.\(parts[1]).\(parts[3])", .malformed), (stranger, .wrongSignature), (unnamed, .unknownKey),
            // Fields of one token with the signature of another.
            ("2.\(parts[1]).k1.\(other[3])", .wrongSignature), ("2.\(other[1]).k1.\(parts[3])", .wrongSignature),
            ("2.\(parts[1]).k2.\(parts[3])", .unknownKey), ("2..k1.\(parts[3])", .wrongSignature),
            ("2.\(parts[1]).k1.\(parts[3])=", .malformed), ("2.\(parts[1]).k1%.\(parts[3])", .malformed),
            // Encoded twice.
            (PercentEncoding.text(Self.token.replacing(".", with: "%2E").utf8), .malformed),
            (String(repeating: "2.", count: 2_001), .malformed),
            (String(repeating: "A", count: 65_536), .malformed),
            ("2." + String(repeating: "A", count: 65_536) + ".k1.\(parts[3])", .malformed),
        ] {
            for request in [
                GrantRequest(path: "/films/7/1.ts", query: "grant=\(token)"),
                GrantRequest("/films/7/1.ts", cookies: token),
            ] {
                guard case .invalid(let flaw) = grants.verify(request, at: grantTime) else {
                    Issue.record("\(token.prefix(200)) is valid")
                    continue
                }
                #expect(flaw.code == code, "\(token.prefix(200)): \(flaw)")
            }
        }
    }

    @Test("A token of another program that signs wrongly is invalid, and not misread")
    func fields() throws {
        let grants = try SignedGrants.test
        let end = "expires=1780003600"
        let right = SignedText.token("folder=/films/7", end)
        #expect(right == Self.token)
        // In any order.
        let turned = SignedText.token(end, "method=HEAD", "folder=/films", "method=GET")
        #expect(grants.verify(GrantRequest("/films/7/1.ts", cookies: turned), at: grantTime).statusCode == 200)
        let wrong = [
            SignedText.token(end), SignedText.token("folder=/films"),
            SignedText.token("folder=/films", "file=/films/7/1.ts", end),
            SignedText.token("folder=/films", "folder=/", end), SignedText.token("folder=/films", end, end),
            SignedText.token("folder=films", end), SignedText.token("folder=", end),
            SignedText.token("folder=/films/", end),
            SignedText.token("folder=//films", end), SignedText.token("folder=//", end),
            SignedText.token("file=/", end),
            SignedText.token("folder=/films/../films", end), SignedText.token("folder=/films", "expires=01780003600"),
            SignedText.token("folder=/films", "expires=-1"), SignedText.token("folder=/films", "expires=1780003600.5"),
            SignedText.token("folder=/films", "expires=9223372036854775808"),
            SignedText.token("folder=/films", "expires="),
            SignedText.token("folder=/films", end, "from=soon"),
            SignedText.token("folder=/films", end, "from=1780003601"),
            SignedText.token("folder=/films", end, "id="), SignedText.token("folder=/films", end, "id=a b"),
            SignedText.token("folder=/films", end, "method="),
            SignedText.token("folder=/films", end, "method=GET", "method=GET"),
            SignedText.token("folder=/films", end, "network=203.0.113.9/24"),
            SignedText.token("folder=/films", end, "network="),
            SignedText.token("folder=/films", end, "user=a", "user=b"), SignedText.token("folder=/films", end, "name="),
            SignedText.token("folder=/films", end, "disposition=show"),
            SignedText.token("folder=/films", end, "rate=0"),
            SignedText.token("folder=/films", end, "rate=4294967296"),
            SignedText.token("folder=/films", end, "rate=1k"),
            SignedText.token("folder=/films", end, "issued=1780003601"),
            SignedText.token("folder=/films", end, "issued=-1"), SignedText.token("folder=/films", end, "uses=5"),
            SignedText.token("folder=/films", end, "id=a", "uses=0"),
            SignedText.token("folder=/films", end, "id=a", "uses=4294967296"),
            SignedText.token("folder=/films", end, "id=a", "uses=05"),
            SignedText.token("folder=/films", end, "id=a", "uses=5", "uses=6"),
            SignedText.token("folder=/films", end, "id=a", "uses="),
            SignedText.token("folder=/films", end, "id=a", "once"),
            SignedText.token("folder=/films", end, "country=NZ"), SignedText.token("folder=/films", end, "Method=GET"),
            SignedText.token("folder=/films", end, "user"), SignedText.token("folder=/films", end, ""),
            SignedText.token(Array("folder=/films\0\(end)".utf8)), SignedText.token([]), SignedText.token([0]),
            SignedText.token(Array("folder=/films\0\(end)\0name=".utf8) + [0xFF, 0]),
        ]
        for token in wrong {
            let verdict = grants.verify(GrantRequest("/films/7/1.ts", cookies: token), at: grantTime)
            guard case .invalid(let flaw) = verdict else {
                Issue.record("\(token) is \(verdict)")
                continue
            }
            #expect(flaw.code == .malformed)
            #expect(!"\(flaw)".utf8.contains { $0 < 0x20 })
        }
        #expect(Set(wrong).count == wrong.count)
    }

    @Test("Links, grants and signed values of one secret are not one another") func confusion() throws {
        let grants = try SignedGrants.test
        let links = try SignedLinks(keys: [.test])
        let token = try grants.token(Grant("a.txt"))
        let signature = String(token.suffix(43))
        let link = try links.link(to: "a.txt", expires: expiry)
        #expect(
            links.verify("/a.txt?expires=1780003600&key=k1&signature=\(signature)", at: expiry)
                == .invalid(.wrongSignature))
        #expect(links.verify("/a.txt?grant=\(token)", at: expiry) == .invalid(.missingSignature))
        #expect(grants.verify(GrantRequest(link: link), at: grantTime) == .invalid(.missingSignature))
        let forged = token.replacing(signature, with: String(link.suffix(43)))
        #expect(grants.verify(GrantRequest("a.txt", cookies: forged), at: grantTime) == .invalid(.wrongSignature))
        let values = try SignedValues(purpose: "sendfile-grant-v2", keys: [.test])
        #expect(values.verify(token, at: grantTime) == nil)
        let value = values.sign("folder=/\0", expires: grantTime)
        #expect(grants.verify(GrantRequest("a.txt", cookies: value), at: grantTime).statusCode == 404)
        // A link of the first version stays one with an argument of that name, and to a file with that beginning.
        #expect(links.verify("\(link)&grant=\(token)", at: expiry).statusCode == 200)
        let named = try links.link(to: "~2.a/a.txt", expires: expiry)
        #expect(links.verify(named, at: expiry).statusCode == 200)
        #expect(grants.verify(GrantRequest(link: named), at: grantTime).statusCode == 404)
    }

    @Test("Two signed grants have the same token only if they are equal") func injective() throws {
        let grants = try SignedGrants.test
        var random = SplitMix(state: 5)
        var seen: [String: Grant] = [:]
        let texts = ["a", "1", "user=a", "=", "method=GET", "\n", "b"]
        for _ in 0..<5_000 {
            func text() -> String? { Bool.random(using: &random) ? texts.randomElement(using: &random) : nil }
            var grant = Grant(text() ?? "x", expires: LinkTime(secondsSince1970: .random(in: 10...12, using: &random)))
            if Bool.random(using: &random) { grant.scope = .folder(text() ?? "") }
            (grant.user, grant.version, grant.name) = (text(), text(), text())
            grant.notBefore = Bool.random(using: &random) ? LinkTime(secondsSince1970: 1) : nil
            let token = try grants.token(grant)
            #expect(seen.updateValue(grant, forKey: token) ?? grant == grant)
        }
        #expect(seen.count > 2_000)
    }

    @Test("An invented request is invalid and does not end the program") func madeUp() throws {
        let grants = try SignedGrants(keys: [.test])
        let stranger = try SignedGrants(keys: [LinkKey(id: "k1", secret: "guessed")]).token(Grant("*"))
        let pieces =
            [
                "/", "~", "~2.", "2.", ".", "grant=", "exchange=", "&", "k1", "?", "=", "%", "%2e", "..", "\0", "é",
                stranger, "Zm9v",
            ]
            .map { Array($0.utf8) } + [[0xFF]]
        var random = SplitMix(state: 6)
        for _ in 0..<20_000 {
            var request = GrantRequest(link: random.bytes(of: pieces, 0...9))
            let cookies = (0..<Int.random(in: 0...3, using: &random)).map { _ in random.bytes(of: pieces, 0...5) }
            request.cookies = cookies.map { String(decoding: $0, as: UTF8.self) }
            let verdict = grants.verify(request, at: grantTime)
            if verdict.statusCode != 404 { Issue.record("\(request) is \(verdict)") }
        }
    }

    @Test("The description of a flaw contains nothing from the request") func descriptions() throws {
        let grants = try SignedGrants.test
        for token in ["2.\r\n.\r\n.\r\n", SignedText.token("folder=/a", "expires=1", "\r\n=\r\n"), "\r\n"] {
            guard case .invalid(let flaw) = grants.verify(GrantRequest("/a\r\nb", cookies: token), at: grantTime) else {
                Issue.record("valid")
                continue
            }
            #expect(!"\(flaw)".utf8.contains { $0 < 0x20 })
        }
    }
}
