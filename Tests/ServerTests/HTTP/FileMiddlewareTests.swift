import Testing

/// Hummingbird's own `FileMiddleware` and `Sendfile`, with the same files and requests: the table of the article about HTTP servers.
@Suite struct FileMiddlewareTests {
    private struct Question {
        /// The request, as the article shows it.
        let text: String
        let file: FileName
        var fields: [String: String] = [:]
        var method = "GET"
        /// The path, if it is not the percent-encoded name of the file.
        var target: String?
    }

    private static let file = "large.bin" as FileName
    private static let questions = [
        Question(text: "`Range: bytes=0-9`", file: Self.file, fields: ["Range": "bytes=0-9"]),
        Question(text: "`Range: bytes=-500`", file: Self.file, fields: ["Range": "bytes=-500"]),
        Question(text: "`Range: bytes=-0`", file: Self.file, fields: ["Range": "bytes=-0"]),
        Question(
            text: "`Range: bytes=999-`, a file of 20 bytes", file: "plain.txt", fields: ["Range": "bytes=999-"]),
        Question(text: "`Range: bytes=0-0`, an empty file", file: "empty.txt", fields: ["Range": "bytes=0-0"]),
        Question(text: "`Range: bytes=0-1,5-6`", file: Self.file, fields: ["Range": "bytes=0-1,5-6"]),
        Question(
            text: "`HEAD` with `Range: bytes=0-9`", file: Self.file, fields: ["Range": "bytes=0-9"], method: "HEAD"),
        Question(
            text: "`If-Match`, another version", file: "plain.txt", fields: ["If-Match": "\"other\""]),
        Question(
            text: "`If-Unmodified-Since`, modified since", file: "plain.txt",
            fields: ["If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:10 GMT"]),
        Question(text: "the file `a..b`", file: "a..b"),
        Question(text: "a name that is not UTF-8", file: FileName(Array("latin1 ".utf8) + [0xE9] + Array(".txt".utf8))),
        Question(text: "`/plain.txt%00.jpg`", file: "plain.txt", target: "/plain.txt%00.jpg"),
        Question(text: "`/plain.txt/`", file: "plain.txt", target: "/plain.txt/"),
        Question(text: "a symbolic link to a file outside the directory", file: "link-out.txt"),
    ]

    @Test("The article's table shows what FileMiddleware and Sendfile answer") func table() throws {
        let root = try Workspace.shared.root
        let programs = [
            try HTTPProgram.alone("test-file-middleware"),
            try HTTPProgram.alone("HummingbirdDownloads"),
        ]
        defer { for program in programs { try? program.stop() } }
        let rows = try Self.questions.map { question in
            let target = question.target ?? "/\(question.file.percentEncoded)"
            let content = try Files.read("\(root)/".utf8 + question.file.bytes)
            return try [question.text]
                + programs.map { program in
                    Self.description(
                        try program.get("/files\(target)", question.fields, method: question.method), content,
                        isHead: question.method == "HEAD")
                }
        }
        try GeneratedSection(
            article: "Sources/Sendfile/Documentation.docc/AnyHTTPServer.md", name: "file middleware",
            filter: "FileMiddleware"
        ).check(GeneratedSection.table(["request", "FileMiddleware", "Sendfile"], rows))
    }

    /// The status, the sent bytes of a file with this content, and the header fields that contradict them.
    private static func description(_ answer: HTTPAnswer, _ content: [UInt8], isHead: Bool) -> String {
        guard answer.status == 200 || answer.status == 206 else { return String(answer.status) }
        var words = ["\(answer.status)"]
        let length = answer.field("Content-Length").flatMap { Int($0) }
        if isHead {
            words.append(length == content.count ? "the length of the file" : "another length")
        } else {
            words.append(Self.bytes(answer, content))
            if length != answer.body.count {
                words.append(length.map { "`Content-Length: \($0)`" } ?? "no Content-Length")
            }
        }
        if let range = answer.field("Content-Range"), range.contains("--") || isHead {
            words.append("`Content-Range: \(range.prefix { $0 != "/" })/…`")
        }
        return words.joined(separator: ", ")
    }

    private static func bytes(_ answer: HTTPAnswer, _ content: [UInt8]) -> String {
        let body = answer.body
        if answer.field("Content-Type")?.hasPrefix("multipart/byteranges") == true { return "all ranges" }
        if body.isEmpty { return "no bytes" }
        if body == content { return "the file" }
        let count = body.count == 1 ? "byte" : "\(body.count) bytes"
        if content.starts(with: body) { return "the first \(count)" }
        return content.suffix(body.count) == body[...] ? "the last \(count)" : "other bytes"
    }
}
