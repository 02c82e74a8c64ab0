import Glibc
import Testing

/// The articles about links of CDNs: their code, and the gate with their settings.
@Suite(.serialized) struct FormerCDNTests {
    private static let paths = ["100%25.txt", "日本語.txt", "a&b.txt", "team/report.txt"]

    /// The gate of an article.
    private static func site(_ page: MigrationPage, _ server: WebServer) throws -> GateSite {
        var settings = try page.settings()
        if settings["SENDFILE_CLOUDFRONT_KEYS"] != nil {
            let file = "\(try CDNSigner.keys)/K2JCJMDEHXQW5F.pem"
            try Files.write(try Files.text("\(try CDNSigner.keys)/rsa.pem"), to: file)
            settings["SENDFILE_CLOUDFRONT_KEYS"] = file
        }
        return try GateSite.shared(.init(server: server, settings: settings, secrets: try page.secrets()))
    }

    /// Runs the article's code, and an expression with its functions.
    private static func run(_ code: String, _ expression: String, _ path: String, _ site: GateSite) throws -> String {
        let directory = try Workspace.shared.makeDirectory("former-cdn")
        try Files.write("\(Recipe.python.code())\n", to: "\(directory)/gate_links.py")
        let code = code.replacing("/etc/site/private_key.pem", with: "\(try CDNSigner.keys)/rsa")
            .replacing("/etc/sendfile-gate/secret", with: "\(site.directory)/secret")
        let lines = [
            "import sys", "from urllib.parse import quote", code, "path = sys.argv[1]", "print(\(expression))", "",
        ]
        try Files.write(lines.joined(separator: "\n"), to: "\(directory)/link.py")
        let process = try ChildProcess([try CDNSigner.python, "\(directory)/link.py", path], log: "\(directory)/link")
        let end = try process.waitForEnd()
        let text = try Files.text(process.log)
        guard end == .exited(0), text.hasSuffix("\n") else { throw Failure("\(expression) ended with \(end): \(text)") }
        return String(text.dropLast())
    }

    @Test(
        "Links made before and after the change open their files", arguments: ["FromCloudFront", "FromAkamai"],
        GateSite.servers)
    func links(_ article: String, _ server: WebServer) throws {
        let page = try MigrationPage(article)
        let site = try Self.site(page, server)
        let (old, new) = (try page.block("python", below: "Before"), try page.block("python", below: "After"))
        for path in Self.paths {
            let link = try Self.run(old, "old_link(quote(path))", path, site).replacing(
                "https://files.example.org", with: "")
            for link in [link, try Self.run(new, "new_link(path)", path, site)] {
                let answer = try site.client.get(link)
                #expect(answer.status == 200, "\(link)\n\(site.logs)")
                #expect(answer.body == Corpus.content(of: FileName(Array(path.utf8))), "\(link)")
            }
            #expect(try site.client.get(link.replacing("/dl/", with: "/dl/x")).status == 404)
        }
        // Akamai's library makes no token that has expired.
        guard article == "FromCloudFront" else { return }
        let expired = try Self.run(old, "old_link(quote(path), -60)", "team/report.txt", site)
            .replacing("https://files.example.org", with: "")
        #expect(try site.client.get(expired).status == 410)
    }

    @Test("A token for a folder opens its files", arguments: GateSite.servers)
    func folder(_ server: WebServer) throws {
        let page = try MigrationPage("FromAkamai")
        let site = try Self.site(page, server)
        let token = try Self.run(page.block("python", below: "Before"), "old_folder_token(path)", "team", site)
        for fields in [["Cookie": "hdnts=\(token)"], ["hdnts": token]] {
            #expect(try site.client.get("/dl/team/report.txt", fields).status == 200)
            #expect(try site.client.get("/dl/plain.txt", fields).status == 404)
        }
    }
}
