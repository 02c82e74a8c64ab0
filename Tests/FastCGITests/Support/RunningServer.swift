import FastCGI
import Glibc
import Logging
import Synchronization
import Testing

/// A server in this process on a Unix socket of its own.
final class RunningServer: Sendable {
    let path: String
    let log: LogLines
    private let server: FastCGIServer
    private let task: Task<Void, any Error>

    /// Starts a server and waits until it accepts.
    ///
    /// - Parameter logger: where it logs; without one, ``log`` has the lines.
    init(
        _ configuration: FastCGIServer.Configuration = .init(), logger: Logger? = nil,
        handler: @escaping FastCGIServer.Handler
    ) async throws {
        var template = Array("/tmp/fastcgi-test-XXXXXX".utf8CString)
        let directory = String(cString: mkdtemp(&template))
        self.path = directory + "/socket"
        let log = LogLines()
        self.log = log
        var configuration = configuration
        configuration.listen = .unix(path: self.path)
        configuration.workers = 4
        var lines = Logger(label: "test") { _ in log.handler }
        lines.logLevel = .debug
        let server = FastCGIServer(configuration: configuration, logger: logger ?? lines, handler: handler)
        self.server = server
        let task = Task { try await server.run() }
        self.task = task
        try await Self.wait { (try? Peer(connectingTo: self.path)) != nil }
    }

    /// Stops the server as a signal would, and waits for its end.
    func stop() async throws {
        self.task.cancel()
        try await self.task.value
        rmdir(String(self.path.dropLast("/socket".count)))
    }

    var statistics: ServerStatistics { self.server.statistics }

    func peer() throws -> Peer { try Peer(connectingTo: self.path) }

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
    private let lines = Mutex<[String]>([])

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
