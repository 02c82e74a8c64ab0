public import FastCGI
public import HTTPTypes
import Logging

/// Calls a handler with requests, without a socket and without a web server.
///
/// ```swift
/// let site = HandlerTest(behind: .nginx) { try sendfile($0, "reports/q3.pdf") }
/// let answer = try await site.get("/q3.pdf", headerFields: [.range: "bytes=0-9"])
/// #expect(answer.status == .ok)
/// #expect(answer.file?.path == "reports/q3.pdf")
/// ```
///
/// What the server does around a handler is done here by the same code: limits of parameters and bodies, errors that become a
/// status, header fields that are reserved, lengths. Time limits do not run, and nothing is counted.
public struct HandlerTest: Sendable {
    private let exchange: DirectExchange
    private let webServer: TestRequest.WebServer?

    /// Tests a handler.
    ///
    /// - Parameters:
    ///   - webServer: The web server that seems to pass the requests on, unless a request names one itself.
    ///   - configuration: The server's settings, of which the limits of parameters and bodies count.
    ///   - handler: The handler.
    public init(
        behind webServer: TestRequest.WebServer? = nil, configuration: FastCGIServer.Configuration = .init(),
        handler: @escaping FastCGIServer.Handler
    ) {
        self.webServer = webServer
        self.exchange = DirectExchange(
            configuration: configuration, logger: Logger(label: "FastCGI"), authorizer: nil, handler: handler)
    }

    /// Tests the handler and the authorizer of a server, which need not run.
    ///
    /// - Parameters:
    ///   - server: The server. Without settings in code, the defaults count, whatever the environment says.
    ///   - webServer: The web server that seems to pass the requests on, unless a request names one itself.
    public init(_ server: FastCGIServer, behind webServer: TestRequest.WebServer? = nil) {
        self.webServer = webServer
        self.exchange = DirectExchange(
            configuration: server.configuration ?? .init(), logger: server.logger, authorizer: server.authorizer,
            handler: server.handler)
    }

    /// Asks for a target with `GET`.
    ///
    /// - Throws: see ``respond(to:)``.
    public func get(
        _ target: String, user: String? = nil, headerFields: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await self.respond(to: TestRequest(.get, target, user: user, headerFields: headerFields))
    }

    /// Asks for a target with `HEAD`.
    ///
    /// - Throws: see ``respond(to:)``.
    public func head(
        _ target: String, user: String? = nil, headerFields: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await self.respond(to: TestRequest(.head, target, user: user, headerFields: headerFields))
    }

    /// Sends a body with `POST`.
    ///
    /// - Throws: see ``respond(to:)``.
    public func post(
        _ target: String, user: String? = nil, headerFields: HTTPFields = [:], body: [UInt8]
    ) async throws -> TestResponse {
        try await self.respond(to: TestRequest(.post, target, user: user, headerFields: headerFields, body: body))
    }

    /// Sends any request.
    ///
    /// What the handler throws is no error here: it becomes the status that a client would get.
    ///
    /// - Throws: ``NoResponse`` where a server would close the connection: before a request that is not well-formed, or in the
    ///   middle of a response whose body fails or is not as long as it says.
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

    /// A client would get no response, or half of one.
    public struct NoResponse: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// A response's head that no web server could read.
    struct Unreadable: Error {
        let line: String
    }
}
