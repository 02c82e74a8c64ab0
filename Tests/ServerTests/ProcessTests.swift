import Glibc
import Testing

/// The server's effect on the process in which it runs.
@Suite struct ProcessTests {
    /// libdispatch's threads request a priority that an unprivileged program may not have, and log that to the system's
    /// log.
    @Test("A program has only its own threads, and libdispatch logs nothing")
    func threads() throws {
        // No spare workers, because a busy machine may keep a worker waiting in a call.
        let environment = ["LIBDISPATCH_LOG": "stderr", "FASTCGI_WORKERS": "3", "FASTCGI_SPARE_WORKERS": "0"]
        let directory = try Workspace.shared.makeDirectory("program")
        chmod(directory, 0o777)
        let program = try RunningProgram.listening(
            on: .unix(path: "\(directory)/program.sock"), environment, wrapper: ChildProcess.asServer)
        try program.waitForLog("listening on")
        for target in ["/ready", "/file/plain.txt", "/file/\(Corpus.large.name)", "/throw"] {
            #expect(try program.client().exchange("GET", target).status ?? 200 < 600)
        }
        #expect(try program.client().exchange("POST", "/echo", body: Array("body".utf8)).text == "body")
        let names = try program.statistics.threadNames
        let own = Array(repeating: "fastcgi-worker", count: 3)
        // A sanitizer has a thread, too.
        let all = ["fastcgi-log", "fastcgi-monitor", "fastcgi-program"] + own + ["test-applicatio"]
        #expect(names == all || Sanitizer.isPresent, "\(names)")
        #expect(try program.stop() == .exited(0))
        #expect(try !Files.text(program.process.log).contains("priority"))
    }

    @Test("The main actor's jobs run, whatever starts the server", arguments: [nil, "own"])
    func mainActor(main: String?) throws {
        let program = try RunningProgram.listening(main.map { ["MAIN": $0] } ?? [:])
        for _ in 0..<3 { #expect(try program.client().exchange("GET", "/main-actor").text == "on the main actor") }
        #expect(try program.stop() == .exited(0))
    }

    @Test("A service group of the program runs the server and stops it", arguments: [SIGTERM, SIGUSR1])
    func serviceGroup(signal: Int32) throws {
        let program = try RunningProgram.listening(["MAIN": "group"])
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        program.process.signal(signal)
        #expect(try program.process.waitForEnd() == .exited(0))
    }

    @Test("Parameters never enter the process environment")
    func environment() throws {
        let program = try RunningProgram.listening()
        let client = try program.client()
        let parameters = [
            "HTTP_PROXY": "http://proxy.example", "SENDFILE_URL": "/x/", "LD_PRELOAD": "/tmp/x.so", "A": "b",
        ]
        let before = try client.exchange("GET", "/environment", keepConnection: true).text
        let during = try client.exchange("GET", "/environment", parameters: parameters, keepConnection: true).text
        #expect(before.contains("FASTCGI_LISTEN="))
        #expect(during == before)
        #expect(try program.client().exchange("GET", "/environment").text == before)
        #expect(try program.stop() == .exited(0))
    }

    @Test("The program's signal handlers remain and receive the signals")
    func signals() throws {
        let program = try RunningProgram.listening(["MAIN": "own-signals"])
        #expect(try program.client().exchange("GET", "/signals").text == "own own own")
        // The thread sanitizer fails when a handler runs on a waiting thread.
        for signal in [SIGUSR1, SIGTERM, SIGPIPE] where !Sanitizer.isPresent { program.process.signal(signal) }
        #expect(try program.client().exchange("GET", "/signals").text == "own own own")
        program.process.signal(SIGKILL)
        #expect(try program.process.waitForEnd() == .killed(signal: SIGKILL))
    }

    @Test("A client that disconnects during a response does not end a program without a SIGPIPE handler")
    func brokenPipe() throws {
        let program = try RunningProgram.listening()
        for _ in 0..<20 {
            let client = try program.client()
            try client.begin("GET", "/file/\(Corpus.large.name)", contentLength: 0)
            try client.endInput()
            _ = try client.receive()
        }
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }
}
