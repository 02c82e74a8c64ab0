import AsyncHTTPClient
import NIOCore
import ObjectStorage

/// The chunks of a store's response. Reading one throws if the store sends nothing for a time; the time in which nothing is read does
/// not count.
struct ObjectChunks: AsyncSequence, Sendable {
    let body: HTTPClientResponse.Body
    let timeout: Duration

    func makeAsyncIterator() -> Iterator {
        Iterator(source: Source(self.body.makeAsyncIterator()), timeout: self.timeout)
    }

    struct Iterator: AsyncIteratorProtocol {
        let source: Source
        let timeout: Duration

        mutating func next() async throws -> [UInt8]? {
            let source = self.source
            return try await Deadline(self.timeout).wait { try await source.next() }
        }
    }

    /// The client's iterator, for the one task that reads the next chunk: an iterator waits for it before it starts another.
    final class Source: @unchecked Sendable {
        private var iterator: HTTPClientResponse.Body.AsyncIterator

        init(_ iterator: HTTPClientResponse.Body.AsyncIterator) {
            self.iterator = iterator
        }

        func next() async throws -> [UInt8]? {
            try await self.iterator.next().map { Array($0.readableBytesView) }
        }
    }
}
