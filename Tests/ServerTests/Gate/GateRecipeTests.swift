import Glibc
import Testing

/// The recipes of the article ExpiringLinks against a running gate.
@Suite struct GateRecipeTests {
    private static let names: [FileName] = [
        "plain.txt", "team/report.txt", "100%25.txt", "a b.txt", "a?b.txt", "a+b.txt", "日本語.txt", "a'b.txt",
    ]

    @Test("A link made by a recipe opens the file, and is invalid with another secret", arguments: Recipe.allCases)
    func opens(_ recipe: Recipe) throws {
        let site = try GateSite.shared(.init(server: .nginx))
        let paths = Self.names.map(\.bytes)
        let expires = Int64(time(nil)) + 3600
        for (name, link) in zip(Self.names, try recipe.links(to: paths, secret: GateSite.secret, expires: expires)) {
            let answer = try site.client.get(link)
            #expect(answer.status == 200, "\(link)")
            #expect(answer.body == Corpus.content(of: name))
        }
        let old = try recipe.links(to: [paths[0]], secret: GateSite.secret, expires: 1_600_000_000)
        #expect(try site.client.get(old[0]).status == 410)
        let wrong = try recipe.links(to: [paths[0]], secret: "another secret", expires: expires)
        #expect(try site.client.get(wrong[0]).status == 404)
    }

    @Test("A link made by a recipe can contain a signed file name", arguments: Recipe.allCases)
    func named(_ recipe: Recipe) throws {
        let site = try GateSite.shared(.init(server: .nginx))
        let link = try recipe.link(
            withFile: "\(site.directory)/secret", expires: Int64(time(nil)) + 3600, name: "Q3 & report.pdf")
        #expect(link.contains("&name=Q3%20%26%20report.pdf"))
        let answer = try site.client.get(link)
        #expect(answer.text == "content of plain.txt")
        #expect(answer.field("Content-Disposition") == "attachment; filename=\"Q3 & report.pdf\"")
    }

    /// Contents of a secret file. The second one is that of the documented rotation.
    static let secretFiles = [
        "old-secret-of-the-gate-itself\n", "2027:new-secret-of-the-gate-itself\nold-secret-of-the-gate-itself\n",
        "# the keys\r\n\r\n2027:new-secret-of-the-gate-itself\r\nold-secret-of-the-gate-itself\r\n",
        "k1:no line end after this secret", "carriage return at the end\r", ":a:secret:with:colons",
        " spaces belong to the secret \n", "\"quotes belong to the secret\"\n", "\u{FEFF}so does a byte order mark\n",
        "SENDFILE_LINK_SECRET=and-so-does-a-name\n",
    ]

    @Test(
        "A recipe reads a secret file like the program does, and makes the same link", arguments: Recipe.allCases,
        Self.secretFiles)
    func secretFile(_ recipe: Recipe, _ content: String) throws {
        let file = "\(try Workspace.shared.makeDirectory("keys"))/secret"
        try Files.write(content, to: file, mode: 0o600)
        let run = try GateRun(
            ["link", "plain.txt", "--expires", "@2000000000"], environment: ["SENDFILE_LINK_SECRET_FILE": file])
        #expect(run.end == .exited(0), "\(run.errors)")
        #expect(try recipe.link(withFile: file, expires: 2_000_000_000) + "\n" == run.output)
    }
}
