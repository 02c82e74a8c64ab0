import SignedLinks
import Testing

/// The recipes of the article Grants, each run by its own interpreter.
@Suite(.serialized) struct GrantRecipeTests {
    private static let secret = "7f3a $HOME \"'`\\ %s %d é \u{1}"

    private static func record(_ fields: String...) -> [[UInt8]] { fields.map { Array($0.utf8) } }

    private static let expires = "expires=1780003600"

    @Test("A recipe makes the same tokens as this library", arguments: GrantRecipe.allCases, ["", "k-1_2.~"])
    func tokens(_ recipe: GrantRecipe, _ key: String) throws {
        let grants = try SignedGrants(keys: [LinkKey(id: key, secret: Self.secret)])
        let end = LinkTime(secondsSince1970: 1_780_003_600)
        let names = Corpus.names.prefix(recipe == .bash ? 20 : Corpus.names.count) + Corpus.names.suffix(10)
        var records = names.map { [Array("file=/".utf8) + $0.bytes, Array(Self.expires.utf8)] }
        var expected = try names.map { try grants.token(Grant(.file($0.bytes), expires: end)) }
        var grant = Grant("films/7/*", expires: end)
        records.append(Self.record("folder=/films/7", Self.expires))
        expected.append(try grants.token(grant))
        grant.notBefore = LinkTime(secondsSince1970: 1_780_000_000)
        (grant.id, grant.methods) = ("share-42", ["GET", "HEAD"])
        grant.networks = ["203.0.113.0/24", "2001:db8::/32"].compactMap { Grant.Network($0) }
        (grant.user, grant.version) = ("Zoë $(id) \"%s\" -n", "\"6a-1f\"")
        (grant.disposition, grant.name, grant.bytesPerSecond) = (.inline, "-e \\n日本.mp4", 500_000)
        records.append(
            Self.record(
                "folder=/films/7", Self.expires, "from=1780000000", "id=share-42", "method=GET", "method=HEAD",
                "network=203.0.113.0/24", "network=2001:db8::/32", "user=Zoë $(id) \"%s\" -n", "version=\"6a-1f\"",
                "disposition=inline", "name=-e \\n日本.mp4", "rate=500000"))
        expected.append(try grants.token(grant))
        #expect(try recipe.tokens(records, secret: Self.secret, key: key) == expected)
    }

    @Test("A recipe accepts secrets of every length", arguments: GrantRecipe.allCases, [1, 64, 65, 200])
    func secrets(_ recipe: GrantRecipe, _ length: Int) throws {
        let secret = String(repeating: "s", count: length)
        let token = try SignedGrants(keys: [LinkKey(secret: secret)])
            .token(Grant("*", expires: LinkTime(secondsSince1970: 1_780_003_600)))
        #expect(try recipe.tokens([Self.record("folder=/", Self.expires)], secret: secret) == [token])
    }

    @Test("A grant of a recipe opens its files", arguments: GrantRecipe.allCases)
    func opens(_ recipe: GrantRecipe) throws {
        let site = try GrantSite.site(.nginx)
        let expires = "expires=\((LinkTime.now + .seconds(600)).secondsSince1970)"
        let token = try recipe.tokens([Self.record("folder=/team", expires, "method=GET")], secret: GateSite.secret)[0]
        for (target, fields) in GrantSite.requests("team/report.txt", token) {
            #expect(try site.client.get(target, fields).text == "content of team/report.txt")
        }
        #expect(try site.client.get("/~\(token)/plain.txt").status == 404)
    }

    @Test("The call shown in the Python recipe returns the documented token") func call() throws {
        let directory = try Workspace.shared.makeDirectory("call")
        try Files.write("\(try GrantRecipe.python.code())\n", to: "\(directory)/recipe.py")
        let process = try ChildProcess(
            ["python3", "-m", "doctest", "-v", "\(directory)/recipe.py"], log: "\(directory)/log")
        #expect(try process.waitForEnd(seconds: 60) == .exited(0))
        #expect(try Files.text("\(directory)/log").contains("1 passed"))
    }

    @Test("The test vectors of the article are those of the library") func vectors() throws {
        let text = try Files.text("\(CodeBlock.package)/Sources/SignedLinks/Documentation.docc/Grants.md")
        let section = try #require(text.split(separator: "### Test vectors").last?.split(separator: "\n## ").first)
        let rows = section.split(separator: "\n").filter { $0.contains("`2.") }
        #expect(rows.count == 5)
        let grants = try SignedGrants(keys: [LinkKey(id: "k1", secret: "s3cr3t")])
        let records = rows.map { row in
            row.split(separator: "|")[0].split(separator: ",").map { $0.filter { $0 != "`" && $0 != " " } }
        }
        let tokens = rows.map { $0.split(separator: "|")[1].filter { $0 != "`" && $0 != " " } }
        for (token, record) in zip(tokens, records) {
            var request = GrantRequest(path: record[0].contains("film") ? "films/7/1.ts" : "reports/q3.pdf")
            (request.cookies, request.user, request.clientAddress) = ([token], "Zoë", "2001:db8::1")
            request.asksLedger = true
            #expect(grants.verify(request, at: LinkTime(secondsSince1970: 1_780_003_600)).statusCode == 200)
        }
        let bytes = records.map { $0.map { Array($0.utf8) } }
        #expect(try GrantRecipe.python.tokens(bytes, secret: "s3cr3t", key: "k1") == tokens)
    }
}
