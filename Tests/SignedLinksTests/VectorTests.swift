import SignedLinks
import Testing

/// Links made by other programs.
@Suite struct VectorTests {
    /// The signatures for one path, made at the hexadecimal time 6a18a500 for 3600 s, with the secret s3cr3t.
    ///
    /// Those of WSGI X-Sendfile come from its own `TokenConfig` (xsendfile 1.0rc2, which knows no names that are not UTF-8). The
    /// rest were computed in Python from what the other program documents or has in its source, with S the secret, P the path
    /// behind its first slash, T the time of making, E the expiry in decimal digits, and base64url without padding:
    ///
    ///     modAuthToken       hashlib.md5(S + b"/" + P + T + address).hexdigest()
    ///     secdownload, md5   hashlib.md5(S + b"/" + P + T).hexdigest()
    ///     secdownload…       base64url(hmac.digest(S, b"/" + T + b"/" + P, "sha1" or "sha256"))
    ///     secureLink         base64url(hashlib.md5(E + b"/" + P + address + b" " + S).digest())
    ///     hmac               base64url(hmac.digest(S, message, "sha256")), where message is
    ///                        b"sendfile-link-v1\0/" + P + b"\0" + E + b"\0", and if bound
    ///                        b'address=203.0.113.9\0user=al=ice\0method=GET\0version="6a-1f"\0'
    struct Row {
        let path: [UInt8]
        let encoded: String
        let wsgiXSendfile: String?
        let modAuthToken: String
        let modAuthTokenByAddress: String
        let secdownloadSHA1: String
        let secdownloadSHA256: String
        let secureLink: String
        let secureLinkByAddress: String
        let hmac: String
        let hmacByEverything: String
    }

