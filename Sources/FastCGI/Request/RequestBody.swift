public import HTTPTypes

/// The body of a request: chunks of bytes in the order of their arrival.
///
/// A body that has arrived with the request's head is available before the handler runs. Any other body is read while
/// the handler requests it, and a handler that waits for a chunk occupies no thread. A body can be read once. The bytes
/// that the handler leaves unread are dropped; if they are more than 1 MiB, the connection is closed.
public struct RequestBody: Sendable, AsyncSequence {
    public typealias Element = [UInt8]

    /// The source of the chunks that have not arrived yet.
    package protocol Source: AnyObject, Sendable {
        /// The next chunk, never empty; `nil` at the end.
        func nextChunk() async throws -> [UInt8]?
    }

    private let arrived: [UInt8]
    private let source: (any Source)?

    /// Creates a body from bytes, to call a handler without a web server.
    public init(_ bytes: [UInt8] = []) {
        self.arrived = bytes
        self.source = nil
    }

    package init(source: any Source) {
        self.arrived = []
        self.source = source
    }

    /// The error of a body that ended before its announced length.
    package static func truncated(received: Int64, declared: Int64) -> any Error {
        BodyReader.Failure.truncated(received: received, declared: declared)
    }

    /// The whole body if it has arrived already, otherwise `nil`.
    package var arrivedBytes: [UInt8]? { self.source == nil ? self.arrived : nil }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(arrived: self.arrived, source: self.source)
    }

    /// Reads the whole body.
    ///
    /// - Parameter limit: The maximum number of bytes.
    /// - Throws: ``BodyTooLarge`` (status 413) if the body is larger, and errors of the connection.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        guard self.arrived.count <= limit else { throw BodyTooLarge(limit: limit) }
        guard let source else { return self.arrived }
        var bytes: [UInt8] = []
        while let chunk = try await source.nextChunk() {
            guard bytes.count + chunk.count <= limit else { throw BodyTooLarge(limit: limit) }
            bytes.append(contentsOf: chunk)
        }
        return bytes
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var arrived: [UInt8]
        let source: (any Source)?

        public mutating func next() async throws -> [UInt8]? {
            if !self.arrived.isEmpty {
                defer { self.arrived = [] }
                return self.arrived
            }
            return try await self.source?.nextChunk()
        }
    }

    /// A body that exceeds the limit; becomes status 413.
    public struct BodyTooLarge: ResponseError, CustomStringConvertible {
        /// The limit in bytes.
        public let limit: Int

        public var status: HTTPResponse.Status { .contentTooLarge }
        public var description: String { "the request's body is larger than the limit of \(self.limit) bytes" }
    }
}
