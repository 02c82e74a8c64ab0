import FastCGI
import HTTPTypes
import Hummingbird
import Logging

/// Calls a responder with FastCGI requests.
struct Routing<Responder: HTTPResponder>: Sendable
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let responder: Responder
    let logger: Logger

    /// The response to a request.
    ///
    /// An error that Hummingbird does not turn into a response is thrown: the FastCGI server logs it and responds.
    func response(to request: FastCGI.Request) async throws -> FastCGI.Response {
        let channel = RequestChannel(request)
        defer { channel.end() }
        var logger = self.logger
        // `RequestContext.id` requires this key.
        logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
        logger[metadataKey: "request"] = .stringConvertible(request.id)
        let failure = BodyFailure()
        var response: Hummingbird.Response
        do {
            response = try await RequestChannel.$current.withValue(channel) {
                try await withLogger(logger) { logger in
                    let context = Responder.Context(source: .init(channel: channel, logger: logger))
                    return try await self.responder.respond(
                        to: Hummingbird.Request(request, failure: failure), context: context)
                }
            }
        } catch let error where !(error is any ResponseError) {
            throw failure.error ?? error
        }
        // Middleware of CORS makes a response of an error without a status.
        if response.status == .internalServerError, let error = failure.error { response.status = error.status }
        var answer = try await FastCGI.Response(
            response, file: channel.file, isHead: request.method == .head, logger: logger)
        if let user = channel.user { answer.user = user }
        return answer
    }
}

extension Hummingbird.Request {
    /// Creates the request that Hummingbird's own server would create, for which the client's `Host` is the authority.
    ///
    /// - Parameter failure: Receives the error that ends the body early.
    fileprivate init(_ request: FastCGI.Request, failure: BodyFailure) {
        var fields = request.headerFields
        let host = HTTPField.Name.hostField
        let authority = fields[host]
        if authority != nil { fields[host] = nil }
        let target = request.query.map { "\(request.rawPath)?\($0)" } ?? request.rawPath
        let head = HTTPRequest(
            method: request.method, scheme: request.scheme, authority: authority, path: target, headerFields: fields)
        self.init(head: head, body: Hummingbird.RequestBody(request.body, failure: failure))
    }
}

extension HTTPField.Name {
    /// `Host`, which HTTPTypes declares unavailable in favour of the authority.
    fileprivate static let hostField = HTTPField.Name("Host")!
}