    private static let rows = [
        Row(
            path: Array("foo.txt".utf8),
            encoded: "foo.txt",
            wsgiXSendfile: "a176d66a373893c5de7ea56a78face8a",
            modAuthToken: "dac24252a56ff22b9da2ad3a20f5964c",
            modAuthTokenByAddress: "55fc3c38e67f97f4faa9481aeeb2ff13",
            secdownloadSHA1: "CCBK9_CEjnbpcdk3HhYi-eNj-ho",
            secdownloadSHA256: "vu3Xl1oMRPsmp-kK-t056w8QYbqDKyYkZc5Lzgp9KPo",
            secureLink: "lt6HWUMkq0V2t6v-ia8DwQ",
            secureLinkByAddress: "i04EEJ3b0pjYsoj874dyIw",
            hmac: "Jf_d2ZfQ-8OlEbFTQ-_A166C54idw5Zvmf4jJaU6iQA",
            hmacByEverything: "jP0u62bwhgQ9_bttA3fHSpxGW7f0ec77PCRvAYwdtdE"),
        Row(
            path: Array("\u{a1}ma\u{f1}ana!.txt".utf8),
            encoded: "%C2%A1ma%C3%B1ana%21.txt",
            wsgiXSendfile: "df3bbabbbba2ec1dddd78d594d8eea4e",
            modAuthToken: "bcff6483357aa81e05807694d095ee67",
            modAuthTokenByAddress: "d5e3ae22587c030cea7852ba048d32cf",
            secdownloadSHA1: "UKyVL4YywJSyLMBRjrMpv3yNiaE",
            secdownloadSHA256: "7-JbuQX1EKUvlCVMnDoEl6Wpb1ZOpwiHb3fXkR0hg9A",
            secureLink: "rFUaBqd0o9I7MyfZSK4_Vg",
            secureLinkByAddress: "gQsvhHTKCguikJtq046Y0A",
            hmac: "mqPi30G3MUndOkAFVpxUqCyc6tQBDe0QHhwC_JDSVek",
            hmacByEverything: "3H8vnYvZ-dPuq4YgA-83FAiX_85Cv7De5UlKa17LPlw"),
        Row(
            path: Array("man\u{303}ana/日本語.txt".utf8),
            encoded: "man%CC%83ana/%E6%97%A5%E6%9C%AC%E8%AA%9E.txt",
            wsgiXSendfile: "cdbb529326248b5cbc0d8c6188971d6f",
            modAuthToken: "cb4f47e13d7610d7ed57646001a002bd",
            modAuthTokenByAddress: "20372a427be376e19643808c58f3cb95",
            secdownloadSHA1: "dOo4N_eBWsYHZ-dnSgrtYWKgpcg",
            secdownloadSHA256: "GPZaztsdNN0kKEbPkCGf2FkDYbIWao-y3qA21PNypgY",
            secureLink: "V94IA-dlZwkxG0dz5UbgsA",
            secureLinkByAddress: "eIlE5eJ4iO75Y9vdzWHjQA",
            hmac: "KlC_T5mnsIk1J5ozQu1e62ayynEr_L4nLo6V8IKxxIk",
            hmacByEverything: "uPUbZ0YQUS9mc8nselJM4-2Ks3PslucftJLtwDKrYfs"),
        Row(
            path: Array("100%25 a?b#c+d&e='\".txt".utf8),
            encoded: "100%2525%20a%3Fb%23c%2Bd%26e%3D%27%22.txt",
            wsgiXSendfile: "f0ecff563344c37bb2a86aee94141a43",
            modAuthToken: "d50a36246267f1b1c699cffc7f47f699",
            modAuthTokenByAddress: "40ef8077a012f39b690ab0faf2e3f163",
            secdownloadSHA1: "wlpYHxuhsKj7XECCh-Lr_VU-ziM",
            secdownloadSHA256: "YYYK0ebZYBk5Wb0AdwZ_E-1AweuCvdu5v9KrS9j65nU",
            secureLink: "lbqVNzEE_DtgFxVn_uL8FQ",
            secureLinkByAddress: "Jo8GvjyqbzgSC6SjZ6uo2A",
            hmac: "06k_TSsi1iQ2u9rvgLdEi1Dpr2tZur3HK3Q9ycOK6Vk",
            hmacByEverything: "hrjxDCB_wRGBsoNeo5-mkhPU0heEvlFUkMt3Gzzf53E"),
        Row(
            path: Array("~dir/latin1 ".utf8) + [0xE9] + Array(".txt".utf8),
            encoded: "~dir/latin1%20%E9.txt",
            wsgiXSendfile: nil,
            modAuthToken: "deb3eee5f68e955c253fe686169dc81d",
            modAuthTokenByAddress: "e02ba0a045bc138d500e54cff2bf6d45",
            secdownloadSHA1: "VZtXYIdlVpRug2ylyKyy05J4U_M",
            secdownloadSHA256: "cmIViaHmxp_rT6Qsl96uKskGKd0Rd-3cqI1DOyPzwRQ",
            secureLink: "2AyBtXbEj0nqeKUKtmKAsQ",
            secureLinkByAddress: "ENlfUaALpgLxPDqqjvPN3w",
            hmac: "zsZjC9w5rACdxh5bNosxA5svKhFfwxvBlkbm0PbXruo",
            hmacByEverything: "Vm5u_iPDzGYK2NaoRMTA_T-w9hVKzYykj7ScRJf6l7o"),
    ]

    struct Vector: Sendable, CustomTestStringConvertible {
        let format: LinkFormat
        let path: [UInt8]
        let link: String
        var binding = LinkBinding()

        var testDescription: String { "\(self.format) \(self.link)" }
    }

    private static let address = LinkBinding(clientAddress: "203.0.113.9")
    private static let everything = LinkBinding(
        clientAddress: "203.0.113.9", user: "al=ice", method: "GET", version: "\"6a-1f\"")
    private static let nginxByAddress = LinkFormat.nginxSecureLink(
        expression: "$secure_link_expires$uri$remote_addr {secret}")

