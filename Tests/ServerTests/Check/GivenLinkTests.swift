import SignedLinks
import Testing

@testable import sendfile_gate

/// The reason why a gate refuses a link that another program made.
@Suite struct GivenLinkTests {
    private static let key = "0123456789abcdef0123456789abcdef"

    private static func flaw(
        _ path: String, shown: String? = nil, secret: String = Self.key, expires: LinkTime = .now + .seconds(600),
        change: (String) -> String = { $0 }
    ) throws -> String? {
        let settings = try GateSettings(
            SettingsSource(
                environment: [
                    "SENDFILE_LINK_SECRET": Array(Self.key.utf8), "SENDFILE_LINK_PREFIX": Array("/files".utf8),
                    "SENDFILE_ROOT": Array("/srv/reports".utf8),
                ], file: nil))
        let link = try SignedLinks(keys: [LinkKey(secret: secret)]).link(to: path, expires: expires)
        let query = link[(link.firstIndex(of: "?") ?? link.endIndex)...]
        let url = try #require(URLText("http://example.org/files/\(shown ?? path)\(change(String(query)))"))
        return try GivenLink(url: url, settings: settings, binding: LinkBinding()).flaw()
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
            ("files/q3.pdf", "q3.pdf", "with the prefix"), ("a%20b.pdf", "a%20b.pdf", "percent-encoded path"),
            ("q3.pdf", "2026/q3.pdf", "the file's name alone"),
            ("srv/reports/q3.pdf", "q3.pdf", "the file's path on the disk"),
        ])
    func path(_ signed: String, _ shown: String, _ words: String) throws {
        let flaw = try #require(try Self.flaw(signed, shown: shown))
        #expect(flaw.contains(words), "\(flaw)")
    }

    @Test("An expired link, one in milliseconds and one that was escaped twice are told apart")
    func times() throws {
        let expired = try #require(try Self.flaw("q3.pdf", expires: .now - .seconds(60)))
        #expect(expired.contains("has expired") && expired.contains("clock"), "\(expired)")
        let escaped = try #require(try Self.flaw("q3.pdf") { $0.replacing("&", with: "&amp;") })
        #expect(escaped.contains("escaped twice"), "\(escaped)")
    }
}
