import Glibc

/// The application under test without a web server: the tests use FastCGI directly.
struct RunningProgram {
    let process: ChildProcess
    let address: Address

    /// Starts the program on a Unix socket in a new directory and waits until it accepts connections.
    static func listening(_ environment: [String: String] = [:], wrapper: [String] = []) throws -> RunningProgram {
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("program"))/program.sock")
        return try Self.listening(on: address, environment, wrapper: wrapper)
    }

    /// Starts the program with `FASTCGI_LISTEN` and waits until it accepts connections.
    static func listening(
        on address: Address, _ environment: [String: String] = [:], wrapper: [String] = []
    ) throws -> RunningProgram {
        let environment = environment.merging(["FASTCGI_LISTEN": address.description]) { $1 }
        let program = RunningProgram(
            process: try Self.start(environment: environment, wrapper: wrapper), address: address)
        try program.waitUntilListening()
        return program
    }

    /// Starts the program with inherited descriptors; a wrapper is a command that starts it in turn.
    static func start(
        environment: [String: String] = [:], descriptors: [Int32: Int32] = [:], wrapper: [String] = [],
        arguments: [String] = []
    ) throws -> ChildProcess {
        let workspace = try Workspace.shared
        let all = ChildProcess.plainEnvironment.merging(["SENDFILE_ROOT": workspace.root]) { $1 }
        let log = "\(try workspace.makeDirectory("log"))/program.log"
        ProgramLogs.current?.add(log)
        return try ChildProcess(
            wrapper + [workspace.program] + arguments, environment: all.merging(environment) { $1 },
            descriptors: descriptors, log: log)
    }

    /// Starts the program on a listening socket, passed as by systemd.
    static func activated(
        on listener: Int32, _ address: Address, _ environment: [String: String] = [:]
    ) throws -> RunningProgram {
        // LISTEN_PID must be the program's process id, which is known only to the process before it executes the
        // program.
        let process = try Self.start(
            environment: environment.merging(["LISTEN_FDS": "1"]) { $1 }, descriptors: [3: listener],
            wrapper: ["sh", "-c", "LISTEN_PID=$$ exec \"$0\""])
        let program = RunningProgram(process: process, address: address)
        // The socket accepts connections before the program does, so only the log shows that the program runs.
        try program.waitForLog("listening on")
        return program
    }

    var statistics: ProcessStatistics { ProcessStatistics(pid: self.process.pid) }

    func waitUntilListening() throws {
        let deadline = time(nil) + Socket.patience
        while (try? Socket.connected(to: self.address)) == nil {
            guard self.process.isRunning, time(nil) < deadline else {
                throw Failure("the program does not listen on \(self.address): \(try Files.text(self.process.log))")
            }
            usleep(5_000)
        }
    }

    /// Waits until the log contains `text`.
    func waitForLog(_ text: String) throws {
        let deadline = time(nil) + Socket.patience
        while !(try Files.text(self.process.log)).contains(text) {
            guard self.process.isRunning, time(nil) < deadline else {
                throw Failure("\"\(text)\" is not in its log: \(try Files.text(self.process.log))")
            }
            usleep(5_000)
        }
    }

    func client() throws -> FastCGIClient { try FastCGIClient(self.address) }

    /// Stops the program with SIGTERM and waits for its end.
    func stop() throws -> ChildProcess.End {
        self.process.signal(SIGTERM)
        return try self.process.waitForEnd()
    }
}
