import Glibc
import Sendfile

/// The application under test on a host of its own, with its own copy of the files.
final class ApplicationServer: Sendable {
    let host: HostNetwork.Host
    /// The name of the server in its responses.
    let instance: String
    /// The directory of its files.
    let root: String
    private let environment: [String: String]
    private let running: Locked<RunningProgram>

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - root: The directory of its files.
    ///   - peers: The addresses that may connect. `nil` for a program on the loopback address of its host.
    init(_ instance: String, on host: HostNetwork.Host, root: String, peers: [String]?) throws {
        self.host = host
        self.instance = instance
        self.root = root
        let listen = peers == nil ? "127.0.0.1:9000" : "\(host.address):9000"
        var environment = [
            "FASTCGI_LISTEN": listen, "SENDFILE_ROOT": root, "INSTANCE": instance, "FASTCGI_HANDLER_TIMEOUT": "2s",
        ]
        if let peers { environment["FASTCGI_PEERS"] = peers.joined(separator: ",") }
        self.environment = environment
        self.running = Locked(try Self.start(environment, on: host))
    }

    private static func start(_ environment: [String: String], on host: HostNetwork.Host) throws -> RunningProgram {
        let process = try RunningProgram.start(environment: environment, wrapper: host.wrapper)
        let program = RunningProgram(process: process, address: .loopback(port: 9000))
        try program.waitForLog("listening on")
        return program
    }

    private var program: RunningProgram { self.running.withLock { $0 } }

    /// The bytes that the running program has written, to files and connections.
    var bytesWritten: Int { get throws { try self.program.statistics.bytesWritten } }

    func signal(_ number: Int32) { self.program.process.signal(number) }

    /// Waits until the program has ended.
    func waitForEnd() throws -> ChildProcess.End { try self.program.process.waitForEnd() }

    /// Starts the program again.
    func start() throws {
        let program = try Self.start(self.environment, on: self.host)
        self.running.withLock { $0 = program }
    }
}
