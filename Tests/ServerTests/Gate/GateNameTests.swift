import Glibc
import SignedLinks
import Testing

extension GateTests {
    /// A format with the signature in the query, and one with it in the path.
    static let nameSetups = GateSite.servers.flatMap { server in
        ["hmac", "mod-auth-token"].map { GateSite.Setup(server: server, format: $0) }
    }

    @Test("A file of any name arrives through its link", arguments: nameSetups)
    func names(_ setup: GateSite.Setup) throws {
        let site = try GateSite.shared(setup)
        let links = try SignedLinks(
            format: #require(LinkFormat(setup.format)), keys: [LinkKey(secret: GateSite.secret)])
        for name in Corpus.names {
            let link = try links.link(to: name.bytes, expires: Int64(time(nil)) + 3600)
            let answer = try site.client.get(link)
            #expect(answer.status == 200, "\(name.testDescription) as \(link)")
            #expect(answer.body == Corpus.content(of: name), "\(name.testDescription) gave \(answer.text)")
        }
    }

    @Test(
        "The program makes links for files with special names",
        arguments: [
            "a b.txt", "100%25.txt", "a?b.txt", "日本語.txt", "a\"b.txt", "-rf", "a\r\nX-Injected: 1.txt",
            "%2e%2e%2fsafe.txt",
        ])
    func printedNames(_ name: String) throws {
        let site = try GateSite.shared(.init(server: .nginx))
        let link = try site.link("--", name)
        #expect(link.allSatisfy { $0.isASCII && !$0.isWhitespace })
        #expect(try site.client.get(link).body == Corpus.content(of: FileName(Array(name.utf8))))
    }
}
