import Glibc
import HTTPTypes
import Logging
import Sendfile

/// How a request becomes a response, on the task that handles the request.
extension Connection {
    /// Asks the handler and writes its answer.
    ///
    /// - Parameter refusal: an error that was found before, to be answered without the handler.
    func serve(_ request: Request, refusal: (any Error)?) async {
        let response: Response
        if request.form == .response {
            do {
                if let refusal { throw refusal }
                response = try await self.server.handler(request)
            } catch {
                response = self.server.response(to: error, request: request)
            }
        } else {
            response = await self.server.authorize(request, refusal: refusal)
        }
        // A time limit may have answered meanwhile; then the connection is no longer this task's.
        guard self.claimAnswer(to: request.id) else { return }
        await self.answer(request, with: response)
    }

    private func claimAnswer(to requestID: UInt64) -> Bool {
        self.state.withLock { state in
            guard state.request?.id == requestID, !state.isAnswered else { return false }
            state.isAnswered = true
            state.deadlines.handler = .never
            return true
        }
    }

    /// Writes the response and goes on to the next request. The caller has claimed the answer.
    func answer(_ request: Request, with response: Response, keeping: Bool = true) async {
        var isComplete = false
        var written: Int64 = 0
        do {
            written = try await self.write(response, to: request)
            isComplete = true
        } catch {
            self.server.logger.warning(
                "the response could not be completed: \("\(error)".printable)", metadata: ["request": "\(request.id)"])
        }
        self.requestEnded(request, bodyBytes: written, isComplete: isComplete)
        await self.finish(isComplete: isComplete, keeping: keeping)
    }

    // MARK: Writing

    /// A response that cannot be sent as the handler gave it.
    private enum Failure: Error, CustomStringConvertible {
        case disconnected
        case lengthDiffers(declared: Int64, actual: Int64)

        var description: String {
            switch self {
            case .disconnected: "the web server closed the connection, or its time was up"
            case .lengthDiffers(let declared, let actual):
                "Content-Length is \(declared), but the body has \(actual) bytes or more"
            }
        }
    }

    /// How much of a long body goes out by way of libfcgi, in one write with the records that end the request: a web server that
    /// has all bytes of a body may hang up, and must not find that there was more to say.
    private static let tailLength = 4096

    /// Writes head, body and the records that end the request. Returns the number of bytes of the body.
    private func write(_ response: Response, to request: Request) async throws -> Int64 {
        let response = self.checked(response)
        self.sentStatus = response.status.code
        let plan = BodyPlan(response, method: request.method)
        let head = ResponseHead(
            response, contentLength: plan.contentLength, contentType: plan.contentType, logger: self.server.logger
        ).bytes

        switch plan.body {
        case .none:
            try await self.write(head, [])
            return 0
        case .bytes(let bytes):
            try await self.write(head, bytes)
            return Int64(bytes.count)
        case .file(let body):
            let tail: FileTail
            do { tail = try FileTail(of: body, after: head.count, atMost: Self.tailLength) } catch {
                // Nothing has been sent yet, so there is a better answer than a broken connection.
                self.server.logger.error("\(error)", metadata: ["request": "\(request.id)"])
                return try await self.write(.plain(.internalServerError), to: request)
            }
            try await self.write(head, body, tail)
            return body.length
        case .chunks(let chunks):
            return try await self.write(head, chunks, declaredLength: plan.contentLength)
        }
    }

    /// A response whose backend's fields are not sent with the wrong status.
    private func checked(_ response: Response) -> Response {
        guard !response.serverFields.isEmpty, response.status != .ok else { return response }
        // Apache sends the field to the client with any other status, and lighttpd the file.
        self.server.logger.error("a file that the web server sends needs status 200, not \(response.status)")
        return .plain(.internalServerError)
    }

    private func write(_ head: [UInt8], _ body: [UInt8]) async throws {
        if head.count + body.count <= LibraryRequest.largestSingleWrite {
            return try self.end(head, body[...])
        }
        let tail = body.suffix(Self.tailLength)
        var stream = FileStream(descriptor: self.descriptor, requestID: self.wireID)
        let start = body.dropLast(tail.count).prefix(RecordHeader.largestContent - min(head.count, 1 << 15))
        try await self.write(head + start, to: &stream)
        try await self.write(body[start.endIndex..<tail.startIndex], to: &stream)
        try await self.waitForRoom()
        try self.end([], tail)
    }

