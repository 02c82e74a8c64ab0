import Testing

extension ServerTests {
    /// Which files the web server sends and which the program sends itself.
    @Suite struct ParityDecisionTests {
        private static let columns: [(title: String, server: WebServer)] = [
            ("lighttpd", .lighttpd), ("nginx", .nginx), ("Apache", .apacheFcgid),
            ("Apache, local redirect", .apacheLocalRedirect), ("Caddy", .caddy),
        ]

        /// Kinds of names that a web server treats alike.
        private static let names: [(title: String, name: FileName)] = [
            ("a name with spaces, quotes, `&`, `+`, `;`", "a \"b\" 'c' & + ; \\.txt"),
            ("a name in Japanese", "日本語.txt"),
            ("a name with `%`", "100%25.txt"), ("a name with `#` or `?`", "a#b?c.txt"),
            ("a name with a space at the end", "blank "),
            ("a name with a tab", "a\tb"), ("a name with a tab at the end", "tab\t"), ("a name with DEL", "a\u{7F}b"),
            ("a name with a line end", "a\r\nb"), ("a name with other control characters", "a\u{1}b"),
            ("a name that is not UTF-8", FileName([0x61, 0xFF, 0x62])),
        ]

        @Test("The article lists which files the web server sends") func decisions() throws {
            let root = try Workspace.shared.root
            let program = try RunningProgram.listening(wrapper: ChildProcess.asServer)
            let directory = "decisions"
            try Files.makeDirectory("\(root)/\(directory)")
            var rows: [[String]] = []
            func row(_ title: String, _ target: String, method: String = "GET", range: String? = nil) throws {
                let cells = try Self.columns.map { column in
                    let answer = try BackendQuestion(column.server).ask(program, target, method: method, range: range)
                    #expect(answer.status == 200 || answer.status == 206, "\(title): \(answer.status)")
                    return answer.asked == nil ? "streamed" : "asked"
                }
                rows.append([title] + cells)
            }
            let plain = "/hex/\(FileName("plain.txt").hexadecimal)"
            let fields = try Self.columns.map { try BackendQuestion($0.server).ask(program, plain).asked }
            rows.append(["by the field"] + fields.map { "`\($0 ?? "")`" })
            try row("any other file", plain)
            for (title, name) in Self.names {
                let path = FileName(Array("\(directory)/".utf8) + name.bytes)
                try Files.write("text".utf8, to: Array("\(root)/".utf8) + path.bytes)
                try row(title, "/hex/\(path.hexadecimal)")
            }
            try row("a path of 4 KB", "/deep/\(Corpus.deepCharacters[0])")
            try row("`Range: bytes=2-5`", plain, range: "bytes=2-5")
            try row("`Range: bytes=0-1,4-5`", plain, range: "bytes=0-1,4-5")
            try row("a range in an unusual spelling, `bytes= 2-5`", plain, range: "bytes= 2-5")
            let encoded = FileName("Content-Encoding: gzip").hexadecimal
            try row("`Range: bytes=2-5` of encoded content", "/field/given/\(encoded)", range: "bytes=2-5")
            try row("`HEAD`", plain, method: "HEAD")
            #expect(try program.stop() == .exited(0))
            try GeneratedSection(article: ParityTable.article, name: "decisions").check(
                GeneratedSection.table(["the file"] + Self.columns.map(\.title), rows))
        }
    }
}
