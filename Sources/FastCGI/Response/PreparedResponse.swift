import HTTPTypes
import Logging
import Sendfile

/// A response whose head is ready to be sent: the same for a server and for tests of handlers.
struct PreparedResponse {
    let status: Int
    let head: [UInt8]
    let body: BodyPlan.Body
    /// `nil` where nothing is said of the length.
    let contentLength: Int64?

    /// Makes the head of a response, and decides what is sent after it.
    init(_ response: Response, to request: Request, logger: Logger) {
        let response = response.checked(logger: logger)
        let plan = BodyPlan(response, method: request.method)
        self.status = response.status.code
        self.head =
            ResponseHead(
                response, contentLength: plan.contentLength, contentType: plan.contentType, logger: logger
            ).bytes
        self.body = plan.body
        self.contentLength = plan.contentLength
    }

    /// The body's bytes, if head and body go out in one write together with the records that end the request.
    var singleWrite: [UInt8]? {
        guard case .bytes(let bytes) = self.body, LibraryRequest.fitsSingleWrite(self.head, bytes.count) else {
            return nil
        }
        return bytes
    }
}
