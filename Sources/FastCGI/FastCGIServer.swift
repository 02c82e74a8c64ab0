public import Logging
public import ServiceLifecycle

/// Runs a handler for each request that a web server passes on over FastCGI.
public struct FastCGIServer: Service {
    /// Decides what to answer.
    public typealias Handler = @Sendable (Request) async throws -> Response

    private let configuration: FastCGIConfiguration
    private let logger: Logger
    private let handler: Handler

    /// Creates a server; nothing is opened before it runs.
    public init(
        configuration: FastCGIConfiguration = .init(), logger: Logger = Logger(label: "FastCGI"),
        handler: @escaping Handler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.handler = handler
    }

    /// Serves requests until graceful shutdown.
    public func run() async throws {
    }

    /// Serves requests until SIGTERM, SIGINT or SIGUSR1.
    public func runService() async throws {
        try await self.run()
    }
}
