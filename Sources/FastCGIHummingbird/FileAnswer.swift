import FastCGI
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
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

    /// - Parameter streamed: Decides again; the program sends the bytes.
    init(_ decision: FileResponse, streamed: @escaping @Sendable () throws -> FileResponse) {
        self.decision = decision
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

    /// The body for Hummingbird.
    var body: Hummingbird.ResponseBody {
        Hummingbird.ResponseBody(contentLength: self.length) { writer in
            if let taker = writer as? any FileTaking {
                taker.take(self)
                return
            }
            if let bytes = try self.bytes() { try await bytes.write(to: &writer) }
            try await writer.finish(nil)
        }
    }
}

/// A writer that takes a decision about a file instead of its bytes.
protocol FileTaking {
    func take(_ file: FileAnswer)
}

extension FileBody {
    /// The number of bytes in memory at a time.
    private static let chunk: Int64 = 128 << 10

    /// Writes all parts as buffers, in constant memory. Threads for blocking calls read the file.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        for part in self.parts {
            switch part {
            case .bytes(let bytes): try await writer.write(ByteBuffer(bytes: bytes))
            case .file(let range):
                var start = range.lowerBound
                while start < range.upperBound {
                    let next = start..<min(range.upperBound, start + Self.chunk)
                    let bytes = try await NIOThreadPool.singleton.runIfActive { try FileTail.read(next, of: self.file) }
                    try await writer.write(ByteBuffer(bytes: bytes))
                    start = next.upperBound
                }
            }
        }
    }
}
