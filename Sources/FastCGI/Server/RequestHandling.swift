import HTTPTypes
package import Logging

/// The checks around a handler: limits, ambiguous requests, the authorizer, errors. Connections use it, and so do tests of handlers, which
/// have no connection.
///
/// It is a class, because a copy of a struct would count a reference for each property, and threads wait for one
/// another to count.
package final class RequestHandling: Sendable {
    let handler: FastCGIServer.Handler
    let authorizing: AuthorizerCall
    private let bodyLimit: Int
    private let repeatsHeadAsGet: Bool
    private let limits: RequestHead.Limits
    private let logger: Logger
    /// Where limits and failures are counted; `nil` in a test of a handler.
    private let observer: ServerObserver?

    package convenience init(
        configuration: FastCGIServer.Configuration, logger: Logger, authorizer: FastCGIServer.Authorizer?,
        handler: @escaping FastCGIServer.Handler
    ) {
        self.init(
            configuration: configuration, logger: logger, observer: nil, authorizer: authorizer, handler: handler)
    }

    init(
        configuration: FastCGIServer.Configuration, logger: Logger, observer: ServerObserver?,
        authorizer: FastCGIServer.Authorizer?, handler: @escaping FastCGIServer.Handler
    ) {
        self.handler = handler
        self.authorizing = AuthorizerCall(authorizer: authorizer, logger: logger)
        self.bodyLimit = configuration.bodyLimit
        self.repeatsHeadAsGet = configuration.repeatsHeadAsGet
        self.limits = RequestHead.Limits(configuration)
        self.logger = logger
        self.observer = observer
    }

    // MARK: Before the handler

    /// The error of a body that is too large, which is counted.
    func bodyIsTooLarge() -> RequestBody.BodyTooLarge {
        self.observer?.limitHit(.body)
        return RequestBody.BodyTooLarge(limit: self.bodyLimit)
    }

    /// The error with which a request is answered without its handler; `nil` if the handler is called.
    ///
    /// - Parameters:
    ///   - bodyLength: The length of the body, as far as it is known.
    ///   - failure: An error that was found while the body was read.
    func refusal(of request: Request, bodyLength: Int64, failure: (any Error)? = nil) -> (any Error)? {
        if request.form == .response, let ambiguity = request.ambiguity { return ambiguity }
        if let failure { return failure }
        return bodyLength > self.bodyLimit ? self.bodyIsTooLarge() : nil
    }

    // MARK: The handler

    /// The response to a request.
    ///
    /// - Parameter refusal: See ``refusal(of:bodyLength:failure:)``.
    func response(to request: Request, refusal: (any Error)?) async -> Response {
        guard request.form == .response, refusal == nil else {
            return await self.responseWithoutHandler(to: request, refusal: refusal)
        }
        var response: Response
        do { response = try await self.handler(request) } catch {
            response = self.response(to: error, request: request)
        }
        if self.repeats(request, after: response) { response = await self.responseToHead(request) }
        return response
    }

    /// Whether the handler is called again, because this is its response to a `HEAD` request that it does not know.
    @inline(__always)
    func repeats(_ request: Request, after response: borrowing Response) -> Bool {
        request.isUnknownHead(response) && self.repeatsHeadAsGet
    }

    /// The response to a `HEAD` request that the handler does not know: that to the same request with `GET`, whose body is not sent.
    /// A server has to support both methods (RFC 9110 §9.1).
    @inline(never)
    func responseToHead(_ request: Request) async -> Response {
        let get = request.asGet()
        do { return try await self.handler(get) } catch { return self.response(to: error, request: get) }
    }

    /// The response to a request that the handler does not see: it is refused, or it is for the authorizer.
    @inline(never)
    func responseWithoutHandler(to request: Request, refusal: (any Error)?) async -> Response {
        if request.form == .response, let refusal { return self.response(to: refusal, request: request) }
        return await self.authorizing.response(to: request, refusal: refusal) {
            self.response(to: $0, request: request)
        }
    }

    /// The response that an error becomes.
    @inline(never)
    func response(to error: any Error, request: Request) -> Response {
        let response = Response(to: error, request: request, logger: self.logger)
        self.observer?.handlerFailed(error, status: response.status)
        return response
    }

    // MARK: Without a connection

    /// The result of a request without a connection.
    package enum Answer: Sendable {
        /// The prepared response, and the handler's response from which it was made; `nil` if an error is sent instead.
        case response(PreparedResponse, Response?)
        /// A server closes the connection on such a request.
        case refused(String)
    }

    /// Handles a request as a server does, up to the point where the response is written.
    ///
    /// - Parameters:
    ///   - makeBody: Creates the request's body, given the length that the web server has announced, if any.
    ///   - bodyLength: The number of bytes that it has.
    package func answer(
        _ parameters: [(name: String, value: String)], role: Request.Role, bodyLength: Int,
        makeBody: (_ declaredLength: Int64?) -> RequestBody
    ) async -> Answer {
        let pairs = Parameters.encode(parameters)
        let wireRole: RequestHead.Role = role == .authorizer ? .authorizer : .responder
        let received: Parameters
        do throws(RequestHead.Violation) {
            let facts = try RequestHead.check(pairs, limits: self.limits)
            received = pairs.withUnsafeBytes { Parameters(pairs: $0, facts: facts, role: wireRole) }
        } catch {
            switch error {
            case .malformed(let reason): return .refused(reason)
            case .tooManyParameters: return .response(PreparedResponse(asItIs: RequestHead.tooLarge), nil)
            }
        }
        let form = Request.Form(role: wireRole.rawValue, parameters: received)
        let declared = form == .response ? received.facts.contentLength : nil
        let request = Request(id: 1, form: form, parameters: received, body: makeBody(declared), origin: nil)
        let refusal = self.refusal(of: request, bodyLength: max(Int64(bodyLength), declared ?? 0))
        let response = await self.response(to: request, refusal: refusal)
        let prepared = PreparedResponse(response, to: request, logger: self.logger)
        // An error may be sent in the response's place.
        let isSent =
            prepared.status == response.status.code && (response.status == .ok || response.serverFields.isEmpty)
        return .response(prepared, isSent ? response : nil)
    }
}
