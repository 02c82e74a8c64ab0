import HTTPTypes
package import Logging
import Sendfile

/// A request and its response without a connection: what a server checks, asks and writes, in memory. For tests of handlers.
///
/// Time limits do not run, and nothing is counted.
package struct DirectExchange: Sendable {
    private let configuration: FastCGIServer.Configuration
    private let logger: Logger
    private let authorizing: AuthorizerCall
    private let handler: FastCGIServer.Handler

    package init(
        configuration: FastCGIServer.Configuration, logger: Logger, authorizer: FastCGIServer.Authorizer?,
        handler: @escaping FastCGIServer.Handler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.authorizing = AuthorizerCall(authorizer: authorizer, logger: logger)
        self.handler = handler
    }

    /// What a web server would get.
    package struct Answer: Sendable {
        /// The head as it is written: `Status:` and header fields, with the empty line at its end.
        package let head: [UInt8]
        package let body: [UInt8]
        /// The response that this is; `nil` where no handler was asked.
        package let response: Response?
    }

    /// Why a web server gets no response, or only half of one.
    package enum Failure: Error, CustomStringConvertible {
        case refused(String)
        case incomplete(String)

        package var description: String {
            switch self {
            case .refused(let reason): "a server closes the connection on such a request: \(reason)"
            case .incomplete(let reason): "a server breaks the response off: \(reason)"
            }
        }
    }

    /// Answers a request.
    ///
    /// - Throws: ``Failure`` where a server would close the connection.
    package func answer(
        _ parameters: [(name: String, value: String)], role: Request.Role, body: [UInt8]
    ) async throws -> Answer {
        let pairs = Parameters.encode(parameters)
        let limits = RequestHead.Limits(
            parameterBytes: self.configuration.parameterBytesLimit,
            parameterCount: self.configuration.parameterCountLimit)
        let asked: RequestHead.Role = role == .authorizer ? .authorizer : .responder
        let received: Parameters
        do throws(RequestHead.Violation) {
            let facts = try RequestHead.check(pairs, limits: limits)
            received = pairs.withUnsafeBytes { Parameters(pairs: $0, facts: facts, role: asked) }
        } catch {
            switch error {
            case .malformed(let reason): throw Failure.refused(reason)
            case .tooManyParameters:
                let end = RequestHead.tooLarge.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
                return Answer(
                    head: Array(RequestHead.tooLarge[..<end]), body: Array(RequestHead.tooLarge[end...]), response: nil)
            }
        }
        let form = Request.Form(role: asked.rawValue, parameters: received)
        let declared = form == .response ? received.facts.contentLength : nil
        let request = Request(
            id: 1, form: form, parameters: received, body: CutOffBody.body(body, declared: declared), origin: nil)
        return try await self.write(await self.response(to: request, body: body), to: request)
    }

    private func response(to request: Request, body: [UInt8]) async -> Response {
        guard request.form == .response else {
            return await self.authorizing.response(to: request, refusal: nil) {
                Response(to: $0, request: request, logger: self.logger)
            }
        }
        do {
            if let ambiguity = request.ambiguity { throw ambiguity }
            let length = max(Int64(body.count), request.parameters.facts.contentLength ?? 0)
            guard length <= self.configuration.bodyLimit else {
                throw RequestBody.BodyTooLarge(limit: self.configuration.bodyLimit)
            }
            return try await self.handler(request)
        } catch {
            return Response(to: error, request: request, logger: self.logger)
        }
    }

    private func write(_ response: Response, to request: Request) async throws -> Answer {
        let response = response.checked(logger: self.logger)
        let plan = BodyPlan(response, method: request.method)
        let head = ResponseHead(
            response, contentLength: plan.contentLength, contentType: plan.contentType, logger: self.logger
        ).bytes
        var bytes: [UInt8] = []
        switch plan.body {
        case .bytes(let body): bytes = body
        case .file(let body):
            let tail: FileTail
            do { tail = try FileTail(of: body, after: head.count, atMost: ResponseWriter.tailLength) } catch {
                self.logger.error("\(error)")
                return try await self.write(.plain(.internalServerError), to: request)
            }
            do {
                for part in tail.partsBefore {
                    switch part {
                    case .bytes(let part): bytes += part
                    case .file(let range): bytes += try FileTail.read(range, of: body.file)
                    }
                }
            } catch {
                throw Failure.incomplete("\(error)")
            }
            bytes += tail.bytes
        case .chunks(let chunks):
            do {
                _ = try await chunks.write(declaredLength: plan.contentLength) { bytes += $0 }
            } catch {
                throw Failure.incomplete("\(error)")
            }
        }
        return Answer(head: head, body: bytes, response: response)
    }
}

/// A body of which less comes than was announced.
private final class CutOffBody: RequestBody.Source {
    private let failure: BodyReader.Failure
    private let rest: Locked<[UInt8]>

    private init(_ bytes: [UInt8], _ failure: BodyReader.Failure) {
        self.rest = Locked(bytes)
        self.failure = failure
    }

    static func body(_ bytes: [UInt8], declared: Int64?) -> RequestBody {
        guard let declared, declared > bytes.count else { return RequestBody(bytes) }
        return RequestBody(
            source: CutOffBody(bytes, .truncated(received: Int64(bytes.count), declared: declared)))
    }

    func nextChunk() async throws -> [UInt8]? {
        let chunk = self.rest.withLock { rest in
            defer { rest = [] }
            return rest
        }
        guard chunk.isEmpty else { return chunk }
        throw self.failure
    }
}
