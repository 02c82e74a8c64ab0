import Configuration
public import Logging
public import ServiceLifecycle

/// Runs a handler for each request that a web server passes on over FastCGI, as a responder, and an authorizer for each request
/// that a web server may answer by itself if it is allowed to.
///
/// ```swift
/// let server = FastCGIServer { request in
///     Response(body: "Hello, \(request.remoteUser ?? "whoever you are")")
/// }
/// try await server.runService()
/// ```
public struct FastCGIServer: Service {
    /// Decides what to answer. It runs on the server's own threads and may suspend for as long as it likes without holding one;
    /// it is cancelled when nobody waits for its answer any more.
    ///
    /// What it throws becomes status 500, or the status of a ``ResponseError``.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// Decides whether the web server may go on with a request (FastCGI's authorizer role, FastCGI 1.0 §6.3).
    ///
    /// It is asked when the web server wants to know, and the handler is not: what a handler answers is never taken for a
    /// permission. The request has no body. Whatever goes wrong lets nobody in: what it throws becomes a denial with status 500, or
    /// with the status of a ``ResponseError``.
    public typealias Authorizer = @Sendable (Request) async throws -> Authorization

    package let configuration: Configuration?
    package let logger: Logger
    package let authorizer: Authorizer?
    package let handler: Handler
    private let counters = ServerCounters()

    /// Creates a server; nothing is read or opened before it runs.
    ///
    /// - Parameters:
    ///   - configuration: the settings; `nil` reads them from the process environment.
    ///   - logger: where the server says what went wrong.
    ///   - authorizer: decides whether a web server may go on with a request; without one, requests in that role are refused.
    ///   - handler: decides what to answer.
    public init(
        configuration: Configuration? = nil, logger: Logger = Logger(label: "FastCGI"), authorizer: Authorizer? = nil,
        handler: @escaping Handler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.authorizer = authorizer
        self.handler = handler
    }

    /// What the server has done and is doing; inside a handler, ``Request/serverStatistics`` is the same.
    public var statistics: ServerStatistics { self.counters.statistics }

    /// Serves requests until graceful shutdown or cancellation, then finishes what has begun.
    ///
    /// The soft limit of open files of the process (`RLIMIT_NOFILE`) is raised to the hard one first: a connection is an open
    /// file.
    ///
    /// - Throws: ``ListeningSocketError``, ``ConfigurationError`` or ``SystemCallError`` before the first request.
    public func run() async throws { try await self.run(stopEvent: nil) }

    /// - Parameter stopEvent: an eventfd(2) that becomes readable when the server is to stop; see ``StopSignals``.
    private func run(stopEvent: Int32?) async throws {
        let configuration =
            try self.configuration ?? Configuration(environment: ConfigReader(provider: EnvironmentVariablesProvider()))
        try configuration.accessLog?.open()
        OpenFileLimit.raise()
        let listeners = try ListeningSocket.all(
            configuration, environment: configuration.environment, logger: self.logger)
        let core = try ServerCore(
            configuration: configuration, listeners: listeners,
            observer: ServerObserver(configuration: configuration, logger: self.logger, counters: self.counters),
            authorizer: self.authorizer, handler: self.handler, stopEvent: stopEvent)
        self.logger.info("listening on \(listeners.map(\.address).joined(separator: ", "))")
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await core.run()
        } onCancelOrGracefulShutdown: {
            core.requestStop()
        }
    }

    /// Serves requests until SIGTERM, SIGINT or SIGUSR1, then finishes what has begun.
    ///
    /// The signals have handlers of the library's meanwhile. A program with services beside this one uses ``run()`` in a
    /// `ServiceGroup` of its own.
    ///
    /// It never ends the process: ``FastCGIProgram`` does, with one line on standard error and the exit status of the error. A `main` of
    /// your own does the same with what this throws, because Swift reports an error that `main` throws as a crash.
    ///
    /// - Throws: ``ListeningSocketError``, ``ConfigurationError`` or ``SystemCallError`` before the first request. Each is a
    ///   ``ProgramError``.
    public func runService() async throws {
        let event = try StopSignals.begin()
        defer { StopSignals.end() }
        try await self.run(stopEvent: event)
    }
}
