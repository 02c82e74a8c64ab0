import SendfileBasics
import SignedLinks
import Testing

@testable import sendfile_gate

/// The reason why a gate refuses a link that another program made.
@Suite struct GivenLinkTests {
    private static let key = "0123456789abcdef0123456789abcdef"

    private static func flaw(
        _ path: String, shown: String? = nil, secret: String = Self.key, name: String = "", keys: String = Self.key,
        expires: LinkTime = .now + .seconds(600),
        change: (String) -> String = { $0 }
    ) throws -> String? {
        let settings = try GateSettings(
            SettingsSource(
                environment: [
                    "SENDFILE_LINK_SECRET": Array(keys.utf8), "SENDFILE_LINK_PREFIX": Array("/files".utf8),
                    "SENDFILE_ROOT": Array("/srv/reports".utf8),
                ], file: nil))
        let link = try SignedLinks(keys: [LinkKey(id: name, secret: secret)]).link(to: path, expires: expires)
        let query = link[(link.firstIndex(of: "?") ?? link.endIndex)...]
        let url = try #require(URLText("http://example.org/files/\(shown ?? path)\(change(String(query)))"))
        return GivenLink(url: url, settings: settings, binding: LinkBinding()).flaw()
    }

    @Test("A link whose slashes are encoded is refused by the gate although its signature is valid")
    func encodedSlash() throws {
        let flaw = try #require(try Self.flaw("q3/a.pdf", shown: "q3%2Fa.pdf"))
        #expect(flaw.contains("%2F after \"q3\""), "\(flaw)")
    }

    @Test("A link to whose end a text added something is recognised", arguments: [".", ").", ">", ",%0A"])
    func tail(_ tail: String) throws {
        let flaw = try #require(try Self.flaw("q3.pdf") { $0 + tail })
        #expect(tail == ",%0A" || flaw.contains("without \(tail.debugDescription) at its end"), "\(flaw)")
    }

    @Test("A link that the gate accepts has no flaw")
    func good() throws {
        #expect(try Self.flaw("q3.pdf") == nil)
        #expect(try Self.flaw("a b.pdf", shown: "a%20b.pdf") == nil)
    }

    @Test(
        "The form of the secret with which a link is valid is named",
        arguments: [
            ("\(key)\n", "the line's end"), ("\(key)\r\n", "CR LF"), ("\"\(key)\"", "in quotes"),
            ("\u{FEFF}\(key)", "byte order mark"), ("SENDFILE_LINK_SECRET=\(key)", "the setting's name"),
            ("30313233343536373839616263646566303132333435363738396162636465660", "another secret"),
            ("3031323334353637383961626364656630313233343536373839616263646566", "hexadecimal"),
        ])
    func secret(_ secret: String, _ words: String) throws {
        let flaw = try #require(try Self.flaw("q3.pdf", secret: secret))
        #expect(flaw.contains(words), "\(flaw)")
    }

    @Test(
        "The form of the path with which a link is valid is named",
        arguments: [
            ("a b.pdf", "a+b.pdf", "encode a space as %20"), ("files/q3.pdf", "q3.pdf", "with the prefix"),
            ("a%20b.pdf", "a%20b.pdf", "percent-encoded path"),
            ("q3.pdf", "2026/q3.pdf", "the file's name alone"),
            ("srv/reports/q3.pdf", "q3.pdf", "the file's path on the disk"),
        ])
    func path(_ signed: String, _ shown: String, _ words: String) throws {
        let flaw = try #require(try Self.flaw(signed, shown: shown))
        #expect(flaw.contains(words), "\(flaw)")
    }

    @Test(
        "The form of the key's name with which a link is valid is named",
        arguments: [
            ("k1:\(key)", "", "the whole line of the key: the secret begins after the colon of \"k1:\""),
            ("k1:\(key)", "k1", "the whole line of the key"), ("k1:\(key)\n", "", "the whole line of the key"),
            (key, "", "a key without a name: the link must contain &key=k1"),
            (key, "2027", "a key with the name \"2027\": the link must contain &key=k1"),
        ])
    func keyName(_ secret: String, _ name: String, _ words: String) throws {
        let flaw = try #require(try Self.flaw("q3.pdf", secret: secret, name: name, keys: "k1:\(Self.key)"))
        #expect(flaw.contains(words), "\(flaw)")
        #expect(try Self.flaw("q3.pdf", name: "k1", keys: "k1:\(Self.key)") == nil)
    }

