import Glibc

/// The application under test without a web server: the tests speak FastCGI to it.
struct RunningProgram {
    let process: ChildProcess
    let address: Address

    /// Starts it on a Unix socket in a new directory and waits until it accepts connections.
    static func listening(wrapper: [String] = []) throws -> RunningProgram {
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("program"))/program.sock")
        return try Self.listening(on: address, wrapper: wrapper)
    }

    /// Starts it with `FASTCGI_LISTEN` and waits until it accepts connections.
    static func listening(on address: Address, wrapper: [String] = []) throws -> RunningProgram {
        let process = try Self.start(environment: ["FASTCGI_LISTEN": address.description], wrapper: wrapper)
        let program = RunningProgram(process: process, address: address)
        try program.waitUntilListening()
        return program
    }

    /// Starts it with what it inherits; a wrapper is a command that starts it in turn.
    static func start(
        environment: [String: String] = [:], descriptors: [Int32: Int32] = [:], wrapper: [String] = []
    ) throws -> ChildProcess {
        let workspace = try Workspace.shared
        let all = ChildProcess.plainEnvironment.merging(["SENDFILE_ROOT": workspace.root]) { $1 }
        let log = "\(try workspace.makeDirectory("log"))/program.log"
        ProgramLogs.current?.add(log)
        return try ChildProcess(
            wrapper + [workspace.program], environment: all.merging(environment) { $1 }, descriptors: descriptors,
            log: log)
    }

    func waitUntilListening() throws {
        let deadline = time(nil) + Socket.patience
        while (try? Socket.connected(to: self.address)) == nil {
            guard self.process.isRunning, time(nil) < deadline else {
                throw Failure("the program does not listen on \(self.address): \(try Files.text(self.process.log))")
            }
            usleep(5_000)
        }
    }

    func client() throws -> FastCGIClient { try FastCGIClient(self.address) }

    /// Asks it to end and waits until it has.
    func stop() throws -> ChildProcess.End {
        self.process.signal(SIGTERM)
        return try self.process.waitForEnd()
    }
}
