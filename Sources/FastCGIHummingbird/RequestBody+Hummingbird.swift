import FastCGI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Sendfile

extension Hummingbird.RequestBody {
    /// Creates a body with the chunks of a FastCGI request's body. Each is read when the route requests it, so a route that reads
    /// slowly slows down the client.
    ///
    /// - Parameter failure: Receives the error that ends the body early.
    init(_ body: FastCGI.RequestBody, failure: BodyFailure) {
        if let bytes = body.arrivedBytes {
            self.init(buffer: ByteBuffer(bytes: bytes))
        } else {
            self.init(asyncSequence: ArrivingBody(body: body, failure: failure))
        }
    }
}

/// The error that has ended a request's body early.
///
/// A route may throw another error because of it, such as one of NIOFileSystem, that has no status.
final class BodyFailure: Sendable {
    private let noted = Locked<RequestBodyError?>(nil)

    var error: RequestBodyError? { self.noted.withLock { $0 } }

    func note(_ error: RequestBodyError) { self.noted.withLock { $0 = error } }
}

/// A body that is still arriving.
private struct ArrivingBody: AsyncSequence, Sendable {
    let body: FastCGI.RequestBody
    let failure: BodyFailure

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: self.body.makeAsyncIterator(), failure: self.failure)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: FastCGI.RequestBody.AsyncIterator
        let failure: BodyFailure

        mutating func next() async throws -> ByteBuffer? {
            do {
                return try await self.base.next().map { ByteBuffer(bytes: $0) }
            } catch let error as any ResponseError {
                let error = RequestBodyError(underlying: error)
                self.failure.note(error)
                throw error
            }
        }
    }
}

/// An error of the FastCGI server about a request's body, such as a body that is too large.
///
/// Hummingbird's middleware sees its status; with an error of another type, it would count and send 500.
struct RequestBodyError: HTTPResponseError, ResponseError, CustomStringConvertible {
    let underlying: any ResponseError

    var status: HTTPResponse.Status { self.underlying.status }
    var description: String { "\(self.underlying)" }

    func response(from request: Hummingbird.Request, context: some RequestContext) throws -> Hummingbird.Response {
        context.logger.info("the request's body cannot be read: \(self.underlying)")
        let text = "\(self.status.code) \(self.status.reasonPhrase)\n"
        return Hummingbird.Response(
            status: self.status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
