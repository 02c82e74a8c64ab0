import FastCGI
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SystemPackage
import Testing

/// The content of the access log's lines.
@Suite struct AccessLogTests {
    private static let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }

    /// Returns the response to one request, and the line about it.
    private func line(
        _ method: String = "GET", _ target: String = "/a%20b?signature=secret", _ more: [(String, String)] = [],
        handler: @escaping FastCGIServer.Handler
    ) async throws -> (answer: Peer.Answer, line: JSON) {
        let log = AccessLogFile()
        let server = try await RunningServer(try log.configuration, handler: handler)
        let answer = try server.peer().request(method, target, more)
        let lines = try await log.lines(count: 1)
        try await server.stop()
        #expect(try log.lines().count == 1)
        return (answer, lines[0])
    }

    @Test("The line about a streamed file is complete and contains neither the query nor the cookies")
    func streamedFile() async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let (answer, line) = try await self.line("GET", "/a%20b?signature=secret", [("HTTP_COOKIE", "session=secret")])
        {
            try sendfile($0, "./file.bin", attachment: .attachment(named: "Q3 \"über\".pdf")).with(user: "alice")
                .with(grantID: "share-42", keyID: "k1")
        }
        guard case .object(var members) = line else { throw Peer.Failure(description: "no object") }
        let time = members.removeValue(forKey: "time")?.text ?? ""
        #expect(time.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
        guard case .number(let milliseconds)? = members.removeValue(forKey: "milliseconds") else {
            throw Peer.Failure(description: "no duration")
        }
        #expect((0..<20_000).contains(try #require(Double(milliseconds))))
        #expect(
            members == [
                "request": .number("1"), "download": .null, "user": .text("alice"), "client": .text("127.0.0.1"),
                "grant": .text("share-42"), "key": .text("k1"),
                "method": .text("GET"),
                "path": .text("/a%20b"), "file": .text("./file.bin"), "status": .number("200"), "range": .null,
                "bytes": .number("3000"), "size": .number("3000"), "etag": .text(try #require(answer.field("ETag"))),
                "disposition": .text(
                    #"attachment; filename="Q3 __ber_.pdf"; filename*=UTF-8''Q3%20%22%C3%BCber%22.pdf"#),
                "delivery": .text("stream"), "sent": .number("3000"), "complete": .flag(true),
            ])
    }

    /// A request and the expected members of its line.
    struct Case: CustomTestStringConvertible {
        var backend = BackendChoice.stream
        var method = "GET"
        var file = "file.bin"
        var parameters: [(String, String)] = []
        /// `status range bytes size delivery sent complete`
        let expected: String

        var testDescription: String { "\(self.backend) \(self.method) \(self.file) \(self.parameters)" }
    }

    private static let range = [("HTTP_RANGE", "bytes=10-19")]

    @Test(
        "Status, bytes and delivery in the line are those of the response",
        arguments: [
            Case(parameters: range, expected: "206 10-19 10 3000 stream 10 true"),
            Case(parameters: [("HTTP_RANGE", "bytes=5000-")], expected: "416 null 0 3000 none null true"),
            Case(parameters: [("HTTP_IF_NONE_MATCH", "*")], expected: "304 null 0 3000 none null true"),
            Case(method: "HEAD", expected: "200 null 0 3000 none null true"),
            Case(method: "POST", expected: "405 null 0 null none null true"),
            Case(file: "other.bin", expected: "404 null 0 null none null true"),
            Case(file: "../etc/passwd", expected: "404 null 0 null none null true"),
            Case(backend: .nginx, expected: "200 null 3000 3000 nginx null null"),
            Case(backend: .nginx, method: "HEAD", expected: "200 null 0 3000 none null true"),
            Case(backend: .nginx, parameters: range, expected: "206 10-19 10 3000 nginx null null"),
            Case(backend: .lighttpd, expected: "200 null 3000 3000 lighttpd null null"),
            Case(backend: .apache, expected: "200 null 3000 3000 apache null null"),
            Case(backend: .caddy, expected: "200 null 3000 3000 caddy null null"),
            Case(backend: .automatic, expected: "200 null 3000 3000 stream 3000 true"),
            Case(backend: .custom(OwnServerBackend()), expected: "200 null 3000 3000 front-door null null"),
        ])
    func results(_ example: Case) async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: example.backend)
        let (_, line) = try await self.line(example.method, "/", example.parameters) { try sendfile($0, example.file) }
        let members = ["status", "range", "bytes", "size", "delivery", "sent", "complete"].map { name in
            switch line[name] {
            case .null: "null"
            case .flag(let flag): "\(flag)"
            case .number(let text), .text(let text): text
            default: "?"
            }
        }
        #expect(members.joined(separator: " ") == example.expected)
        #expect(line["file"] == .text(example.file))
        #expect(line["method"] == .text(example.method))
    }

    struct OwnServerBackend: Backend {
        let name = "front-door"
        let reservedFieldNames = ["X-Own"]

        func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
            FileResponse.ServerField(name: "X-Own", value: decision.location.path).map { [$0] }
        }
    }

    @Test(
        "The user in the line is the one from the handler, otherwise the one from the web server",
        arguments: [("alice", "bob", "alice"), (nil, "bob", "bob"), (nil, nil, nil), ("alice", nil, "alice")])
    func user(
        named: String?, known: String?, expected: String?
    ) async throws {
        let sendfile = try Sendfile(root: "/usr", backend: .stream)
        let (answer, line) = try await self.line("GET", "/", known.map { [("REMOTE_USER", $0)] } ?? []) { request in
            var response = try sendfile(request, "missing")
            response.user = named
            return response
        }
        #expect(line["user"] == expected.map { .text($0) } ?? .null)
        #expect(!answer.head.joined().contains("alice"))
    }

    @Test(
        "No file name or user breaks out of its line or is changed",
        arguments: [
            "a\"b\\c", "line\nend", "line\r\n{\"user\":\"forged\"}", "\u{0}\u{1}\u{1F}\u{7F}\u{85}", "\u{2028}\u{2029}",
            "\u{202E}txt.exe", "日本語 🎉 é e\u{301}", "\u{1F468}\u{200D}\u{1F469}", "\u{E000}\u{10FFFF}", "</script>",
        ])
    func hostileNames(text: String) async throws {
        let sendfile = try Sendfile(root: "/usr", backend: .stream)
        let (_, line) = try await self.line("GET", "/") { try sendfile($0, text).with(user: text) }
        #expect(line["file"]?.text?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
        #expect(line["user"]?.text?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
        #expect(line["file_encoded"] == nil)
    }

    @Test("A line contains only ASCII and visible letters") func invisibleCharacters() async throws {
        let log = AccessLogFile()
        let sendfile = try Sendfile(root: "/usr", backend: .stream)
        let server = try await RunningServer(try log.configuration) { try sendfile($0, "a\u{202E}\u{9B}\u{7F}b") }
        _ = try server.peer().request("GET", "/\u{9B}31m\u{7F}")
        _ = try await log.lines(count: 1)
        try await server.stop()
        let text = String(decoding: log.bytes(), as: UTF8.self)
        #expect(text.contains(#"a\u202e\u009b\u007fb"#))
        #expect(text.contains(#"/\u009b31m\u007f"#))
        #expect(!text.unicodeScalars.dropLast().contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
    }

    @Test("A file name that is not UTF-8 is written without loss") func otherEncodings() async throws {
        let name: [UInt8] = Array("caf".utf8) + [0xE9] + Array("/%\u{fc} x".utf8)
        let path = FilePath(platformString: name.map(CChar.init(bitPattern:)) + [0])
        let sendfile = try Sendfile(root: "/usr", backend: .stream)
        let (_, line) = try await self.line { try sendfile($0, path) }
        #expect(line["file"] == .text("caf\u{FFFD}/%\u{fc} x"))
        #expect(line["file_encoded"] == .text("caf%E9/%25%C3%BC%20x"))
    }

    @Test("The line about an abandoned stream contains the number of sent bytes") func abandonedStream() async throws {
        let root = FileTests.Root(bytes: [UInt8](repeating: 7, count: 20_000_000))
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let log = AccessLogFile()
        let server = try await RunningServer(try log.configuration) { try sendfile($0, "file.bin") }
        do {
            let peer = try server.peer()
            try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
            #expect(try peer.nextRecord()?.type == 6)
            #expect(try peer.nextRecord()?.content.count == 65_528)
        }
        let line = try await log.lines(count: 1)[0]
        try await server.stop()
        #expect(line["complete"] == .flag(false))
        #expect(line["bytes"] == .number("20000000"))
        guard case .number(let sent)? = line["sent"] else { throw Peer.Failure(description: "not a stream: \(line)") }
        #expect((65_528..<20_000_000).contains(try #require(Int(sent))))
    }

    @Test("A response that no Sendfile created has no line") func otherResponses() async throws {
        struct Broken: Error {}
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let log = AccessLogFile()
        let server = try await RunningServer(try log.configuration) { request in
            switch request.path {
            case "/text": return Response(body: "text").with(user: "alice")
            case "/throw": throw Broken()
            default: return try sendfile(request, "file.bin")
            }
        }
        for target in ["/text", "/throw", "/file"] { _ = try server.peer().request("GET", target) }
        try await RunningServer.wait { server.statistics.handledRequests == 3 }
        try await server.stop()
        #expect(try log.lines().map { $0["path"] } == [.text("/file")])
    }

    // MARK: With a logger

    @Test(
        "A logger receives the members of the line as metadata, at the configured level",
        arguments: [Logger.Level?.none, .info, .trace])
    func logger(level: Logger.Level?) async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .nginx)
        let lines = LogLines()
        let configuration = FastCGIServer.Configuration.with {
            $0.accessLogLevel = level
            $0.accessLogger = Logger(label: "test") { _ in lines.handler }
        }
        let server = try await RunningServer(configuration) {
            try sendfile($0, "file.bin", attachment: .attachment).with(user: "eve\nforged")
        }
        _ = try server.peer().request("GET", "/x?secret", Self.range)
        try await server.stop()
        // The test's logger records debug and above.
        #expect(lines.all.count == (level == .info ? 1 : 0))
        guard let line = lines.all.first else { return }
        #expect(line.hasPrefix("info download "))
        for fact in [
            "\"user\": eve\\nforged", "\"file\": file.bin", "\"path\": /x", "\"status\": 206", "\"range\": 10-19",
            "\"bytes\": 10", "\"size\": 3000", "\"delivery\": nginx", "\"client\": 127.0.0.1",
            "\"disposition\": attachment; filename=\"file.bin\"",
        ] { #expect(line.contains(fact), "\(line)") }
        #expect(!line.contains("secret"))
        #expect(!line.contains("\"sent\""))
    }
}
