import HTTPTypes
import Hummingbird
import NIOCore
import Sendfile

/// A decision about a file, as the body of a Hummingbird response.
///
/// The decision travels with the body: a writer of this module takes it instead of bytes, and any other writer gets the bytes. So the
/// decision survives middleware that adds fields or waits for the end of the body, middleware that transforms the body
/// transforms the file's bytes, and a body that replaces this one replaces the decision.
struct FileAnswer: Sendable {
    /// The decision, with the delivery that the web server supports.
    let decision: FileResponse

    /// The same file with its bytes, whole, if the web server would send it.
    private let streamed: @Sendable () throws -> FileResponse

    /// The event loop to wait for after each chunk.
    private let loop: ChunkPace.Loop

    /// - Parameters:
    ///   - loop: The event loop to wait for after each chunk.
    ///   - streamed: Decides again; the program sends the bytes.
    init(
        _ decision: FileResponse, on loop: ChunkPace.Loop, streamed: @escaping @Sendable () throws -> FileResponse
    ) {
        self.decision = decision
        self.loop = loop
        self.streamed = streamed
    }

    /// The number of bytes of the body; `nil` if the web server sends the file, because it also decides about ranges.
    var length: Int? {
        if let body = self.decision.delivery.body { return Int(body.length) }
        return self.decision.delivery.serverFields.isEmpty ? 0 : nil
    }

    /// The bytes of the response, if the program must send them.
    func bytes() throws -> FileBody? {
        if let body = self.decision.delivery.body { return body }
        guard !self.decision.delivery.serverFields.isEmpty else { return nil }
        return try self.streamed().delivery.body
    }

    /// Whether a response has the status and the validators that were decided.
    func hasHead(of response: Hummingbird.Response) -> Bool {
        guard let tag = response.headers[.eTag], response.status == self.decision.status else { return false }
        return tag == self.decision.headerFields[.eTag]
    }

    /// The body for Hummingbird.
    var body: Hummingbird.ResponseBody {
        Hummingbird.ResponseBody(contentLength: self.length) { writer in
            if let taker = writer as? any FileTaking {
                taker.take(self)
                return
            }
            if let bytes = try self.bytes() {
                var pace = ChunkPace(self.loop)
                for try await chunk in bytes.chunks() {
                    try await writer.write(ByteBuffer(bytes: chunk))
                    try await pace.chunkIsWritten()
                }
            }
            try await writer.finish(nil)
        }
    }
}

/// A writer that takes a decision about a file instead of its bytes.
protocol FileTaking {
    func take(_ file: FileAnswer)
}
