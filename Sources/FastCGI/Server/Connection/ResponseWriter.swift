import CLinux
import Glibc
import Logging
import Sendfile

/// Writes the response to one request: head, body and the records that end the request.
///
/// It belongs to the task that has the right to answer. Where the socket is full, the task waits in the event loop and holds no
/// thread.
struct ResponseWriter {
    /// A response that cannot be sent as the handler returned it.
    enum Failure: Error, CustomStringConvertible {
        case disconnected

        var description: String { "the web server closed the connection, or its time was up" }
    }

    /// The level at which the log has an error of a writer. Clients leave every day, and a time limit that has passed has a warning of its
    /// own.
    static func logLevel(of error: any Error) -> Logger.Level {
        if error is Failure { return .info }
        if case .disconnected? = error as? FileStream.Failure { return .info }
        return .warning
    }

    private let connection: Connection
    private let request: Request
    private var stream: FileStream
    /// Whether the response is written in several parts.
    private var isInParts = false
    /// The pace of a file or a stream; `nil` for no limit.
    private var pace: SendingPace?

    init(_ connection: Connection, _ request: Request) {
        self.connection = connection
        self.request = request
        self.stream = FileStream(descriptor: connection.descriptor, requestID: connection.wireID)
    }

    /// Writes all of a response. Returns the number of bytes of the body.
    mutating func write(_ prepared: PreparedResponse) async throws -> Int64 {
        let head = prepared.head
        self.pace = prepared.bytesPerSecond.map { SendingPace($0) }
        switch prepared.body {
        case .bytes(let bytes):
            try await self.write(head, bytes)
            return Int64(bytes.count)
        case .file(let body, let tail):
            try await self.write(head, body, tail)
            return body.length
        case .chunks(let chunks):
            return try await self.write(head, chunks, declaredLength: prepared.contentLength)
        }
    }

    private mutating func write(_ head: [UInt8], _ body: [UInt8]) async throws {
        if LibraryRequest.fitsSingleWrite(head, body.count) { return try self.end(head, body[...]) }
        let tail = body.suffix(FileTail.length)
        let start = body.dropLast(tail.count).prefix(RecordHeader.largestContent - min(head.count, 1 << 15))
        self.beginParts()
        try await self.write(head + start)
        try await self.write(body[start.endIndex..<tail.startIndex])
        try await self.waitForRoom()
        try self.end([], tail)
    }

    private mutating func write(_ head: [UInt8], _ body: FileBody, _ tail: FileTail) async throws {
        if tail.isAll { return try self.end(head, tail.bytes[...]) }
        try await self.writeHead(head)
        let headLength = self.stream.written
        defer { self.connection.record.fileBytes = self.stream.written - headLength }
        for part in tail.partsBefore {
            switch part {
            case .bytes(let bytes): try await self.write(bytes)
            case .file(let range):
                var start = range.lowerBound
                while start < range.upperBound {
                    let end = min(range.upperBound, start + (self.pace?.part ?? .max - start))
                    try await self.write(start..<end, of: body.file)
                    try await self.waitForPace(after: end - start)
                    start = end
                }
            }
        }
        try await self.waitForRoom()
        try tail.check(body.file)
        try self.end([], tail.bytes[...])
    }

    private mutating func write(_ range: Range<Int64>, of file: OpenFile) async throws {
        var range = range
        let request = self.request
        try await self.repeating { (stream) throws -> FileStream.Progress in
            // The file may be on a slow disk.
            let worker = Worker.current
            defer { worker?.callHasReturned(in: request) }
            return try stream.write(&range, of: file)
        }
    }

    /// Waits until as many bytes may be sent as the response permits per second.
    private mutating func waitForPace(after count: Int64) async throws {
        do {
            try await self.pace?.wait(after: count)
        } catch {
            // The task of a request ends with its client.
            throw Failure.disconnected
        }
    }

    private mutating func write(
        _ head: [UInt8], _ chunks: ResponseBody.Chunks, declaredLength: Int64?
    ) async throws -> Int64 {
        try await self.writeHead(head)
        let headLength = self.stream.written
        var writer = self
        defer { self.connection.record.fileBytes = writer.stream.written - headLength }
        let length: Int64
        do {
            length = try await chunks.write(declaredLength: declaredLength) { chunk in
                try await writer.write(inParts: chunk)
            }
        } catch let error where !(error is Failure) {
            await self.writeInvalidRecord()
            // The task of a request ends with its client.
            throw error is CancellationError && Task.isCancelled ? Failure.disconnected : error
        }
        try await self.waitForRoom()
        try self.end([], [])
        return length
    }

    /// Writes a record that is invalid (its version is 0), after the last whole chunk of a body that has failed.
    ///
    /// nginx takes the end of a connection for the end of a response without a length, unless `fastcgi_keep_conn` and
    /// `fastcgi_buffering` are on. With every setting it ends the client's response as an incomplete one if a record is
    /// invalid.
    private func writeInvalidRecord() async {
        guard (try? await self.waitForRoom()) != nil else { return }
        _ = self.connection.sendNow([UInt8](repeating: 0, count: RecordHeader.size))
    }

    /// Writes a head before a body that is unknown yet or is not in memory.
    private mutating func writeHead(_ head: [UInt8]) async throws {
        self.beginParts()
        guard LibraryRequest.fitsSingleWrite(head, 0) else { return try await self.write(head) }
        guard self.connection.library.put(head[...]), self.connection.library.flush() else {
            throw Failure.disconnected
        }
    }

    /// Notes that a response does not fit into one write. Until its end, a close of the connection is a reset: the close
    /// would be in the middle of the response.
    private mutating func beginParts() {
        self.isInParts = true
        self.connection.closesByReset(true)
    }

    /// Writes the end of a response and the records that end the request, in one write.
    private func end(_ head: [UInt8], _ body: ArraySlice<UInt8>) throws {
        let errorLines = self.connection.record.takeErrorLines()
        guard self.connection.library.end(head, body, errorLines: errorLines) else { throw Failure.disconnected }
        if self.isInParts { self.connection.closesByReset(false) }
    }

    /// Writes a chunk, at the pace of the response.
    private mutating func write(inParts chunk: [UInt8]) async throws {
        guard let part = self.pace?.part else { return try await self.write(chunk) }
        var rest = chunk[...]
        while !rest.isEmpty {
            let next = rest.prefix(Int(part))
            try await self.write(next)
            try await self.waitForPace(after: Int64(next.count))
            rest = rest[next.endIndex...]
        }
    }

    private mutating func write(_ bytes: some Collection<UInt8>) async throws {
        var rest = Array(bytes)[...]
        try await self.repeating { (stream) throws -> FileStream.Progress in try stream.write(&rest) }
    }

    /// Repeats a write until it is done.
    private mutating func repeating(_ write: (inout FileStream) throws -> FileStream.Progress) async throws {
        while true {
            switch try write(&self.stream) {
            case .done: return
            case .pause: await Task.yield()
            case .blocked: guard await self.connection.waitToWrite() else { throw Failure.disconnected }
            }
        }
    }

    /// Waits until the socket takes the last bytes of a response: libfcgi cannot write half of them and continue later.
    private func waitForRoom() async throws {
        while true {
            var descriptor = pollfd(fd: self.connection.descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&descriptor, 1, 0) == 1 { return }
            guard await self.connection.waitToWrite() else { throw Failure.disconnected }
        }
    }
}
