import FastCGI
import Sendfile

/// A request and its response in memory, without a connection. Time limits do not run, and nothing is counted.
struct DirectExchange: Sendable {
    let handling: RequestHandling

    /// The response that a web server would receive.
    struct Answer: Sendable {
        /// The head as it is sent: `Status:` and header fields, with the empty line at its end.
        let head: [UInt8]
        let body: [UInt8]
        /// The handler's response; `nil` if an error is sent instead.
        let response: Response?
    }

    /// The reason why a web server receives no response, or an incomplete one.
    enum Failure: Error, CustomStringConvertible {
        case refused(String)
        case incomplete(String)

        var description: String {
            switch self {
            case .refused(let reason): "a server closes the connection on such a request: \(reason)"
            case .incomplete(let reason): "a server breaks the response off: \(reason)"
            }
        }
    }

    /// Handles a request.
    ///
    /// - Throws: ``Failure`` where a server would close the connection.
    func answer(
        _ parameters: [(name: String, value: String)], role: Request.Role, body: [UInt8]
    ) async throws -> Answer {
        let answer = await self.handling.answer(parameters, role: role, bodyLength: body.count) { declared in
            guard let declared, declared > body.count else { return RequestBody(body) }
            return RequestBody(source: CutOffBody(body, declared: declared))
        }
        switch answer {
        case .refused(let reason): throw Failure.refused(reason)
        case .response(let prepared, let response):
            do { return try await Self.write(prepared, response) } catch { throw Failure.incomplete("\(error)") }
        }
    }

    private static func write(_ prepared: PreparedResponse, _ response: Response?) async throws -> Answer {
        var bytes: [UInt8] = []
        switch prepared.body {
        case .bytes(let body): bytes = body
        case .file(let body, let tail):
            for part in tail.partsBefore {
                switch part {
                case .bytes(let part): bytes += part
                case .file(let range): bytes += try FileTail.read(range, of: body.file)
                }
            }
            bytes += tail.bytes
        case .chunks(let chunks):
            _ = try await chunks.write(declaredLength: prepared.contentLength) { bytes += $0 }
        }
        return Answer(head: prepared.head, body: bytes, response: response)
    }
}

/// A body with fewer bytes than were announced.
private final class CutOffBody: RequestBody.Source {
    private let failure: any Error
    private let rest: Locked<[UInt8]>

    init(_ bytes: [UInt8], declared: Int64) {
        self.rest = Locked(bytes)
        self.failure = RequestBody.truncated(received: Int64(bytes.count), declared: declared)
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
