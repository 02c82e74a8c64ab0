import AsyncHTTPClient
import NIOCore
import ObjectStorage

/// The content of a request, as the client takes it. The time in which the content is waited for is not the store's.
struct SentChunks<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Base.Element == [UInt8], Base.Failure == any Error {
    let base: Base
    let deadline: Deadline

    func makeAsyncIterator() -> Iterator { Iterator(base: self.base.makeAsyncIterator(), deadline: self.deadline) }

    struct Iterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        let deadline: Deadline

        mutating func next() async throws -> ByteBuffer? {
            self.deadline.pause()
            defer { self.deadline.restart() }
            return try await self.base.next().map { ByteBuffer(bytes: $0) }
        }
    }
}

extension HTTPClientRequest.Body {
    /// The body with a content.
    static func content(_ content: ObjectStoreContent, within deadline: Deadline) -> Self {
        func body(_ chunks: some AsyncSequence<[UInt8], any Error> & Sendable) -> Self {
            .stream(
                SentChunks(base: chunks, deadline: deadline),
                length: content.length.map { .known($0) } ?? .unknown)
        }
        return body(content.chunks)
    }
}
