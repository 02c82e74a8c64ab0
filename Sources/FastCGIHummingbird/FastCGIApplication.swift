public import FastCGI
import FastCGIServiceLifecycle
public import Hummingbird
public import Logging
public import ServiceLifecycle
public import UnixSignals

/// A Hummingbird application that a web server calls over FastCGI.
///
/// ```swift
/// import FastCGIHummingbird
/// import Hummingbird
/// import Sendfile
///
/// func serve(_ sendfile: Sendfile) async throws {
///     let router = Router(context: FastCGIRequestContext.self)
///     router.get("reports/:name") { request, context in
///         try sendfile(
///             request, context, "\(context.user)/\(context.parameters.requireDecoded("name"))", attachment: .attachment)
///     }
///     try await FastCGIApplication(router: router).runService()
/// }
/// ```
///
/// The router is an ordinary one, with any context whose source is Hummingbird's own, such as `BasicRequestContext`. The same router runs
/// on Hummingbird's HTTP server with `Application(router:)`, and `test(_:_:)` of HummingbirdTesting tests this application
/// without a web server.
public struct FastCGIApplication<Responder: HTTPResponder>: ApplicationProtocol
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    /// Creates the responses.
    public let responder: Responder

    /// The settings of the FastCGI server; `nil` reads them from the process environment.
    public var serverConfiguration: FastCGIServer.Configuration?

    /// The application's name: the label of its default logger.
    public let name: String

    /// Receives the messages of the server and, with the number of the request, of the routes.
    public var logger: Logger

    /// The services that run with the application: they start before its server and end after it.
    public var services: [any Service]

    /// The processes that run before the server starts.
    public private(set) var processesRunBeforeServerStart: [@Sendable () async throws -> Void] = []

    /// Creates an application.
    ///
    /// - Parameters:
    ///   - responder: Creates the responses.
    ///   - configuration: The settings of the FastCGI server; `nil` reads them from the process environment.
    ///   - name: The label of the default logger.
    ///   - services: The services that run with the application.
    ///   - logger: Receives the messages; `nil` creates a logger whose level is that of the environment variable `LOG_LEVEL`.
    public init(
        responder: Responder, configuration: FastCGIServer.Configuration? = nil, name: String = "Hummingbird",
        services: [any Service] = [], logger: Logger? = nil
    ) {
        self.responder = responder
        self.serverConfiguration = configuration
        self.name = name
        self.services = services
        if let logger {
            self.logger = logger
        } else {
            self.logger = Logger(label: name)
            if let level = Environment().get("LOG_LEVEL").flatMap({ Logger.Level(rawValue: $0) }) {
                self.logger.logLevel = level
            }
        }
    }

    /// Creates an application.
    ///
    /// - Parameters:
    ///   - router: Routes the requests.
    ///   - configuration: The settings of the FastCGI server; `nil` reads them from the process environment.
    ///   - name: The label of the default logger.
    ///   - services: The services that run with the application.
    ///   - logger: Receives the messages; `nil` creates a logger whose level is that of the environment variable `LOG_LEVEL`.
    public init<Builder: HTTPResponderBuilder>(
        router: Builder, configuration: FastCGIServer.Configuration? = nil, name: String = "Hummingbird",
        services: [any Service] = [], logger: Logger? = nil
    ) where Responder == Builder.Responder {
        self.init(
            responder: router.buildResponder(), configuration: configuration, name: name, services: services,
            logger: logger)
    }

    /// Adds services that run with the application.
    public mutating func addServices(_ services: any Service...) {
        self.services.append(contentsOf: services)
    }

    /// Adds services that run with the application.
    public mutating func addServices(_ services: some Sequence<any Service>) {
        self.services.append(contentsOf: services)
    }

    /// Adds a process that runs when the services have started and before the server starts, such as a migration of a
    /// database.
    public mutating func beforeServerStarts(perform process: @escaping @Sendable () async throws -> Void) {
        self.processesRunBeforeServerStart.append(process)
    }

    /// The server that calls the router, without the services: for `HandlerTest` of FastCGITesting, or to run it with services of
    /// another group.
    public var fastCGIServer: FastCGIServer {
        let routing = Routing(responder: self.responder, logger: self.logger)
        var server = FastCGIServer(configuration: self.serverConfiguration, logger: self.logger) {
            try await routing.response(to: $0)
        }
        // The span of a request is that of Hummingbird's TracingMiddleware.
        server.createsSpans = false
        return server
    }

    /// Serves requests until graceful shutdown or cancellation, then finishes the running requests.
    ///
    /// - Throws: `ListeningSocketError`, `ConfigurationError` or `SystemCallError` before the first request, and the
    ///   errors of services.
    public func run() async throws {
        let server = StartedServer(server: self.fastCGIServer, processes: self.processesRunBeforeServerStart)
        // The server ends by itself after its last request (FASTCGI_REQUESTS).
        let configurations =
            self.services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) } + [
                .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)
            ]
        try await ServiceGroup(configuration: .init(services: configurations, logger: self.logger)).run()
    }

    /// Serves requests until one of the signals, then finishes the running requests.
    ///
    /// - Parameter signals: The signals; by default those with which web servers and service managers stop FastCGI
    ///   programs.
    /// - Throws: See ``run()``.
    public func runService(gracefulShutdownSignals signals: [UnixSignal] = [.sigterm, .sigint, .sigusr1]) async throws {
        let application = ServiceGroupConfiguration.ServiceConfiguration(
            service: self, successTerminationBehavior: .gracefullyShutdownGroup)
        try await ServiceGroup(
            configuration: .init(services: [application], gracefulShutdownSignals: signals, logger: self.logger)
        ).run()
    }
}

extension ApplicationProtocol {
    /// The server of a ``FastCGIApplication`` that is known only as an application, for `HandlerTest` of FastCGITesting.
    ///
    /// ```swift
    /// import FastCGIHummingbird
    /// import FastCGITesting
    /// import Hummingbird
    ///
    /// func test(_ application: any ApplicationProtocol) throws -> HandlerTest {
    ///     HandlerTest(try application.fastCGIServer, behind: .nginx)
    /// }
    /// ```
    ///
    /// - Throws: A `ProgramError` if it is another application.
    public var fastCGIServer: FastCGIServer {
        get throws {
            guard let application = self as? any FastCGIServed else {
                throw OtherApplication(description: "\(Self.self) does not use FastCGI; create a FastCGIApplication")
            }
            return application.fastCGIServer
        }
    }
}

private struct OtherApplication: ProgramError, CustomStringConvertible {
    let description: String

    var exitStatus: Int32 { 78 }
}

/// A FastCGI application of any responder.
private protocol FastCGIServed {
    var fastCGIServer: FastCGIServer { get }
}

extension FastCGIApplication: FastCGIServed {}

/// A server that starts after some processes.
private struct StartedServer: Service, CustomStringConvertible {
    let server: FastCGIServer
    let processes: [@Sendable () async throws -> Void]

    var description: String { "FastCGIServer" }

    func run() async throws {
        for process in self.processes { try await process() }
        try await self.server.run()
    }
}
