public import Logging
import Sendfile

/// Runs a handler for each request that a web server passes on over FastCGI in the responder role, and an authorizer
/// for each request that the web server answers itself after a permission.
///
/// ```swift
/// let server = FastCGIServer { request in
///     Response(body: "Hello, \(request.remoteUser ?? "guest")")
/// }
/// try await server.runService()
/// ```
public struct FastCGIServer: Sendable {
    /// Creates the response to a request. It runs on the server's threads and may suspend without occupying one. The server
    /// cancels the handler's task when the web server aborts the request or disconnects, or when a time limit passes.
    ///
    /// An error becomes status 500, or the status of a ``ResponseError``.
    ///
    /// A handler that only knows `GET` also answers `HEAD`: if it answers `HEAD` with 404, 405 or 501, it is called again with the
    /// same request as a `GET`, whose body is not sent. See <doc:FormsAndSignIn>.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// Decides whether the web server may continue with a request (FastCGI's authorizer role, FastCGI 1.0 §6.3).
    ///
    /// It is called instead of the handler when the web server asks for a permission; a handler's response is never
    /// treated as a permission. The request has no body. Any failure denies access: an error becomes a denial with
    /// status 500, or with the status of a ``ResponseError``.
    public typealias Authorizer = @Sendable (Request) async throws -> Authorization

    package let configuration: Configuration?
    package let logger: Logger
    package let authorizer: Authorizer?
    package let handler: Handler
    private let counters = ServerCounters()

    /// Whether each request is a span, if the program has a tracer. A handler that creates the span of the request by itself sets this to
    /// `false`, because a second one would count the request twice.
    package var createsSpans = true

    /// Creates a server. It reads and opens nothing before it runs.
    ///
    /// - Parameters:
    ///   - configuration: The settings; `nil` reads them from the process environment.
    ///   - logger: Receives the server's messages.
    ///   - authorizer: Decides whether a web server may continue with a request; without one, requests in that role are
    ///     refused.
    ///   - handler: Creates the response to a request.
    public init(
        configuration: Configuration? = nil, logger: Logger = Logger(label: "FastCGI"), authorizer: Authorizer? = nil,
        handler: @escaping Handler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.authorizer = authorizer
        self.handler = handler
    }

    /// The server's statistics; in a handler, use ``Request/serverStatistics``.
    public var statistics: ServerStatistics { self.counters.statistics }

    /// Serves requests until the task is cancelled, then finishes the running requests.
    ///
    /// A program with swift-service-lifecycle imports the module FastCGIServiceLifecycle, with which a server is a `Service` that also
    /// ends at a graceful shutdown.
    ///
    /// Handlers have the task-local values of the task that calls this method, such as a metrics factory or a logger that is bound to it.
    ///
    /// Raises the process's soft limit on open files (`RLIMIT_NOFILE`) to the hard limit first, because each connection
    /// is an open file.
    ///
    /// - Parameter isolation: The actor on which the caller runs.
    /// - Throws: ``ListeningSocketError``, ``ConfigurationError`` or ``SystemCallError`` before the first request.
    public func run(isolation: isolated (any Actor)? = #isolation) async throws {
        // The parameter makes the `run()` of FastCGIServiceLifecycle the better match where that module is imported.
        try await self.run(stopEvent: nil)
    }

    /// Serves requests until something other than a signal stops the server.
    ///
    /// - Parameter stopping: Runs its first argument, and calls its second one to stop the server.
    package func run(
        stopping: (_ operation: () async throws -> Void, _ stop: @escaping @Sendable () -> Void) async throws -> Void
    ) async throws {
        try await self.run(stopEvent: nil, stopping: stopping)
    }

    /// - Parameters:
    ///   - stopEvent: An eventfd(2) that becomes readable to stop the server; see ``StopSignals``.
    ///   - stopping: Runs its first argument, and calls its second one to stop the server.
    private func run(
        stopEvent: Int32?,
        stopping: (_ operation: () async throws -> Void, _ stop: @escaping @Sendable () -> Void) async throws -> Void =
            {
                operation, stop in
                try await withTaskCancellationHandler(operation: operation, onCancel: stop)
            }
    ) async throws {
        let configuration = try self.configuration ?? Configuration(environment: .process)
        try configuration.accessLog?.open()
        OpenFileLimit.raise()
        let listeners = try ListeningSocket.all(
            configuration, environment: configuration.environment, logger: self.logger)
        let observer = ServerObserver(
            configuration: configuration, logger: self.logger, counters: self.counters, createsSpans: self.createsSpans)
        let core = try ServerCore(
            configuration: configuration, listeners: listeners, observer: observer, authorizer: self.authorizer,
            handler: self.handler, stopEvent: stopEvent)
        DevelopmentSite.announce()
        self.logger.info("listening on \(listeners.map(\.address).joined(separator: ", "))")
        try await stopping({ try await core.run() }, { core.requestStop() })
        await observer.downloads?.finish()
    }

    /// Serves requests until SIGTERM, SIGINT, SIGUSR1 or SIGHUP, then finishes the running requests.
    ///
    /// The library handles these signals while the server runs, SIGHUP only if the program does not. A program with services beside this one runs
    /// a `ServiceGroup`, with the module FastCGIServiceLifecycle.
    ///
    /// It never ends the process. ``FastCGIProgram`` does, with one line on standard error and the exit status of the
    /// error. In a `main` of your own, catch the error and do the same, because Swift reports an error that `main`
    /// throws as a crash.
    ///
    /// - Throws: ``ListeningSocketError``, ``ConfigurationError`` or ``SystemCallError`` before the first request. Each is a
    ///   ``ProgramError``.
    public func runService() async throws {
        let event = try StopSignals.begin()
        defer { StopSignals.end() }
        try await self.run(stopEvent: event)
    }
}
