import Glibc
import SignedLinks
import Testing

/// The recipes of the article ExpiringLinks, each run by its own interpreter.
@Suite(.serialized) struct RecipeTests {
    private static let secret = "7f3a $HOME \"'`\\ %s %d é \u{1}"

    /// Special file names, with and without a leading slash, and every byte that a path can contain.
    private static let paths =
        Corpus.names.map(\.bytes) + [Array("/leading.txt".utf8), Array("ünï/cödé 日本.txt".utf8)]
        + (1...255).map { Array("dir/byte ".utf8) + [$0] }.filter { $0.last != UInt8(ascii: "/") }

    @Test("A recipe makes the same links as this library", arguments: Recipe.allCases, ["", "k-1_2.~"])
    func links(_ recipe: Recipe, _ key: String) throws {
        let links = try SignedLinks(keys: [LinkKey(id: key, secret: Self.secret)])
        let expires = Int64(time(nil)) + 3600
        // The shell recipe is too slow for all of them.
        let paths = key.isEmpty ? Self.paths : Array(Self.paths.prefix(20))
        let made = try recipe.links(to: paths, secret: Self.secret, key: key, expires: expires)
        for (path, link) in zip(paths, made) {
            // The percent-encoding is the same, too, so that every cache sees one URL.
            #expect(try link == links.link(to: path, expires: expires))
        }
    }

    @Test("A recipe binds a link as this library does", arguments: Recipe.allCases)
    func bindings(_ recipe: Recipe) throws {
        let links = try SignedLinks(keys: [LinkKey(secret: Self.secret)])
        let all = ["address=2001:db8::1", "user=Zoë $(id) \"%s\" -n", "method=GET", "version=\"6a-1f\""]
        let some = [all[1]]
        for (texts, binding) in [
            (some, LinkBinding(user: "Zoë $(id) \"%s\" -n")),
            (
                all,
                LinkBinding(
                    clientAddress: "2001:db8::1", user: "Zoë $(id) \"%s\" -n", method: "GET", version: "\"6a-1f\"")
            ),
        ] {
            let made = try recipe.links(
                to: [Array("a b.txt".utf8)], secret: Self.secret, expires: 1_780_003_600, bindings: texts)
            #expect(try made == [links.link(to: "a b.txt", expires: 1_780_003_600, binding: binding)])
            let query = String(made[0].drop { $0 != "?" }.dropFirst())
            let verdict = links.verify(path: "/a b.txt", query: query, at: 1_780_003_600, binding: binding)
            #expect(verdict.statusCode == 200)
        }
    }

    @Test("The call shown in the Python recipe returns the documented link") func call() throws {
        let directory = try Workspace.shared.makeDirectory("call")
        try Files.write("\(try Recipe.python.code())\n", to: "\(directory)/recipe.py")
        let process = try ChildProcess(
            ["python3", "-m", "doctest", "-v", "\(directory)/recipe.py"], log: "\(directory)/log")
        #expect(try process.waitForEnd(seconds: 60) == .exited(0))
        #expect(try Files.text("\(directory)/log").contains("1 passed"))
        let link = try SignedLinks(keys: [LinkKey(id: "k1", secret: "secret")])
            .link(to: "reports/q3.pdf", expires: 1_780_003_600)
        #expect(try Recipe.python.code().contains("'\(link)'"))
    }

    /// HMAC uses keys of up to 64 bytes directly, and the SHA-256 of longer ones.
    @Test("A recipe accepts secrets of every length", arguments: Recipe.allCases, [1, 32, 63, 64, 65, 200])
    func secrets(_ recipe: Recipe, _ length: Int) throws {
        let secret = String(repeating: "s", count: length)
        let made = try recipe.links(to: [Array("a.txt".utf8)], secret: secret, expires: 1_780_003_600)
        #expect(try made == [SignedLinks(keys: [LinkKey(secret: secret)]).link(to: "a.txt", expires: 1_780_003_600)])
    }

    /// Wrappers that precede the real programs in PATH log their arguments and call the real ones.
    @Test("The shell recipe passes the secret to no program as an argument") func arguments() throws {
        let directory = try Workspace.shared.makeDirectory("calls")
        for program in ["openssl", "od", "tr", "cat"] {
            try Files.write(
                """
                #!/bin/bash
                printf '%s\\n' "\(program) $*" >>"\(directory)/calls.log"
                PATH=\(ChildProcess.plainEnvironment["PATH"]!) exec \(program) "$@"
                """, to: "\(directory)/\(program)", mode: 0o755)
        }
        let secret = String(repeating: "hidden", count: 20)
        let path = "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)"
        _ = try Recipe.bash.links(
            to: [Array("a.txt".utf8)], secret: secret, expires: 1_780_003_600, environment: ["PATH": path])
        let calls = try Files.text("\(directory)/calls.log")
        #expect(calls.contains("openssl dgst -sha256 -binary"))
        let hexadecimal = "hidden".utf8.map { String($0, radix: 16) }.joined()
        #expect(!calls.contains("hidden") && !calls.contains(hexadecimal))
    }

    @Test("The article names every format", arguments: LinkFormat.allNames) func formats(_ name: String) throws {
        #expect(try Recipe.text().contains("`\(name)`"))
    }
}
