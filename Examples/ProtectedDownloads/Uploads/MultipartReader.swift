/// Reads a form with files (`multipart/form-data`, RFC 7578) as it arrives. It buffers at most one chunk and the length
/// of a boundary, wherever the chunks are divided.
struct MultipartReader<Source: AsyncIteratorProtocol> where Source.Element == [UInt8] {
    private enum State { case inPart, afterBoundary, finished }

    private var source: Source
    /// The end of each part: a line end, two hyphens and the boundary.
    private let delimiter: [UInt8]
    // The first boundary has no line end before it. The text before it is treated as an unnamed part.
    private var buffer: [UInt8] = [0x0D, 0x0A]
    /// The index of the first unread byte of the buffer.
    private var position = 0
    private var state = State.inPart
    private var parts = 0

    /// Reads the form of a source of chunks; `nil` if the media type is not `multipart/form-data`.
    init?(contentType: String, source: Source) {
        guard let boundary = PartHead.boundary(contentType: contentType) else { return nil }
        self.source = source
        self.delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// The next part, or `nil` after the last; skips unread content of the previous part.
    ///
    /// - Throws: ``MultipartError``, ``TooManyParts``, and what the source throws.
    mutating func nextPart() async throws -> PartHead? {
        while try await self.nextChunk() != nil {}
        guard self.state == .afterBoundary else { return nil }
        while self.buffer.count - self.position < 2 { try await self.fill() }
        if self.buffer[self.position...].starts(with: "--".utf8) {
            self.state = .finished
            return nil
        }
        self.parts += 1
        guard self.parts <= PartHead.countLimit else { throw TooManyParts() }
        var room = PartHead.limit
        guard try await self.line(room: &room).allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
            throw MultipartError("a boundary is followed by text")
        }
        var head: PartHead?
        while true {
            let line = try await self.line(room: &room)
            if line.isEmpty { break }
            head = PartHead(line) ?? head
        }
        guard let head else { throw MultipartError("a part has no name") }
        self.state = .inPart
        return head
    }

    /// The next bytes of the part's content, never empty; `nil` at its end.
    mutating func nextChunk() async throws -> ArraySlice<UInt8>? {
        guard self.state == .inPart else { return nil }
        while true {
            let start = self.position
            let end = self.endOfContent()
            if end > start {
                self.position = end
                return self.buffer[start..<end]
            }
            if self.buffer.count - start >= self.delimiter.count {
                self.position = start + self.delimiter.count
                self.state = .afterBoundary
                return nil
            }
            try await self.fill()
        }
    }

    /// The end of the content in the buffer: the delimiter, or a possible beginning of one at the end of the buffer.
    private func endOfContent() -> Int {
        var index = self.position
        while let candidate = self.buffer[index...].firstIndex(of: 0x0D) {
            if self.delimiter.starts(with: self.buffer[candidate...].prefix(self.delimiter.count)) { return candidate }
            index = candidate + 1
        }
        return self.buffer.count
    }

    /// Reads a line of a part's head, without its line end.
    private mutating func line(room: inout Int) async throws -> ArraySlice<UInt8> {
        // The number of bytes known to contain no line end, so that each byte of a slowly arriving line is scanned
        // once.
        var scanned = 0
        while true {
            if let end = self.buffer[(self.position + scanned)...].firstIndex(of: 0x0A) {
                let line = self.buffer[self.position..<end]
                room -= line.count
                guard room >= 0 else { break }
                self.position = end + 1
                guard line.last == 0x0D else { throw MultipartError("a line does not end in CR LF") }
                return line.dropLast()
            }
            scanned = self.buffer.count - self.position
            guard scanned <= room else { break }
            try await self.fill()
        }
        throw MultipartError("the head of a part is longer than \(PartHead.limit) bytes")
    }

    /// Reads another chunk from the source, replacing the bytes already read.
    private mutating func fill() async throws {
        guard let chunk = try await self.source.next() else {
            throw MultipartError("the body ends before its last boundary")
        }
        self.buffer.removeSubrange(..<self.position)
        self.buffer += chunk
        self.position = 0
    }
}

/// The form has more parts than any form of this site.
struct TooManyParts: Error {}

/// An invalid form with files.
struct MultipartError: Error, CustomStringConvertible {
    let description: String

    init(_ reason: String) { self.description = "not a form with files: \(reason)" }
}
