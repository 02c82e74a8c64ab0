import CLinux
import Glibc
import HTTPTypes
import Logging
import Sendfile

/// How a request becomes a response, on the task that handles the request.
extension Connection {
    /// Asks the handler and writes its answer.
    ///
    /// What is local here lives in the task's memory while the handler runs, of which the first kilobyte costs nothing. So whatever
    /// is not usual is a function of its own, and not inlined.
    ///
    /// - Parameter refusal: an error that was found before, to be answered without the handler.
    func serve(_ request: Request, _ handler: FastCGIServer.Handler, refusal: (any Error)?) async {
        let response: Response
        if request.form == .response, refusal == nil {
            do { response = try await handler(request) } catch {
                response = self.server.response(to: error, request: request)
            }
        } else {
            response = await self.responseWithoutHandler(to: request, refusal: refusal)
        }
        if let prepared = self.answerAtOnce(request, with: response) {
            await self.answer(request, with: response, prepared)
        }
    }

    @inline(never)
    private func responseWithoutHandler(to request: Request, refusal: (any Error)?) async -> Response {
        if request.form == .response, let refusal { return self.server.response(to: refusal, request: request) }
        return await self.server.authorizing.response(to: request, refusal: refusal) {
            self.server.response(to: $0, request: request)
        }
    }

    /// Answers as nearly every request is answered: nothing of it has to wait. Returns what is left to be sent where something has
    /// to.
    @inline(never)
    private func answerAtOnce(_ request: Request, with response: Response) -> PreparedResponse? {
        // A time limit may have answered meanwhile; then the connection is no longer this task's.
        guard self.claimAnswer(to: request.id) else { return nil }
        let prepared = self.prepare(response, to: request)
        guard self.body == nil, case .bytes(let body) = prepared.body, self.fitsSingleWrite(prepared.head, body) else {
            return prepared
        }
        var isComplete = true
        do { try self.end(prepared.head, body[...]) } catch {
            isComplete = false
            self.couldNotComplete(request, error)
        }
        self.requestEnded(request, response, bodyBytes: isComplete ? Int64(body.count) : 0, isComplete: isComplete)
        self.finish(request, isComplete: isComplete)
        return nil
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
        await self.answer(request, with: response, self.prepare(response, to: request), keeping: keeping)
    }

    private func answer(
        _ request: Request, with response: Response, _ prepared: PreparedResponse, keeping: Bool = true
    ) async {
        var isComplete = false
        var written: Int64 = 0
        do {
            written = try await self.write(prepared, to: request)
            isComplete = true
        } catch {
            self.couldNotComplete(request, error)
        }
        self.requestEnded(request, response, bodyBytes: written, isComplete: isComplete)
        if let body, isComplete, keeping, self.keepsConnection, !body.hasEnded {
            await body.drop(upTo: Self.largestDrop)
        }
        self.finish(request, isComplete: isComplete, keeping: keeping)
    }

    private func couldNotComplete(_ request: Request, _ error: any Error) {
        self.server.logger.warning(
            "the response could not be completed: \("\(error)".printable)", metadata: ["request": "\(request.id)"])
    }

    // MARK: Writing

    /// A response that cannot be sent as the handler gave it.
    private enum Failure: Error, CustomStringConvertible {
        case disconnected

        var description: String { "the web server closed the connection, or its time was up" }
    }

    /// How much of a long body goes out by way of libfcgi, in one write with the records that end the request: a web server that
    /// has all bytes of a body may hang up, and must not find that there was more to say.
    static let tailLength = 4096

    /// A response whose head is ready to be sent.
    private struct PreparedResponse {
        var head: [UInt8]
        var body: BodyPlan.Body
        var contentLength: Int64?
    }

    /// Makes the head of a response, and decides what is sent after it.
    private func prepare(_ response: Response, to request: Request) -> PreparedResponse {
        let response = response.checked(logger: self.server.logger)
        self.sentStatus = response.status.code
        self.sentBytes = 0
        let plan = BodyPlan(response, method: request.method)
        let head = ResponseHead(
            response, contentLength: plan.contentLength, contentType: plan.contentType, logger: self.server.logger)
        return PreparedResponse(head: head.bytes, body: plan.body, contentLength: plan.contentLength)
    }

    /// Writes head, body and the records that end the request. Returns the number of bytes of the body.
    private func write(_ prepared: PreparedResponse, to request: Request) async throws -> Int64 {
        let head = prepared.head
        switch prepared.body {
        case .bytes(let bytes):
            try await self.write(head, bytes)
            return Int64(bytes.count)
        case .file(let body):
            let tail: FileTail
            do { tail = try FileTail(of: body, after: head.count, atMost: Self.tailLength) } catch {
                // Nothing has been sent yet, so there is a better answer than a broken connection.
                self.server.logger.error("\(error)", metadata: ["request": "\(request.id)"])
                return try await self.write(self.prepare(.plain(.internalServerError), to: request), to: request)
            }
            try await self.write(head, body, tail)
            return body.length
        case .chunks(let chunks):
            return try await self.write(head, chunks, declaredLength: prepared.contentLength)
        }
    }

    private func fitsSingleWrite(_ head: [UInt8], _ body: [UInt8]) -> Bool {
        head.count + body.count <= LibraryRequest.largestSingleWrite
    }

    private func write(_ head: [UInt8], _ body: [UInt8]) async throws {
        if self.fitsSingleWrite(head, body) { return try self.end(head, body[...]) }
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
        let headLength = stream.written
        defer { self.sentBytes = stream.written - headLength }
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
        let length = try await chunks.write(declaredLength: declaredLength) { chunk in
            try await self.write(chunk, to: &stream)
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
    private static let largestDrop = 1 << 20

    /// Goes on to the next request, or ends the connection. Afterwards the connection is no longer the caller's.
    private func finish(_ request: Request, isComplete: Bool, keeping: Bool = true) {
        let keeps =
            isComplete && keeping && self.keepsConnection && !self.server.isStopping && self.server.requests.take()
        self.hasPlace = keeps
        var isInStep = true
        if let body {
            isInStep = body.hasEnded
            self.inbox = body.invalidate()
            self.body = nil
        }
        let worker = Worker.current.flatMap { $0.loop === self.server.loop ? $0 : nil }
        worker?.lastAnswered = request.id
        // The web server sends its next request as soon as it has this answer: another worker that it wakes must find the
        // connection idle, or it has come for nothing. So what the request leaves behind is freed afterwards.
        let leftover = self.library.takeOut()
        let mayIdle = keeps && isInStep && self.inbox.isEmpty
        var readers: [Waiter] = []
        let (isIdle, isReadable, isBroken, isInputShut) = self.state.withLock { state in
            state.runner = nil
            state.request = nil
            readers = state.takeReaders()
            state.deadlines = Deadlines()
            let isReadable = state.isReadable
            // An end of input that has been reported is not reported again: somebody has to look.
            let isIdle =
                mayIdle && !state.isBroken && !state.isEnded && !state.isInputShut
                && self.idle(&state, limit: self.server.idleLimit)
            return (isIdle, isReadable, state.isBroken, state.isInputShut)
        }
        leftover.free()
        // Tasks that a handler has left behind, or that waited when its time was up: they find the body finished.
        for reader in readers { reader.resume() }
        if isIdle { return }
        guard isComplete, !isBroken else { return self.close() }
        guard keeps, isInStep, !isInputShut else {
            return isInStep && self.inbox.isEmpty && !isReadable ? self.close() : self.linger()
        }
        // What came meanwhile: this worker goes on with it when the task that runs here has ended.
        self.driveLater(on: worker)
    }
}
