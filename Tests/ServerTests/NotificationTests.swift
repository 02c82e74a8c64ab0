import Glibc
import Testing

/// The messages of real programs to a service manager, which the tests receive; `MachineNotificationTests` has systemd.
@Suite(.collectingProgramLogs, .showingProgramLogs)
struct NotificationTests {
    private static let mains = [["MAIN": "own"], ["MAIN": "group"], [:]]

    @Test("READY=1 is sent when the program accepts requests", arguments: mains, [false, true])
    func ready(_ environment: [String: String], isAbstract: Bool) throws {
        let manager = try NotificationSocket(isAbstract: isAbstract)
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("program"))/program.sock")
        let process = try RunningProgram.start(
            environment: environment.merging([
                "NOTIFY_SOCKET": manager.address, "FASTCGI_LISTEN": address.description,
            ]) { $1 })
        #expect(manager.nextState() == ["READY=1", "STATUS=accepting requests"])
        let program = RunningProgram(process: process, address: address)
        // No wait: the program has said that it accepts requests.
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    @Test("STOPPING=1 is sent when a signal arrives, before the running requests are finished")
    func stopping() throws {
        let manager = try NotificationSocket()
        let program = try RunningProgram.listening(["NOTIFY_SOCKET": manager.address])
        #expect(manager.nextState()?.first == "READY=1")
        let client = try program.client()
        try client.begin("GET", "/wait/500", contentLength: 0)
        try client.endInput()
        try program.waitForLog("a request waits")
        program.process.signal(SIGTERM)
        #expect(manager.nextState() == ["STOPPING=1", "STATUS=stopping: finishing the requests that have begun"])
        #expect(program.process.isRunning)
        #expect(try client.receiveAnswer().text == "waited")
        #expect(try program.process.waitForEnd() == .exited(0))
    }

    @Test("Neither a handler nor a child process sees the variables of the service manager")
    func environment() throws {
        let manager = try NotificationSocket()
        let program = try RunningProgram.listening([
            "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1", "OTHER": "kept",
        ])
        let text = try program.client().exchange("GET", "/environment").text
        #expect(text.contains("OTHER=kept\n"))
        #expect(!text.contains("NOTIFY_SOCKET"))
        #expect(!text.contains("WATCHDOG"))
        #expect(try program.stop() == .exited(0))
    }

    @Test("WATCHDOG=1 is sent twice in each period, and not by a program that is stopped")
    func watchdog() throws {
        let manager = try NotificationSocket()
        let program = try RunningProgram.listening([
            "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000",
        ])
        #expect(manager.next()?.first == "READY=1")
        for _ in 0..<5 { #expect(manager.next(milliseconds: 10_000) == ["WATCHDOG=1"]) }
        program.process.signal(SIGSTOP)
        try Self.waitForSilence(manager)
        program.process.signal(SIGCONT)
        #expect(manager.next() == ["WATCHDOG=1"])
        #expect(try program.stop() == .exited(0))
    }

    @Test("WATCHDOG=1 is not sent while every worker is blocked, and is sent again afterwards")
    func blocked() throws {
        let manager = try NotificationSocket()
        let program = try RunningProgram.listening([
            "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000", "FASTCGI_WORKERS": "1",
            "FASTCGI_SPARE_WORKERS": "0",
        ])
        #expect(manager.next()?.first == "READY=1")
        let client = try program.client()
        try client.begin("GET", "/block/2000", contentLength: 0)
        try client.endInput()
        try Self.waitForSilence(manager)
        #expect(try client.receiveAnswer().text == "blocked")
        #expect(manager.next() == ["WATCHDOG=1"])
        #expect(try program.stop() == .exited(0))
    }

    @Test("A process that the watchdog does not expect, and one without a period, send no WATCHDOG=1")
    func unexpected() throws {
        for environment in [["WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"], ["WATCHDOG_USEC": "0"], [:]] {
            let manager = try NotificationSocket()
            let program = try RunningProgram.listening(
                environment.merging(["NOTIFY_SOCKET": manager.address]) { $1 })
            #expect(manager.next()?.first == "READY=1")
            #expect(manager.next(milliseconds: 300) == nil)
            #expect(try program.stop() == .exited(0))
        }
    }

    @Test("A service manager that has gone changes nothing")
    func gone() throws {
        let program = try RunningProgram.listening([
            "NOTIFY_SOCKET": "/nonexistent/socket", "WATCHDOG_USEC": "100000",
        ])
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    @Test("The sentence of a failed start is the status, on one line")
    func failure() throws {
        let manager = try NotificationSocket()
        let process = try RunningProgram.start(environment: [
            "NOTIFY_SOCKET": manager.address, "FASTCGI_READ_TIMEOUT": "a\nb",
        ])
        #expect(try process.waitForEnd() == .exited(78))
        let message = try #require(manager.next())
        #expect(message.count == 1)
        #expect(message.first?.hasPrefix(#"STATUS=FASTCGI_READ_TIMEOUT is "a\nb", which is not"#) == true, "\(message)")
    }

    @Test("The gate reports a failed start, and that it reads its secrets again")
    func gate() throws {
        let failing = try NotificationSocket()
        let run = try GateRun(["serve"], environment: ["NOTIFY_SOCKET": failing.address])
        #expect(run.end == .exited(78))
        #expect(failing.next()?.first?.hasPrefix("STATUS=the secret that signs links is missing") == true)

        let manager = try NotificationSocket()
        let directory = try Workspace.shared.makeDirectory("gate")
        let address = Address.unix(path: "\(directory)/gate.sock")
        let secret = "\(directory)/secret"
        try Files.write("\(GateSite.secret)\n", to: secret, mode: 0o600)
        let process = try ChildProcess(
            [try Workspace.shared.gate, "serve"],
            environment: ChildProcess.plainEnvironment.merging([
                "NOTIFY_SOCKET": manager.address, "FASTCGI_LISTEN": address.description,
                "SENDFILE_ROOT": try Workspace.shared.root, "SENDFILE_LINK_SECRET_FILE": secret,
            ]) { $1 }, log: "\(directory)/program.log")
        #expect(manager.next()?.first == "READY=1")
        for (content, status) in [
            ("\(GateSite.secret)\n", "STATUS=accepting requests; SIGHUP: the secrets were read again"),
            ("", "STATUS=SIGHUP: the previous secrets stay in use: \(secret) is empty"),
        ] {
            try Files.write(content, to: secret, mode: 0o600)
            process.signal(SIGHUP)
            let reloading = try #require(manager.next())
            #expect(reloading.first == "RELOADING=1")
            let time = try #require(reloading.last?.split(separator: "=").last.flatMap { Int($0) })
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            #expect((now.tv_sec - 600...now.tv_sec).contains(time / 1_000_000))
            let ready = try #require(manager.next())
            #expect(ready.first == "READY=1")
            #expect(ready.last?.hasPrefix(status) == true, "\(ready)")
        }
        process.signal(SIGTERM)
        #expect(manager.next()?.first == "STOPPING=1")
        #expect(try process.waitForEnd() == .exited(0))
    }

    /// Waits until no message has arrived for as long as five messages would take.
    private static func waitForSilence(_ manager: NotificationSocket) throws {
        let deadline = time(nil) + Socket.patience
        while manager.next(milliseconds: 500) != nil {
            guard time(nil) < deadline else { throw Failure("messages continue to arrive") }
        }
    }
}
