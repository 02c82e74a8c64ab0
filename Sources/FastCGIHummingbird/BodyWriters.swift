import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Sendfile

/// The bytes of a body of known, small length, or the file that it is. One task uses it.
final class CollectedBody {
    private(set) var bytes: [UInt8] = []
    fileprivate(set) var file: FileAnswer?
    private let limit: Int
    private let logger: Logger

    /// - Parameter limit: The length that was announced.
    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    var writer: any ResponseBodyWriter { Writer(body: self) }

    /// A body with more bytes than were announced.
    struct LengthExceeded: Error, CustomStringConvertible {
        let limit: Int

        var description: String { "a response's body has more bytes than its length of \(self.limit)" }
    }

    private struct Writer: ResponseBodyWriter, FileTaking {
        let body: CollectedBody

        func take(_ file: FileAnswer) { self.body.file = file }

        func write(_ buffer: ByteBuffer) async throws {
            guard self.body.bytes.count + buffer.readableBytes <= self.body.limit else {
                throw LengthExceeded(limit: self.body.limit)
            }
            if self.body.bytes.isEmpty {
                self.body.bytes = Array(buffer: buffer)
            } else {
                self.body.bytes.append(contentsOf: buffer.readableBytesView)
            }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            TrailingFields.drop(trailingHeaders, logger: self.body.logger)
        }
    }
}

/// Writes the chunks of a stream to the web server; each write waits until the connection has accepted the chunk.
struct StreamWriter: ResponseBodyWriter {
    let sink: ([UInt8]) async throws -> Void
    let logger: Logger

    func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await self.sink(Array(buffer: buffer))
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        TrailingFields.drop(trailingHeaders, logger: self.logger)
    }
}

/// A stream that is sent once, or never: to a `HEAD` request, or if the handler's time limit has passed.
///
/// Middleware may wait for the end of a body, to count the request. So a body that is not sent is written to a writer that fails.
final class UnsentBody: Sendable {
    private let body: Hummingbird.ResponseBody
    private let logger: Logger
    private let hasBegun = Locked(false)

    init(_ body: Hummingbird.ResponseBody, logger: Logger) {
        self.body = body
        self.logger = logger
    }

    func write(to sink: @escaping ([UInt8]) async throws -> Void) async throws {
        self.hasBegun.withLock { $0 = true }
        try await self.body.write(StreamWriter(sink: sink, logger: self.logger))
    }

    deinit {
        guard !self.hasBegun.withLock({ $0 }) else { return }
        let body = self.body
        Task { try? await body.write(FailingWriter()) }
    }

    private struct FailingWriter: ResponseBodyWriter {
        func write(_ buffer: ByteBuffer) async throws { throw CancellationError() }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

/// The header fields after a body, which FastCGI cannot transport.
enum TrailingFields {
    static func drop(_ fields: HTTPFields?, logger: Logger) {
        guard let fields, !fields.isEmpty else { return }
        let names = fields.map(\.name.rawName).joined(separator: ", ")
        logger.info("trailing header fields are dropped, because FastCGI cannot transport them: \(names)")
    }
}
