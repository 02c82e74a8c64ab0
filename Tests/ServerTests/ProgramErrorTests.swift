import Glibc
import Testing

/// The error messages and exit statuses of a program that cannot start.
@Suite(.collectingProgramLogs, .showingProgramLogs)
struct ProgramErrorTests {
    struct Case: CustomTestStringConvertible {
        let environment: [String: String]
        let status: Int32
        /// The message, or its beginning.
        let sentence: String

        var testDescription: String { self.environment.map { "\($0)=\($1)" }.sorted().joined(separator: " ") }
    }

    static let cases = [
        Case(
            environment: ["SENDFILE_ROOT": "/nonexistent"], status: 78,
            sentence:
                "SENDFILE_ROOT is \"/nonexistent\", which does not exist; create the directory or correct the path"),
        Case(
            environment: ["SENDFILE_ROOT": "files"], status: 78,
            sentence:
                "SENDFILE_ROOT is \"files\", which is relative; use an absolute path"
        ),
        Case(
            environment: ["SENDFILE_ROOT": "/etc/passwd"], status: 78,
            sentence:
                "SENDFILE_ROOT is \"/etc/passwd\", which is not a directory; use the directory that contains the files"),
        Case(
            environment: ["SENDFILE_BACKEND": "iis"], status: 78,
            sentence: "SENDFILE_BACKEND is \"iis\", which is not a backend; use one of "),
        Case(
            environment: ["SENDFILE_URL": "/a/../b"], status: 78,
            sentence: "SENDFILE_URL is \"/a/../b\", which is not a URL path; use the web server's internal location"),
        Case(
            environment: ["FASTCGI_WORKERS": "none"], status: 78,
            sentence: "FASTCGI_WORKERS is \"none\", which is not a whole number, 1 or more"),
        Case(
            environment: ["FASTCGI_READ_TIMEOUT": "a\nb"], status: 78,
            sentence:
                #"FASTCGI_READ_TIMEOUT is "a\nb", which is not a time such as 30, 30s, 1.5s, 500ms, 5m, 1h, 7d or 2w; a number alone is seconds, and more than 0"#
        ),
        Case(
            environment: ["FASTCGI_ACCESS_LOG": "/nonexistent/access.jsonl"], status: 78,
            sentence:
                "FASTCGI_ACCESS_LOG is \"/nonexistent/access.jsonl\", which is not a file that this process can write "
                + "(No such file or directory); create its directory, and give the program's user write permission"),
        Case(
            environment: ["FASTCGI_LISTEN": "nowhere"], status: 78,
            sentence:
                "FASTCGI_LISTEN is \"nowhere\", which is not a path, host:port or [::1]:port; give one of these, such as "
                + "/run/program.sock"),
        Case(
            environment: ["FASTCGI_LISTEN": "/nonexistent/program.sock"], status: 69,
            sentence:
                "cannot listen on /nonexistent/program.sock: No such file or directory: the directory /nonexistent does not "
                + "exist; create it"),
        Case(environment: [:], status: 64, sentence: "This is a FastCGI program: a web server starts it"),
        Case(
            environment: ["FAILS_BECAUSE": "the database is away,\nand so am I"], status: 70,
            sentence: #"the database is away,\nand so am I"#),
    ]

    /// The program's name, with which Unix programs begin their messages.
    private static func name() throws -> Substring {
        try #require(Workspace.shared.program.split(separator: "/").last)
    }

    @Test("A program that cannot start prints the reason in one sentence", arguments: cases)
    func program(_ example: Case) throws {
        let program = try RunningProgram.start(environment: example.environment)
        #expect(try program.waitForEnd() == .exited(example.status))
        let text = try Files.text(program.log)
        #expect(text.hasPrefix("\(try Self.name()): \(example.sentence)"), "\(text)")
        #expect(text.hasSuffix("\n") && text.count { $0 == "\n" } == 1, "\(text)")
    }

    @Test(
        "A program with its own main gets errors of the server's settings, and no library ends it",
        arguments: cases.filter { $0.environment.isEmpty || $0.environment.keys.first!.hasPrefix("FASTCGI_") })
    func ownMain(_ example: Case) throws {
        let program = try RunningProgram.start(environment: example.environment.merging(["MAIN": "own"]) { $1 })
        #expect(try program.waitForEnd() == .exited(example.status))
        let text = try Files.text(program.log)
        // FastCGIProgram keeps line ends out of its line; this program does not.
        let sentence = example.sentence.replacing(#"\n"#, with: "\n")
        #expect(text.hasPrefix("own main: \(sentence)"), "\(text)")
        #expect(text.count { $0 == "\n" } == 1 + sentence.count { $0 == "\n" }, "\(text)")
    }

    @Test(
        "A program that is stopped by a signal exits with status 0", arguments: ["own", nil],
        [SIGTERM, SIGINT, SIGUSR1])
    func signals(main: String?, signal: Int32) throws {
        let program = try RunningProgram.listening(main.map { ["MAIN": $0] } ?? [:])
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        program.process.signal(signal)
        #expect(try program.process.waitForEnd() == .exited(0))
    }
}
