extension FileBody {
    /// The bytes of the body in chunks, for a server that writes bytes itself.
    ///
    /// ```swift
    /// let file: FileResponse = try sendfile(request, "team/q3.pdf")
    /// for try await chunk in file.delivery.body!.chunks() { print(chunk.count) }
    /// ```
    ///
    /// One chunk at a time is in memory. Reading does not occupy a thread of Swift's concurrency: bytes in the page cache are
    /// copied at once, and the others are read on a thread of libdispatch, which may wait for the disk.
    ///
    /// The sequence ends with an error where the response must not be completed: a ``SendfileError`` with the code
    /// ``SendfileError/Code/fileChanged`` or ``SendfileError/Code/fileSystem``, or a `CancellationError` in a cancelled task. The
    /// status has then been sent, so close the connection; the client notices that bytes are missing.
    ///
    /// - Parameter size: The maximum size of a chunk in bytes, at least 1.
    public func chunks(size: Int = 128 << 10) -> FileChunks {
        precondition(size > 0, "a chunk has at least one byte")
        return FileChunks(body: self, size: size)
    }
}

/// The bytes of a ``FileBody`` as an asynchronous sequence of chunks; see ``FileBody/chunks(size:)``.
public struct FileChunks: AsyncSequence, Sendable {
    /// A chunk: one byte or more.
    public typealias Element = [UInt8]

    fileprivate let body: FileBody
    fileprivate let size: Int

    /// Starts at the first byte.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self.body, size: self.size) }

    /// Reads the chunks one after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// The number of bytes at the end that are read before everything else and compared at the end: neither the size nor the
        /// times of a file that has become longer show whether it was appended to or rewritten.
        private static let tailLength: Int64 = 4096

        private let file: OpenFile
        private let size: Int64
        private var parts: ArraySlice<FileBody.Part>
        /// The end of the last part of the file.
        private let end: Int64?
        /// The last bytes of the last part of the file, as they were at the start; `nil` if one chunk contains the whole file.
        private var tail: [UInt8]?

        fileprivate init(_ body: FileBody, size: Int) {
            self.file = body.file
            self.size = Int64(size)
            self.parts = body.parts[...]
            self.end =
                body.parts.reversed().lazy.compactMap { part -> Int64? in
                    if case .file(let range) = part, !range.isEmpty { range.upperBound } else { nil }
                }.first
        }

        /// The next chunk; `nil` at the end.
        public mutating func next() async throws -> [UInt8]? {
            try Task.checkCancellation()
            while let part = self.parts.popFirst() {
                switch part {
                case .bytes(let bytes): if !bytes.isEmpty { return bytes }
                case .file(let range): if !range.isEmpty { return try await self.chunk(of: range) }
                }
            }
            return nil
        }

        /// Reads the first bytes of a part and puts the rest of it back.
        private mutating func chunk(of range: Range<Int64>) async throws -> [UInt8] {
            let bound = range.lowerBound + Swift.min(self.size, range.upperBound - range.lowerBound)
            if bound < range.upperBound {
                if self.tail == nil { self.tail = try await self.readTail() }
                self.parts.insert(.file(bound..<range.upperBound), at: self.parts.startIndex)
                return try await self.file.bytes(range.lowerBound..<bound)
            }
            let bytes = try await self.file.bytes(range)
            if !self.hasFileParts { try await self.check() }
            return bytes
        }

        private var hasFileParts: Bool {
            self.parts.contains { if case .file(let range) = $0 { !range.isEmpty } else { false } }
        }

        private func readTail() async throws -> [UInt8] {
            guard let end = self.end else { return [] }
            return try await self.file.bytes(Swift.max(0, end - Self.tailLength)..<end)
        }

        /// Checks that all chunks belong to the version of the file that was opened, before the last one is passed on.
        private func check() async throws {
            let isSame =
                switch self.file.change {
                case .none, .attributes: true
                case .longer: if let tail { try await self.readTail() == tail } else { true }
                case .content: false
                case .unknown(let errno):
                    throw SendfileError(.fileSystem, "the file cannot be read: \(errno)", underlying: errno)
                }
            if !isSame { throw SendfileError(.fileChanged, "the file was overwritten while it was sent") }
        }
    }
}
