import Glibc
import Testing

/// The recipes of `conf/gate.md`, run as they stand.
@Suite struct GateRecipeTests {
    /// A language: how its code block is called, what runs it, and a line that prints a link for a secret's file and a path.
    struct Recipe: Sendable, CustomTestStringConvertible {
        let language: String
        let program: String
        let call: String

        var testDescription: String { self.language }

        static let all = [
            Recipe(
                language: "python", program: "/usr/bin/python3",
                call: "import sys\nprint(link(open(sys.argv[1], 'rb').read().strip(), sys.argv[2]))"),
            Recipe(
                language: "php", program: "/usr/bin/php",
                call: "echo file_link(trim(file_get_contents($argv[1])), $argv[2]), \"\\n\";"),
            Recipe(
                language: "javascript", program: "/usr/bin/node",
                call: "console.log(link(require('fs').readFileSync(process.argv[2], 'utf8').trim(), process.argv[3]))"),
        ]
    }

    @Test(
        "A link that a recipe makes opens the file",
        arguments: Recipe.all.filter { access($0.program, X_OK) == 0 },
        [
            "plain.txt", "team/report.txt", "100%25.txt", "a b.txt", "a?b.txt", "日本語.txt", "a!b.txt", "a'b.txt",
            "a*b.txt", "a(b.txt",
        ])
    func recipe(_ recipe: Recipe, _ path: String) throws {
        let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        let guide = try Files.text(package.joined(separator: "/") + "/conf/gate.md")
        let block = try #require(guide.split(separator: "```\(recipe.language)\n").dropFirst().first)
        let code = try #require(block.split(separator: "```").first)
        let site = try GateSite.shared(.init(server: .nginx))
        let directory = try Workspace.shared.makeDirectory("recipe")
        try Files.write("\(code)\n\(recipe.call)\n", to: "\(directory)/recipe")
        let run = try ChildProcess(
            [recipe.program, "\(directory)/recipe", "\(site.directory)/secret", path], log: "\(directory)/output")
        #expect(try run.waitForEnd() == .exited(0))
        let link = try Files.text(run.log).prefix { !$0.isNewline }
        let answer = try site.client.get(String(link))
        #expect(answer.status == 200, "\(link)")
        #expect(answer.text == "content of \(path)")
    }
}
