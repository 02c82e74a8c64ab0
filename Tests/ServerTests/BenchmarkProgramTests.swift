import Glibc
import Testing

/// The programs that the benchmark compares. Their figures are comparable only if all send the same bytes.
@Suite struct BenchmarkProgramTests {
    /// A program, the path of its files, and the backend of this library that answers in the same way.
    struct Baseline: CustomTestStringConvertible {
        let name: String
        let path: String
        let backend: String

        var testDescription: String { "\(self.name), \(self.path)" }

        static let all = [
            Baseline(name: "loop", path: "/sendfile/", backend: "nginx"),
            Baseline(name: "loop", path: "/stream/", backend: "stream"),
            Baseline(name: "events", path: "/sendfile/", backend: "nginx"),
        ]
    }

    @Test("A C program of the benchmark answers as this library does", arguments: Baseline.all)
    func sameAnswer(_ baseline: Baseline) throws {
        let workspace = try Workspace.shared
        let program = "\(try workspace.makeDirectory("baseline"))/\(baseline.name)"
        try CCompiler.compile(
            "Tests/Benchmarks/baseline/\(baseline.name).c",
            ["-D_GNU_SOURCE", "-std=gnu17", "-pthread", "-Wno-unused-function", "-lfcgi"], to: program)
        let process = try ChildProcess([program, "2", workspace.root, "\(program).sock"], log: "\(program).out")
        // libfcgi treats SIGTERM as a request to stop after the next request.
        defer { process.signal(SIGKILL) }
        let socket = Address.unix(path: "\(program).sock")
        try Deadline.wait("the C program listens") { (try? Socket.connected(to: socket)) != nil }
        let library = try RunningProgram.listening([
            "SENDFILE_BACKEND": baseline.backend, "SENDFILE_URL": "/protected/",
        ])

        let file = Corpus.large.name
        let expected = try library.client().exchange("GET", "/file/\(file)")
        let answer = try FastCGIClient(socket).exchange(
            "GET", baseline.path + file, parameters: ["DOCUMENT_URI": baseline.path + file])
        #expect(expected.status == 200)
        #expect(answer.fields.map { "\($0.name): \($0.value)" } == expected.fields.map { "\($0.name): \($0.value)" })
        #expect(answer.body == expected.body)
        #expect(try library.stop() == .exited(0))
    }
}
