import Testing

/// The article's table of symptoms lists exactly the faults that the tests of `sendfile-gate check` produce.
@Suite struct TroubleshootingTests {
    /// The visible symptom of each diagnosis, in the order of the table.
    static let symptoms: [(diagnosis: String, symptom: String)] = [
        ("status/not-found-by-server", "404, on the web server's own page"),
        ("status/unknown-to-program", "404, not on the web server's own page"),
        ("status/not-signed-in", "401"), ("permissions/closed-to-server", "403 or 404"),
        ("status/forbidden-by-server", "403, on the web server's own page"),
        ("status/method-refused", "405"), ("status/redirected", "301 or 302"),
        ("status/internal-missing", "500, on nginx's own page"),
        ("status/program-failed", "500, not on the web server's own page"),
        ("status/program-unreachable", "502 or 503; Apache: 500 on its own page, or no answer"),
        ("socket/socket-missing", "502"), ("socket/program-not-running", "502"),
        ("socket/socket-closed", "502"), ("status/program-slow", "504"),
        ("bytes/header-swallowed", "0 bytes"), ("leak/header-not-honoured", "0 bytes, and the client sees the header"),
        ("leak/wrong-dialect", "0 bytes, and the client sees another server's header"),
        ("bytes/broken-off", "the download breaks off"), ("bytes/other-file", "a wrong file"),
        ("bytes/page-instead", "a page instead of the file"),
        ("names/name-lost", "404 or a wrong file, for names with `%`, a space, Japanese"),
        ("protected/unprotected", "the file, for every client"),
        ("protected/any-password", "the file, for every client that claims a name"),
        ("internal/internal-reachable", "the file, for every client, at the internal URL"),
        ("public/publicly-reachable", "the file, for every client, at another URL"),
        ("public/alias-traversal", "the file, for every client, at a URL with `../`"),
        ("leak/path-leaked", "the client sees a path on the disk"),
        ("sender/streamed", "slow, and the program is busy"), ("range/ranges-ignored", "no seeking, no resuming"),
        ("head/head-differs", "HEAD fails"), ("compression/compressed", "no length, no seeking, in browsers only"),
        ("revalidation/condition-ignored", "the whole file is sent each time"),
        ("revalidation/same-tag", "an old file after a change"),
        ("revalidation/no-tag", "no resuming; caches revalidate by date only"),
        ("leak/status-leaked", "the client sees a field `Status`"),
        ("clock/clock-off", "links expire too early or too late"),
    ]

    private static func rows() throws -> [String] {
        let unnamed = BrokenSetup.all.first { setup in
            !Self.symptoms.contains { $0.diagnosis == (setup.fails + setup.warns)[0] }
        }
        if let unnamed { throw Failure("no symptom for \(unnamed.testDescription)") }
        return Self.symptoms.flatMap { diagnosis, symptom in
            BrokenSetup.all.filter { ($0.fails + $0.warns)[0] == diagnosis }.map { setup in
                let parts = diagnosis.split(separator: "/")
                let remedy = setup.remedy.replacing("@ROOT@", with: "/srv/reports")
                return
                    "| \(symptom) | \(setup.server.rawValue) | \(setup.mistake) | `\(parts[0])`: `\(parts[1])` | `\(remedy)` |"
            }
        }
    }

    @Test("The article's table matches the tests")
    func table() throws {
        let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let article = try Files.text("\(path)/Sources/Sendfile/Documentation.docc/Troubleshooting.md")
        let table = article.split(separator: "\n").filter { $0.hasPrefix("| ") }.map(String.init)
        let mistakes = OrdinaryMistake.all.map { mistake in
            let parts = mistake.diagnosis.split(separator: "/")
            let diagnosis = parts.isEmpty ? "the web server does not answer" : "`\(parts[0])`: `\(parts[1])`"
            return "| \(mistake.server.rawValue) | \(mistake.title) | \(diagnosis) |"
        }
        let rows = try Self.rows() + ["| web server | mistake | diagnosis |"] + mistakes
        #expect(Array(table.dropFirst()) == rows, "the table should be\n\(rows.joined(separator: "\n"))")
    }
}
