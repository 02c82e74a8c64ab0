import Glibc
import Testing

/// `Sendfile` in servers that speak HTTP: the same answers from each, by header and by stream.
@Suite struct HTTPProgramTests {
    struct Setup: CustomTestStringConvertible {
        /// The web server in front of the example; `nil` for a program with plain swift-nio and no web server.
        let proxy: HTTPProxy?
        let streams: Bool

        static let all =
            HTTPProxy.allCases.flatMap { [Setup(proxy: $0, streams: false), Setup(proxy: $0, streams: true)] }
            + [Self.nio]
        static let nio = Setup(proxy: nil, streams: true)

        var testDescription: String {
            guard let proxy else { return "swift-nio" }
            return "Hummingbird behind \(proxy)\(self.streams ? ", stream" : "")"
        }

        func withProgram(_ body: (HTTPProgram) throws -> Void) throws {
            let program =
                if let proxy {
                    try HTTPProgram.hummingbird(behind: proxy, streams: self.streams)
                } else {
                    try HTTPProgram.alone("test-plain-nio")
                }
            defer { try? program.stop() }
            try body(program)
        }
    }

    @Test("A program that speaks HTTP gives the right answer to each question", arguments: Setup.all)
    func answers(_ setup: Setup) throws {
        try setup.withProgram { program in
            let (target, content) = ("/files/\(Corpus.large.name)", Corpus.large.content)

            let before = try program.statistics.bytesWritten
            let whole = try program.get(target)
            let written = try program.statistics.bytesWritten - before
            #expect(whole.status == 200 && Bytes(whole.body) == Bytes(content))
            #expect(setup.streams ? written >= content.count : written < 65_536)
            #expect(whole.field("Content-Length") == String(content.count))
            #expect(whole.field("Cache-Control") == "private")
            #expect(!whole.fields.contains { ["x-accel-redirect", "x-sendfile"].contains($0.name.lowercased()) })
            let tag = try #require(whole.field("ETag"))

            let head = try program.get(target, method: "HEAD")
            #expect(head.status == 200 && head.body.isEmpty && head.field("Content-Length") == String(content.count))
            #expect(head.field("ETag") == tag)
            let unmodified = try program.get(target, ["If-None-Match": tag])
            #expect(unmodified.status == 304 && unmodified.field("ETag") == tag && unmodified.body.isEmpty)
            #expect(try program.get(target, ["If-None-Match": "\"other\""]).status == 200)
            #expect(try program.get(target, ["If-Match": "\"other\""]).status == 412)
            #expect(try program.get(target, ["If-Match": tag]).status == 200)
            let suffix = try program.get(target, ["Range": "bytes=-500"])
            #expect(suffix.status == 206 && suffix.body == Array(content.suffix(500)))
            let middle = try program.get(target, ["Range": "bytes=1000-1999", "If-Range": tag])
            #expect(middle.status == 206 && middle.body == Array(content[1000..<2000]))
            #expect(middle.field("Content-Range") == "bytes 1000-1999/\(content.count)")
            let other = try program.get(target, ["Range": "bytes=0-9", "If-Range": "\"other\""])
            #expect(other.status == 200 && other.body.count == content.count)
            let beyond = try program.get(target, ["Range": "bytes=\(content.count)-"])
            #expect(beyond.status == 416 && beyond.field("Content-Range") == "bytes */\(content.count)")
            #expect(try program.get("/files/missing.txt").status == 404)
            #expect(try program.get("/files/link-out.txt").status == 404)
            #expect(try program.client.get(target).status == 403)
        }
    }

    /// The names are those of the tests over FastCGI: control characters, encodings, dots, names that look like header fields, all of
    /// Unicode, and bytes that are not UTF-8.
    @Test("A program that speaks HTTP sends the file of any name, and saves it under that name", arguments: Setup.all)
    func names(_ setup: Setup) throws {
        try setup.withProgram { program in
            for name in Corpus.names {
                let answer = try program.get("/files/\(name.percentEncoded)?attachment")
                #expect(answer.status == 200, "\(name.testDescription)")
                #expect(answer.body == Corpus.content(of: name), "\(name.testDescription)")
                if setup.proxy != nil { try self.checkSavedName(of: name, answer) }
            }
            for target in ["/files/%2e%2e/secret.txt", "/files//\(Corpus.large.name)", "/files/team%2Freport.txt"] {
                // Web servers refuse some of them themselves.
                #expect(try [400, 403, 404].contains(program.get(target).status), "\(target)")
            }
        }
    }

    /// A client saves under the last component of the path; characters that are not text, such as line ends, are replaced.
    private func checkSavedName(of name: FileName, _ answer: HTTPAnswer) throws {
        let disposition = try ContentDispositionReader(#require(answer.field("Content-Disposition")))
        #expect(disposition.type == "attachment", "\(name.testDescription)")
        let saved = try #require(disposition.fileName, "\(name.testDescription)")
        let component = name.bytes.split(separator: UInt8(ascii: "/")).last ?? []
        let isText = String(validating: component, as: UTF8.self).map { !Self.hasControl($0) } ?? false
        if isText {
            #expect(Array(saved.utf8) == Array(component), "\(name.testDescription)")
        } else {
            #expect(!Self.hasControl(saved), "\(name.testDescription)")
        }
    }

    private static func hasControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    @Test("A client's header fields are not settings", arguments: Setup.all.filter(\.streams))
    func clientFields(_ setup: Setup) throws {
        try setup.withProgram { program in
            let answer = try program.get(
                "/files/\(Corpus.large.name)",
                [
                    "X-Sendfile-Type": "X-Accel-Redirect", "X-Accel-Mapping": "/=/protected/",
                    "SENDFILE-BACKEND": "nginx",
                    "X-Sendfile": "/etc/passwd", "X-Accel-Redirect": "/protected/plain.txt",
                ])
            #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
        }
    }

    @Test("A file of 1 GiB is streamed without growth of the program's memory", arguments: Setup.all.filter(\.streams))
    func constantMemory(_ setup: Setup) throws {
        try setup.withProgram { try self.checkMemory(of: $0, below: "/files/") }
    }

    @Test(
        "A route of FastCGIHummingbird streams a file of 1 GiB on Hummingbird's own server without growth of memory, with any context",
        arguments: ["FastCGIRequestContext", "BasicRequestContext"])
    func constantMemoryOfRoute(context: String) throws {
        let program = try HTTPProgram.alone("hummingbird-application", environment: ["CONTEXT": context])
        defer { try? program.stop() }
        try self.checkMemory(of: program, below: "/file/")
    }

    private func checkMemory(of program: HTTPProgram, below path: String) throws {
        #expect(try program.get("\(path)\(Corpus.large.name)").body.count == Corpus.large.content.count)
        let before = try program.statistics.peakMemory
        let comparison = try FileComparison(path: "\(Workspace.shared.root)/\(Corpus.huge.name)")
        let fields = ["Cookie": "ticket=blue"]
        let answer = try program.client.send("GET", "\(path)\(Corpus.huge.name)", fields) {
            try comparison.take($0)
        }
        #expect(answer.status == 200)
        #expect(comparison.length == Corpus.huge.size && comparison.isEqual)
        #expect(try program.statistics.peakMemory - before < Workspace.shared.toleratedGrowth)
    }
}
