import Glibc
import Testing

/// `Sendfile` in servers that speak HTTP: the same answers from each, by header and by stream.
@Suite struct HTTPProgramTests {
    enum Setup: String, CaseIterable, CustomTestStringConvertible {
        case header, stream, nio

        var testDescription: String { self.rawValue }

        func start() throws -> HTTPProgram {
            switch self {
            case .header: try .hummingbird(["--nginx"])
            case .stream: try .hummingbird([])
            case .nio: try .alone("test-plain-nio")
            }
        }
    }

    @Test("A program that speaks HTTP gives the right answer to each question", arguments: Setup.allCases)
    func answers(_ setup: Setup) throws {
        let program = try setup.start()
        defer { try? program.stop() }
        let (target, content) = ("/files/\(Corpus.large.name)", Corpus.large.content)

        let whole = try program.get(target)
        #expect(whole.status == 200 && Bytes(whole.body) == Bytes(content))
        #expect(whole.field("Content-Length") == String(content.count))
        #expect(whole.field("Cache-Control") == "private")
        #expect(!whole.fields.contains { ["x-accel-redirect", "x-sendfile"].contains($0.name.lowercased()) })
        let tag = try #require(whole.field("ETag"))

        let head = try program.get(target, method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty && head.field("Content-Length") == String(content.count))
        #expect(try program.get(target, ["If-None-Match": tag]).status == 304)
        let suffix = try program.get(target, ["Range": "bytes=-500"])
        #expect(suffix.status == 206 && suffix.body == Array(content.suffix(500)))
        let middle = try program.get(target, ["Range": "bytes=1000-1999", "If-Range": tag])
        #expect(middle.status == 206 && middle.body == Array(content[1000..<2000]))
        #expect(try program.get(target, ["Range": "bytes=\(content.count)-"]).status == 416)
        #expect(try program.get("/files/missing.txt").status == 404)
        #expect(try program.client.get(target).status == 403)
    }

    @Test("A program that speaks HTTP sends the file of any name", arguments: Setup.allCases)
    func names(_ setup: Setup) throws {
        let program = try setup.start()
        defer { try? program.stop() }
        let names: [FileName] = [
            "a..b", "...", "100%.txt", "100%25.txt", "%2e%2e", "日本語.txt", "question?a=b.txt", "\\", "+", ".hidden",
        ]
        for name in names {
            let answer = try program.get("/files/\(name.percentEncoded)")
            #expect(answer.status == 200 && answer.body == Corpus.content(of: name), "\(name.testDescription)")
        }
        for target in ["/files/%2e%2e/outside.txt", "/files//\(Corpus.large.name)", "/files/a%2Fb"] {
            // nginx refuses some of them itself.
            #expect(try [400, 403, 404].contains(program.get(target).status), "\(target)")
        }
    }

    @Test("A client's header fields are not settings", arguments: [Setup.stream, .nio])
    func clientFields(_ setup: Setup) throws {
        let program = try setup.start()
        defer { try? program.stop() }
        let answer = try program.get(
            "/files/\(Corpus.large.name)",
            [
                "X-Sendfile-Type": "X-Accel-Redirect", "X-Accel-Mapping": "/=/protected/", "SENDFILE-BACKEND": "nginx",
                "X-Sendfile": "/etc/passwd", "X-Accel-Redirect": "/protected/plain.txt",
            ])
        #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
    }

    @Test("Hummingbird's FileMiddleware answers differently, as the article says")
    func fileMiddleware() throws {
        let program = try HTTPProgram.alone("test-file-middleware", [try Workspace.shared.root])
        defer { try? program.stop() }
        let target = "/files/\(Corpus.large.name)"
        let suffix = try program.get(target, ["Range": "bytes=-500"])
        #expect(suffix.body != Array(Corpus.large.content.suffix(500)))
        #expect(try program.get("/files/a..b").status != 200)
    }
}
