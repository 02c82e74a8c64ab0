import Glibc
import Testing

/// The start and the end of a program whose application is Hummingbird's.
@Suite(.collectingProgramLogs, .showingProgramLogs) struct HummingbirdStartTests {
    private static func start(_ environment: [String: String], _ arguments: [String] = []) throws -> ChildProcess {
        let workspace = try Workspace.shared
        let log = "\(try workspace.makeDirectory("hummingbird-program"))/program.log"
        ProgramLogs.current?.add(log)
        return try ChildProcess(
            ["\(try Workspace.built)/hummingbird-application"] + arguments,
            environment: ChildProcess.plainEnvironment.merging(["SENDFILE_ROOT": workspace.root]) { $1 }
                .merging(environment) { $1 }, log: log)
    }

    @Test(
        "A program that cannot start prints the reason in one sentence",
        arguments: [
            (["SENDFILE_ROOT": "files"], 78, "SENDFILE_ROOT is \"files\", which is relative; use an absolute path"),
            (
                ["FASTCGI_WORKERS": "none", "FASTCGI_LISTEN": "/tmp/unused"], 78,
                "FASTCGI_WORKERS is \"none\", which is not a whole number, 1 or more"
            ),
            (
                ["FASTCGI_LISTEN": "/nonexistent/site.sock"], 69,
                "cannot listen on /nonexistent/site.sock: No such file or directory: the directory /nonexistent does not exist; "
                    + "create it"
            ),
            ([:], 64, "This is a FastCGI program: a web server starts it"),
        ] as [([String: String], Int32, String)])
    func errors(environment: [String: String], status: Int32, sentence: String) throws {
        let program = try Self.start(environment)
        #expect(try program.waitForEnd() == .exited(status))
        let lines = try Files.text(program.log).split(separator: "\n")
        let last = try #require(lines.last)
        #expect(last.hasPrefix("hummingbird-application: \(sentence)"), "\(lines)")
        #expect(last.hasSuffix("start it with --development 8080.") == (status == 64), "\(lines)")
        // Beside the lines of its logger, nothing is printed.
        #expect(lines.dropLast().allSatisfy { $0.contains("Hummingbird: ") }, "\(lines)")
    }

    @Test("A development site that cannot start is an error with a status") func development() throws {
        let port = try Address.freePort()
        let listener = try Address.loopback(port: port).listen()
        defer { close(listener) }
        let program = try Self.start([:], ["--development", "\(port)"])
        #expect(try program.waitForEnd() == .exited(69))
        #expect(
            try Files.text(program.log)
                == "hummingbird-application: cannot listen on 127.0.0.1:\(port): Address already in use: another program listens "
                + "there; end it, or give another port\n")
    }

    @Test("An error of Hummingbird's own server is one sentence, too") func ownServer() throws {
        let port = try Address.freePort()
        let listener = try Address.loopback(port: port).listen()
        defer { close(listener) }
        let program = try Self.start(["PORT": "\(port)"])
        #expect(try program.waitForEnd() == .exited(70))
        let last = try #require(try Files.text(program.log).split(separator: "\n").last)
        #expect(last.hasPrefix("hummingbird-application: ") && last.contains("Address already in use"), "\(last)")
    }

    @Test("A program that is stopped by a signal exits with status 0", arguments: [SIGTERM, SIGINT, SIGUSR1])
    func signals(signal: Int32) throws {
        let socket = "\(try Workspace.shared.makeDirectory("hummingbird-signal"))/site.sock"
        let program = try Self.start(["FASTCGI_LISTEN": socket])
        try Deadline.wait("the program listens") { try Files.text(program.log).contains("listening on") }
        program.signal(signal)
        #expect(try program.waitForEnd() == .exited(0))
    }
}
