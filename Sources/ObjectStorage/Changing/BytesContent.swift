/// Bytes in memory as the content of a request. They can be read several times.
struct BytesContent: AsyncSequence, Sendable {
    let bytes: [UInt8]

    /// The size of a chunk.
    private static let chunkSize = 1 << 16

    func makeAsyncIterator() -> Iterator { Iterator(rest: self.bytes[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>

        mutating func next() async throws -> [UInt8]? {
            guard !self.rest.isEmpty else { return nil }
            defer { self.rest = self.rest.dropFirst(BytesContent.chunkSize) }
            return Array(self.rest.prefix(BytesContent.chunkSize))
        }
    }
}

extension ObjectStoreContent {
    /// Bytes in memory.
    ///
    /// - Parameter isRepeatable: Whether a second arrival of the request at the store has the same result.
    static func bytes(_ bytes: [UInt8], isRepeatable: Bool = true) -> Self {
        Self(length: Int64(bytes.count), chunks: BytesContent(bytes: bytes), isRepeatable: isRepeatable)
    }
}
