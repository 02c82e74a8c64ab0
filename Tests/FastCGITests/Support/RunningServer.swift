import FastCGI
import Glibc
import Logging
import Sendfile
import Testing

/// A server in this process on its own Unix socket or loopback port.
final class RunningServer: Sendable {
    enum Transport: CaseIterable { case unix, tcp }

    /// The path of the Unix socket.
    let path: String
    private let port: UInt16?
    let log: LogLines
    private let server: FastCGIServer
    private let task: Task<Void, any Error>

    /// Starts a server and waits until it accepts.
    ///
    /// - Parameter logger: Where it logs; without one, ``log`` has the lines.
    init(
        _ configuration: FastCGIServer.Configuration = .init(), on transport: Transport = .unix, workers: Int = 4,
        logger: Logger? = nil, createsSpans: Bool = true, authorizer: FastCGIServer.Authorizer? = nil,
        handler: @escaping FastCGIServer.Handler
    ) async throws {
        var template = Array("/tmp/fastcgi-test-XXXXXX".utf8CString)
        let directory = String(cString: mkdtemp(&template))
        self.path = directory + "/socket"
        let log = LogLines()
        self.log = log
        var configuration = configuration
        let port = transport == .tcp ? try Self.freePort() : nil
        self.port = port
        configuration.listen = port.map { .tcp(host: "127.0.0.1", port: $0) } ?? .unix(path: self.path)
        configuration.workers = workers
        var lines = Logger(label: "test") { _ in log.handler }
        lines.logLevel = .debug
        var running = FastCGIServer(
            configuration: configuration, logger: logger ?? lines, authorizer: authorizer, handler: handler)
        running.createsSpans = createsSpans
        let server = running
        self.server = server
        let task = Task { try await server.run() }
        self.task = task
        // The lines of a test's own logger are not in the log.
        try await Self.wait { logger == nil ? log.contains("listening on") : (try? self.peer()) != nil }
    }

    /// Stops the server as a signal would, and waits for its end.
    func stop() async throws {
        self.task.cancel()
        try await self.task.value
        rmdir(String(self.path.dropLast("/socket".count)))
    }

    var statistics: ServerStatistics { self.server.statistics }

    /// - Parameter source: The address of this machine to connect from, over TCP.
    func peer(from source: String? = nil) throws -> Peer {
        if let port { return try Peer(connectingTo: "127.0.0.1", port: port, from: source) }
        return try Peer(connectingTo: self.path)
    }

    /// A port on which nothing listens at this moment.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard result == 0 else { throw Peer.Failure(description: "no port is free: errno \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Waits until the server has ended by itself.
    func end() async throws {
        try await self.task.value
        rmdir(String(self.path.dropLast("/socket".count)))
    }

    /// Waits until a condition holds; fails after ten seconds.
    static func wait(_ isTrue: () -> Bool) async throws {
        for _ in 0..<5000 {
            if isTrue() { return }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Peer.Failure(description: "what the test waits for did not happen within ten seconds")
    }
}

/// The lines that a server logged.
final class LogLines: Sendable {
    private let lines = Locked<[String]>([])

    var all: [String] { self.lines.withLock { $0 } }
    func contains(_ text: String) -> Bool { self.all.contains { $0.firstRange(of: text) != nil } }

    var handler: any LogHandler { Handler(log: self) }

    private struct Handler: LogHandler {
        let log: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.log.lines.withLock {
                $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])")
            }
        }
    }
}

extension FastCGIServer.Configuration {
    /// The defaults, with a change.
    static func with(_ change: (inout Self) -> Void) -> Self {
        var configuration = Self()
        change(&configuration)
        return configuration
    }
}
