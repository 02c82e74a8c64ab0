import Glibc
import Testing

/// The listening address of the program, and its error messages.
@Suite(.collectingProgramLogs, .showingProgramLogs)
struct ListeningTests {
    @Test("A Unix socket of FASTCGI_LISTEN has mode 0660 and is removed at exit")
    func unixSocket() throws {
        let program = try RunningProgram.listening()
        #expect(try Files.mode(program.address.description) == 0o660)
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
        #expect(access(program.address.description, F_OK) != 0)
    }

    @Test("A stale socket is replaced")
    func staleSocket() throws {
        let path = "\(try Workspace.shared.makeDirectory("stale"))/program.sock"
        close(try Address.unix(path: path).listen())
        #expect(access(path, F_OK) == 0)

        let program = try RunningProgram.listening(on: .unix(path: path))
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    @Test("A socket with a listening program is kept, and the error names the address")
    func liveSocket() throws {
        let first = try RunningProgram.listening()
        let second = try RunningProgram.start(environment: ["FASTCGI_LISTEN": first.address.description])
        let end = try second.waitForEnd()
        #expect(end != .exited(0))
        if case .killed = end { Issue.record("it crashed: \(end)") }
        #expect(try Files.text(second.log).contains(first.address.description))

        #expect(try first.client().exchange("GET", "/ready").text == "ready")
        #expect(try first.stop() == .exited(0))
    }

    @Test("A file that is not a socket is kept")
    func ordinaryFile() throws {
        let path = "\(try Workspace.shared.makeDirectory("file"))/precious.txt"
        try Files.write("precious", to: path)
        let program = try RunningProgram.start(environment: ["FASTCGI_LISTEN": path])
        #expect(try program.waitForEnd() != .exited(0))
        #expect(try Files.text(program.log).contains(path))
        #expect(try Files.text(path) == "precious")
    }

    @Test("The program listens on a loopback address and port")
    func port() throws {
        let program = try RunningProgram.listening(on: .loopback(port: try Address.freePort()))
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    @Test("The program accepts on a socket passed as descriptor 0, as by a web server or spawn-fcgi")
    func descriptorZero() throws {
        let (address, listener) = try Self.listener()
        defer { close(listener) }
        let program = RunningProgram(process: try RunningProgram.start(descriptors: [0: listener]), address: address)
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    @Test("The program accepts on a socket passed by systemd")
    func systemd() throws {
        let directory = try Workspace.shared.makeDirectory("systemd")
        let path = "\(directory)/sendfile.sock"
        try ConfigurationFiles.fill(
            "systemd", into: directory, values: ["PROGRAM": try Workspace.shared.program, "SOCKET": path])
        let process = try SystemdService(unitsIn: directory).start(log: "\(directory)/program.log")
        let program = RunningProgram(process: process, address: .unix(path: path))
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
        // The socket belongs to systemd, which keeps it for the next start.
        #expect(access(path, F_OK) == 0)
    }

    @Test("All connections waiting on two sockets passed by systemd are served", arguments: [1, 2, 4])
    func severalSockets(workers: Int) throws {
        let (first, firstListener) = try Self.listener()
        defer { close(firstListener) }
        let (second, secondListener) = try Self.listener()
        defer { close(secondListener) }
        // The clients connect before the program starts, so that both queues are full.
        let clients = try (0..<100).map { try FastCGIClient($0.isMultiple(of: 2) ? first : second) }
        for client in clients {
            try client.begin("GET", "/ready", contentLength: 0)
            try client.endInput(id: 1)
        }
        let process = try RunningProgram.start(
            environment: ["LISTEN_FDS": "2", "FASTCGI_WORKERS": String(workers)],
            descriptors: [3: firstListener, 4: secondListener], wrapper: ["sh", "-c", "LISTEN_PID=$$ exec \"$0\""])
        for client in clients { #expect(try client.receiveAnswer(id: 1).text == "ready") }
        #expect(try RunningProgram(process: process, address: first).stop() == .exited(0))
    }

    @Test("A socket that systemd passed to another process is not used")
    func anotherProcess() throws {
        let (_, listener) = try Self.listener()
        defer { close(listener) }
        let program = try RunningProgram.start(
            environment: ["LISTEN_FDS": "1", "LISTEN_PID": String(getpid())], descriptors: [3: listener])
        #expect(try program.waitForEnd() == .exited(64))
    }

    @Test(
        "A program without a socket exits with status 64 and one sentence with the remedy", arguments: [false, true])
    func noSocket(inTerminal: Bool) throws {
        // script(1) provides a terminal, as for a program started by hand.
        let program = try RunningProgram.start(wrapper: inTerminal ? ["script", "-qeO", "/dev/null", "-c"] : [])
        #expect(try program.waitForEnd() == .exited(64))
        let text = try Files.text(program.log)
        #expect(text.contains("FASTCGI_LISTEN"))
        #expect(text.split(whereSeparator: \.isNewline).count == 1, "\(text)")
    }

    private static func listener() throws -> (address: Address, listener: Int32) {
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("inherited"))/program.sock")
        return (address, try address.listen())
    }
}
