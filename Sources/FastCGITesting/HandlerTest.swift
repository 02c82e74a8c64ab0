public import FastCGI
public import HTTPTypes
import Logging

/// Calls a handler with requests, without a socket or a web server.
///
/// ```swift
/// let site = HandlerTest(behind: .nginx) { try sendfile($0, "reports/q3.pdf") }
/// let response = try await site.get("/q3.pdf", headerFields: [.range: "bytes=0-9"])
/// #expect(response.status == .ok)
/// #expect(response.file?.path == "reports/q3.pdf")
/// ```
///
/// The server's own code applies the limits of parameters and bodies, converts errors to statuses, checks reserved
/// header fields, and computes lengths. Time limits do not apply, and nothing is counted.
public struct HandlerTest: Sendable {
    private let exchange: DirectExchange
    private let webServer: TestRequest.WebServer?

    /// Tests a handler.
    ///
    /// - Parameters:
    ///   - webServer: The simulated web server, unless a request names one.
    ///   - configuration: The server's settings; only the limits of parameters and bodies are used.
    ///   - handler: The handler.
    public init(
        behind webServer: TestRequest.WebServer? = nil, configuration: FastCGIServer.Configuration = .init(),
        handler: @escaping FastCGIServer.Handler
    ) {
        self.webServer = webServer
        self.exchange = DirectExchange(
            handling: RequestHandling(
                configuration: configuration, logger: Logger(label: "FastCGI"), authorizer: nil, handler: handler))
    }

    /// Tests the handler and the authorizer of a server, which need not run.
    ///
    /// - Parameters:
    ///   - server: The server. Without settings in code, the defaults apply, and the environment is ignored.
    ///   - webServer: The simulated web server, unless a request names one.
    public init(_ server: FastCGIServer, behind webServer: TestRequest.WebServer? = nil) {
        self.webServer = webServer
        self.exchange = DirectExchange(
            handling: RequestHandling(
                configuration: server.configuration ?? .init(), logger: server.logger, authorizer: server.authorizer,
                handler: server.handler))
    }

    /// Sends a `GET` request.
    ///
    /// - Throws: See ``respond(to:)``.
    public func get(
        _ target: String, user: String? = nil, headerFields: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await self.respond(to: TestRequest(.get, target, user: user, headerFields: headerFields))
    }

    /// Sends a `HEAD` request. As in a server, a handler that only knows `GET` answers it.
    ///
    /// - Throws: See ``respond(to:)``.
    public func head(
        _ target: String, user: String? = nil, headerFields: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await self.respond(to: TestRequest(.head, target, user: user, headerFields: headerFields))
    }

    /// Sends a `POST` request with a body.
    ///
    /// - Throws: See ``respond(to:)``.
    public func post(
        _ target: String, user: String? = nil, headerFields: HTTPFields = [:], body: [UInt8]
    ) async throws -> TestResponse {
        try await self.respond(to: TestRequest(.post, target, user: user, headerFields: headerFields, body: body))
    }

    /// Sends any request.
    ///
    /// An error of the handler does not throw here: it becomes the status that a client would receive.
    ///
    /// - Throws: ``NoResponse`` if a server would close the connection: for a malformed request, or during a response
    ///   whose body fails or does not have the announced length.
    public func respond(to request: TestRequest) async throws -> TestResponse {
        var request = request
        if request.webServer == nil { request.webServer = self.webServer }
        do {
            return try TestResponse(
                try await self.exchange.answer(request.allParameters, role: request.role, body: request.body))
        } catch let failure as DirectExchange.Failure {
            throw NoResponse(description: failure.description)
        }
    }

    /// A client would receive no response, or an incomplete one.
    public struct NoResponse: Error, CustomStringConvertible {
        /// The cause.
        public let description: String
    }

    /// A response's header that a web server could not parse.
    struct Unreadable: Error {
        let line: String
    }
}
