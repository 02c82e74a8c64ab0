import FastCGITesting
import Glibc
import HTTPTypes
import Testing

@testable import ProtectedDownloads

/// Application servers that share only their keys, each with its own copy of the files.
@Suite struct SharedKeysTests {
    /// The gate of an application server.
    private struct Gate {
        let program: RunningProgram
        private let environment: [String: String]

        init(secret: String) throws {
            let root = try Workspace.shared.makeDirectory("gate-files")
            try Files.write(Corpus.content(of: "plain.txt"), to: "\(root)/plain.txt".utf8)
            try Files.write(Corpus.large.content, to: "\(root)/large.bin".utf8)
            let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("gate"))/gate.sock")
            let environment = [
                "FASTCGI_LISTEN": address.description, "SENDFILE_ROOT": root, "SENDFILE_LINK_SECRET": secret,
            ]
            self.environment = environment
            let process = try ChildProcess(
                [try Workspace.shared.gate, "serve"],
                environment: ChildProcess.plainEnvironment.merging(environment) { $1 }, log: "\(root).log")
            self.program = RunningProgram(process: process, address: address)
            try self.program.waitUntilListening()
        }

        func link(to path: String) throws -> String {
            let run = try GateRun(["link", path], environment: self.environment)
            guard run.end == .exited(0) else { throw Failure("no link: \(run.errors)") }
            return String(run.output.dropLast())
        }

        func get(_ link: String, _ parameters: [String: String] = [:]) throws -> FastCGIAnswer {
            try self.program.client().exchange("GET", link, parameters: parameters)
        }

        func stop() throws { #expect(try self.program.stop() == .exited(0)) }
    }

    @Test("A link of one gate is valid at another one with the same secret, and a download resumes there")
    func links() throws {
        let secret = "the-secret-of-two-gates-\(getpid())"
        let (first, second) = (try Gate(secret: secret), try Gate(secret: secret))
        let stranger = try Gate(secret: "\(secret)-changed")
        let link = try first.link(to: "large.bin")
        let answers = try [first.get(link), second.get(link)]
        for answer in answers {
            #expect(answer.status == 200 && Bytes(answer.body) == Bytes(Corpus.large.content))
            for name in ["ETag", "Last-Modified"] {
                #expect(answer.field(name) != nil && answer.field(name) == answers[0].field(name), "\(name)")
            }
        }
        let tag = try #require(answers[0].field("ETag"))
        let begun = try first.get(link, ["HTTP_RANGE": "bytes=0-99999"])
        let rest = try second.get(link, ["HTTP_RANGE": "bytes=100000-", "HTTP_IF_RANGE": tag])
        #expect(begun.status == 206 && rest.status == 206)
        #expect(Bytes(begun.body + rest.body) == Bytes(Corpus.large.content))
        #expect(try second.get(link, ["HTTP_IF_NONE_MATCH": tag]).status == 304)
        #expect(try stranger.get(link).status != 200)

        // Errors are equal, too.
        let plain = try first.link(to: "plain.txt")
        for target in [
            "/", "/plain.txt", "\(plain)x", plain.replacing("plain", with: "other"), "/%00", "/../plain.txt",
        ] {
            let (one, other) = (try first.get(target), try second.get(target))
            #expect(one.status.map { $0 >= 400 } == true && one.output == other.output, "\(target)")
        }
        for gate in [first, second, stranger] { try gate.stop() }
    }

    /// An example site with the keys of another one.
    private static func site(keysOf other: ExampleHandler?) throws -> ExampleHandler {
        let directory = try Workspace.shared.makeDirectory("server")
        if let other {
            try Files.makeDirectory("\(directory)/state", mode: 0o700)
            for name in ["session.key", "links.key"] {
                let key = try Files.read("\(other.state)/\(name)")
                try Files.write(key, to: "\(directory)/state/\(name)".utf8, mode: 0o600)
            }
        }
        let example = try ExampleHandler(directory: directory)
        try Files.write("of every server", to: "\(example.root)/research/a.txt")
        return example
    }

    @Test("A session of one server and the tokens of its forms are valid on another one with the same key")
    func sessions() async throws {
        let first = try Self.site(keysOf: nil)
        let second = try Self.site(keysOf: first)
        let stranger = try Self.site(keysOf: nil)
        let ada = try await first.ada()
        for (example, status) in [(first, 200), (second, 200), (stranger, 401)] {
            let answer = try await example.get("/files/research/a.txt", cookies: ada.cookies)
            #expect(answer.status.code == status)
        }

        // A session that ends on one server continues on another, unless they share the directory of ended sessions.
        func signOut(_ example: ExampleHandler) async throws -> Int {
            try await example.respond(
                to: TestRequest(
                    .post, "/sign-out", headerFields: [.cookie: ada.cookies], body: Array("token=\(ada.token)".utf8))
            ).status.code
        }
        #expect(try await signOut(second) == 303)
        #expect(try await second.get("/files/research/a.txt", cookies: ada.cookies).status == .unauthorized)
        #expect(try await first.get("/files/research/a.txt", cookies: ada.cookies).status == .ok)
    }
}
