/// Collects a client's content in parts, and compares its size with the declared one.
struct PartBuffer {
    /// The declared size, if it is known.
    let size: Int64?
    /// The bytes read so far.
    private(set) var count: Int64 = 0
    private var rest: [UInt8] = []
    private var isAtEnd = false

    /// Whether all bytes of the content have been returned.
    var isComplete: Bool { self.isAtEnd && self.rest.isEmpty }

    init(size: Int64?) { self.size = size }

    /// The next part: `length` bytes, or fewer at the end of the content.
    mutating func part(of length: Int, _ nextChunk: () async throws -> [UInt8]?) async throws -> [UInt8] {
        var part = self.rest
        self.rest = []
        // A byte more tells whether another part follows.
        while part.count <= length, !self.isAtEnd {
            try Task.checkCancellation()
            guard let chunk = try await nextChunk() else {
                self.isAtEnd = true
                break
            }
            self.count += Int64(chunk.count)
            try self.check(self.count <= self.size ?? .max)
            part += chunk
        }
        if part.count > length {
            self.rest = Array(part[length...])
            part.removeSubrange(length...)
        }
        try self.check(!self.isAtEnd || self.count == self.size ?? self.count)
        return part
    }

    private func check(_ isRight: Bool) throws(ObjectStoreError) {
        guard isRight else {
            throw ObjectStoreError(
                .wrongSize,
                "the content of an object has \(self.isAtEnd ? "only \(self.count)" : "more") bytes instead of the \(self.size ?? 0) that "
                    + "were declared; nothing was stored")
        }
    }
}