    private func write(_ head: [UInt8], _ body: FileBody, _ tail: FileTail) async throws {
        if tail.isAll, head.count + tail.bytes.count <= LibraryRequest.largestSingleWrite {
            return try self.end(head, tail.bytes[...])
        }
        var stream = FileStream(descriptor: self.descriptor, requestID: self.wireID)
        try await self.writeHead(head, to: &stream)
        for part in tail.partsBefore {
            switch part {
            case .bytes(let bytes): try await self.write(bytes, to: &stream)
            case .file(var range):
                try await self.repeating { () throws -> FileStream.Progress in
                    try stream.write(&range, of: body.file)
                }
            }
        }
        try await self.waitForRoom()
        try self.end([], tail.bytes[...])
    }

    private func write(
        _ head: [UInt8], _ chunks: ResponseBody.Chunks, declaredLength: Int64?
    ) async throws -> Int64 {
        var stream = FileStream(descriptor: self.descriptor, requestID: self.wireID)
        try await self.writeHead(head, to: &stream)
        let headLength = stream.written
        try await chunks.each { chunk in
            let length = stream.written - headLength + Int64(chunk.count)
            if let declaredLength, length > declaredLength {
                throw Failure.lengthDiffers(declared: declaredLength, actual: length)
            }
            try await self.write(chunk, to: &stream)
        }
        let length = stream.written - headLength
        if let declaredLength, length < declaredLength {
            throw Failure.lengthDiffers(declared: declaredLength, actual: length)
        }
        try await self.waitForRoom()
        try self.end([], [])
        return length
    }

    /// Writes the end of a response, with the records that end the request, in one go.
    private func end(_ head: [UInt8], _ body: ArraySlice<UInt8>) throws {
        self.putErrorLines()
        guard head.isEmpty || self.library.put(head[...]), body.isEmpty || self.library.put(body), self.library.end()
        else {
            throw Failure.disconnected
        }
    }

    /// Writes a head before a body that is not known yet, or not in memory.
    private func writeHead(_ head: [UInt8], to stream: inout FileStream) async throws {
        guard head.count <= LibraryRequest.largestSingleWrite else { return try await self.write(head, to: &stream) }
        guard self.library.put(head[...]), self.library.flush() else { throw Failure.disconnected }
    }

    private var wireID: UInt16 { self.state.withLock { $0.wireID } }

    private func write(_ bytes: some Collection<UInt8>, to stream: inout FileStream) async throws {
        var rest = Array(bytes)[...]
        try await self.repeating { () throws -> FileStream.Progress in try stream.write(&rest) }
    }

    /// Repeats a write until it is done; where the socket is full, the event loop holds the request and no thread.
    private func repeating(_ write: () throws -> FileStream.Progress) async throws {
        while true {
            switch try write() {
            case .done: return
            case .pause: await Task.yield()
            case .blocked:
                guard await self.wait(for: .writing, limit: self.server.configuration.writeTimeout) else {
                    throw Failure.disconnected
                }
            }
        }
    }

    /// Waits until the socket takes the last bytes of a response: libfcgi cannot write half of them and go on later.
    private func waitForRoom() async throws {
        while true {
            var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&descriptor, 1, 0) == 1 { return }
            guard await self.wait(for: .writing, limit: self.server.configuration.writeTimeout) else {
                throw Failure.disconnected
            }
        }
    }

    // MARK: Afterwards

    /// How much of a body that the handler left unread is read and dropped to keep the connection.
    private static let largestDrain = 1 << 20

    private func finish(isComplete: Bool, keeping: Bool) async {
        self.state.withLock { state in
            state.task = nil
            state.deadlines = Deadlines()
        }
        let keeps =
            isComplete && keeping && self.keepsConnection && !self.server.isStopping && self.server.requests.take()
        self.hasPlace = keeps
        var isInStep = true
        if let body {
            if keeps, !body.isAtEnd { await self.drain(body) }
            isInStep = body.isAtEnd
            self.inbox = body.invalidate()
            self.body = nil
        }
        self.library.free()
        let (isReadable, isBroken) = self.state.withLock { state in
            state.request = nil
            return (state.isReadable, state.isBroken)
        }
        guard isComplete, !isBroken else { return self.close() }
        guard keeps, isInStep else {
            return isInStep && self.inbox.isEmpty && !isReadable ? self.close() : self.linger()
        }
        if self.inbox.isEmpty, self.park(limit: self.server.configuration.idleTimeout) { return }
        // What came meanwhile: this worker goes on with it when the task that runs here has ended.
        if let worker = Worker.current, worker.loop === self.server.loop, worker.nextConnection == nil {
            worker.nextConnection = self
        } else {
            self.server.loop.post(.connection(self))
        }
    }

    private func drain(_ body: BodyReader) async {
        var count = 0
        while count < Self.largestDrain, let chunk = try? await body.nextChunk() { count += chunk.count }
    }
}