    @Test("A key that has no name, one that was removed and a link that is cut off have reasons of their own")
    func keys() throws {
        let invented = try #require(try Self.flaw("q3.pdf", name: "k1"))
        #expect(invented.contains("must contain no &key=, because the key has no name"), "\(invented)")
        let removed = try #require(
            try Self.flaw("q3.pdf", secret: "the-secret-that-was-used-in-2026", name: "2026", keys: "2027:\(Self.key)"))
        #expect(removed.contains("no key is named \"2026\"; the line of that key was removed"), "\(removed)")
        let cut = try #require(try Self.flaw("q3.pdf") { String($0.prefix { $0 != "&" }) })
        #expect(cut.contains("the link has no signature; it is cut off: a shell ends an address at an &"), "\(cut)")
    }

    @Test(
        "The mistake in the signed text is named",
        arguments: [
            ("5EvI09YTInliMd71wlCIzzQcJ_Kp7YgVpSVpKgD9_H8", "without the NUL byte at its end"),
            ("zkLaxp3QpCgNulfs1cZgs4UwORBYg4UEUGUob1KZggA", "without the slash before the path"),
            ("u181rbxBDCE4PZluabErRNKjaWQDAMBYIQPb0OIiqVI", "with the expiry before the path"),
            ("20fhWN3XDBHLhZSlMACPiVcMjKyyousk6pGqwW1_UAc", "without its first part"),
            ("YKf9oYdxZjWSuCLtg4i5Mc630EPr7y26yITdusENsBs", "with line ends in place of NUL bytes"),
            ("u8y8W9n45KykggvjRoIC7OGA31vq-Dzy3K_Tjzc-rO8", "with nothing in place of NUL bytes"),
            ("-J1j1i3HyPjDNAI11ODUMFL5MovdbXQ0048kkr6sFeo", "with the whole URL in place"),
            ("_n_CPwrKE2UngyWpmjXqYfA0_4BRzVY3LRScR_rJ7SY", "without the NUL byte at its end, and with the whole URL"),
            ("GI68JcPQz579Ra7GlAtidlMZwpFRK67_ehZuNv2igic", "with the host and the path"),
        ])
    func text(_ signature: String, _ words: String) throws {
        func flaw(_ signature: String) throws -> String? {
            try Self.flaw("q3.pdf") { _ in "?expires=4102444800&signature=\(signature)" }
        }
        let found = try #require(try flaw(signature))
        #expect(found.contains("the signature is that of a text \(words)"), "\(found)")
        #expect(try flaw("dJCA3P12AGHOiTDV_puehHOBqz3UARN-lwjA7aWhfMo") == nil)
        #expect(try flaw("AMfhWa7Ajwl-NRAU3zqBOHheup_VDTiOHGA21P3ACJd")?.contains("another secret") == true)
    }

    @Test(
        "The function with which the right text was signed is named",
        arguments: [
            ("zgEzNo7Iw6w_TyPJ_j54akB9K7mQ6N0uJL4Pe4P6Y_M", "the right text and secret in exchanged places"),
            (
                "0fqGYoaPG_YtROIGRbkt6Wd0yB5WH85KgG0_1YAIL60vypjuCK-wz7Rkh__1d_KoTWmTDPW5hkN7RjuOYhJKNg",
                "the right text with SHA-512"
            ),
            ("YN9O1BOXU77bNwCppBOVlAzmrsA", "the right text with SHA-1"),
            ("JqIi8cImttuUNSlJs5yz6PuAHJGsRzk3dbGRas0t72M", "a hash of text and secret"),
            ("JmMjqsb7kaazIQRINUf2CqhbYIRL27jRYWeOJWKud4E", "a hash of text and secret"),
        ])
    func function(_ signature: String, _ words: String) throws {
        let flaw = try #require(try Self.flaw("q3.pdf") { _ in "?expires=4102444800&signature=\(signature)" })
        #expect(flaw.contains("the signature is that of \(words)"), "\(flaw)")
    }

    @Test("The encoding of a signature is named", arguments: ["hexadecimal", "base64 with + and /"])
    func encoding(_ name: String) throws {
        // Some of the signatures contain neither + nor /.
        for seconds in 600..<640 {
            let flaw = try Self.flaw("q3.pdf", expires: .now + .seconds(seconds)) { query in
                guard let range = query.firstRange(of: "signature="),
                    let bytes = SendfileBasics.Base64.url.decode(query[range.upperBound...].utf8)
                else { return "" }
                let text =
                    name == "hexadecimal" ? Hexadecimal.encode(bytes) : SendfileBasics.Base64.standard.encode(bytes)
                return query[..<range.upperBound] + text
            }
            #expect(flaw?.contains("a signature in base64url without =, not in \(name)") == true, "\(flaw ?? "none")")
        }
    }

    @Test(
        "Another spelling of a missing file's name is named",
        arguments: [
            ("Cafe\u{301}.pdf", "Caf\u{E9}.pdf", "in another Unicode form"),
            ("Report.PDF", "report.pdf", "contains \"Report.PDF\": upper and lower case differ"),
            ("q3/a.pdf", "Q3/a.pdf", "contains \"q3\": upper and lower case differ"), ("a.pdf", "b.pdf", ""),
        ])
    func missing(_ name: String, _ given: String, _ words: String) throws {
        let root = try Workspace.shared.makeDirectory("missing")
        if name.contains("/") { try Files.makeDirectory("\(root)/q3") }
        try Files.write("content", to: "\(root)/\(name)")
        let hint = try #require(MissingFile.hint("\(root)/\(given)", in: root))
        #expect(words.isEmpty ? hint == "" : hint.contains(words), "\(hint)")
        #expect(MissingFile.hint("\(root)/\(name)", in: root) == nil)
    }

    @Test("An expired link, one in milliseconds and one that was escaped twice are told apart")
    func times() throws {
        let expired = try #require(try Self.flaw("q3.pdf", expires: .now - .seconds(60)))
        #expect(expired.contains("has expired") && expired.contains("clock"), "\(expired)")
        #expect(expired.contains("was 1 minutes ago") && expired.contains("local time"), "\(expired)")
        let escaped = try #require(try Self.flaw("q3.pdf") { $0.replacing("&", with: "&amp;") })
        #expect(escaped.contains("escaped twice"), "\(escaped)")
    }
}
