import HTTPTypes
import Logging
import Sendfile

extension Response {
    /// A response with a status and its name as text.
    static func plain(_ status: HTTPResponse.Status, headerFields: HTTPFields = [:]) -> Response {
        Response(status: status, headerFields: headerFields, body: .name(of: status))
    }

    /// The response for an error of a handler.
    init(to error: any Error, request: Request, logger: Logger) {
        let metadata: Logger.Metadata = ["request": "\(request.id)", "path": "\(request.printablePath)"]
        // The error's description may contain text from a client.
        switch error {
        case let error as AmbiguousRequest:
            logger.log(level: error.logLevel, "a request is refused: \(error)", metadata: metadata)
            self = .plain(error.status)
        case let error as any ResponseError:
            logger.info("the handler answers \(error.status.code): \("\(error)".printable)", metadata: metadata)
            self = Response(status: error.status, headerFields: error.headerFields, body: error.body)
        case is CancellationError:
            logger.info("the handler was cancelled", metadata: metadata)
            self = .plain(.serviceUnavailable)
        default:
            logger.error("the handler threw: \("\(error)".printable)", metadata: metadata)
            self = .plain(.internalServerError)
        }
    }
}
