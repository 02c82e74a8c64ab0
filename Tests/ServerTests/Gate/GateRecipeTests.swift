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
        let links = try recipe.links(
            to: [Array("plain.txt".utf8)], secret: GateSite.secret, expires: Int64(time(nil)) + 3600,
            bindings: ["name=Q3 report.pdf"])
        let answer = try site.client.get("\(links[0])&name=Q3%20report.pdf")
        #expect(answer.text == "content of plain.txt")
        #expect(answer.field("Content-Disposition") == "attachment; filename=\"Q3 report.pdf\"")
    }
}