    private static let vectors = Self.rows.flatMap { row in
        let (path, file) = (row.path, row.encoded)
        func made(_ token: String) -> String { "/\(token)/6a18a500/\(file)" }
        func query(_ md5: String) -> String { "/\(file)?md5=\(md5)&expires=1780003600" }
        func signed(_ hmac: String) -> String { "/\(file)?expires=1780003600&key=k1&signature=\(hmac)" }
        let wsgi = row.wsgiXSendfile.map {
            Vector(format: .wsgiXSendfile, path: path, link: "/\($0)-6a18a500/\(file)")
        }
        return [
            wsgi,
            Vector(format: .modAuthToken, path: path, link: made(row.modAuthToken)),
            Vector(format: .modAuthToken, path: path, link: made(row.modAuthTokenByAddress), binding: Self.address),
            Vector(format: .lighttpdSecdownload(.md5), path: path, link: made(row.modAuthToken)),
            Vector(format: .lighttpdSecdownload(.hmacSHA1), path: path, link: made(row.secdownloadSHA1)),
            Vector(format: .lighttpdSecdownload(.hmacSHA256), path: path, link: made(row.secdownloadSHA256)),
            Vector(format: .nginxSecureLink, path: path, link: query(row.secureLink)),
            Vector(
                format: Self.nginxByAddress, path: path, link: query(row.secureLinkByAddress), binding: Self.address),
            Vector(format: .hmac, path: path, link: signed(row.hmac)),
            Vector(format: .hmac, path: path, link: signed(row.hmacByEverything), binding: Self.everything),
        ].compactMap { $0 }
    }

    @Test("A link of another program is verified, and made alike", arguments: Self.vectors) func otherPrograms(
        _ vector: Vector
    ) throws {
        let links = try SignedLinks(format: vector.format, keys: [.test], timeout: 3600)
        #expect(try links.link(to: vector.path, expires: expiry, binding: vector.binding) == vector.link)
        let absolute = [UInt8(ascii: "/")] + vector.path
        #expect(try links.link(to: absolute, expires: expiry, binding: vector.binding) == vector.link)
        guard case .valid(let link) = links.verify(vector.link, at: expiry, binding: vector.binding) else {
            Issue.record("not valid")
            return
        }
        #expect(link.path == vector.path)
        #expect(link.expires.secondsSince1970 == expiry)
        #expect(links.verify(vector.link, at: expiry + 1, binding: vector.binding) == .expired)
    }

    @Test("The link in nginx's own documentation is valid") func nginxDocumentation() throws {
        let links = try SignedLinks(format: Self.nginxByAddress, keys: [LinkKey(secret: "secret")])
        let binding = LinkBinding(clientAddress: "127.0.0.1")
        let link = "/s/link?md5=_e4Nc3iduzkWRm01TBBNYw&expires=2147483647"
        #expect(try links.link(to: "s/link", expires: 2_147_483_647, binding: binding) == link)
        #expect(links.verify(link, at: expiry, binding: binding).statusCode == 200)
        // The output of `openssl md5 -binary | openssl base64` with its padding, which nginx accepts.
        let padded = link.replacing("NYw&", with: "NYw==&")
        #expect(links.verify(padded, at: expiry, binding: binding).statusCode == 200)
        let other = LinkBinding(clientAddress: "127.0.0.2")
        #expect(links.verify(link, at: expiry, binding: other) == .invalid(.wrongSignature))
    }

    @Test(
        "mod_auth_token and lighttpd accept upper-case digests, and WSGI X-Sendfile does not",
        arguments: [(LinkFormat.modAuthToken, 200), (.lighttpdSecdownload(.md5), 200), (.wsgiXSendfile, 404)])
    func upperCase(_ format: LinkFormat, _ status: Int) throws {
        let links = try SignedLinks(format: format, keys: [.test])
        let link = try links.link(to: "foo.txt", expires: expiry)
        let upper = String(link.prefix(33)).uppercased() + link.dropFirst(33)
        #expect(links.verify(upper, at: expiry).statusCode == status)
    }
}
