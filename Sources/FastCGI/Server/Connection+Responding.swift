import Glibc
import HTTPTypes
import Logging
import Sendfile
import Synchronization

/// How a request becomes a response, on the task that handles the request.
extension Connection {
    /// Asks the handler and writes its answer.
    ///
    /// - Parameter refusal: an error that was found before, to be answered without the handler.
    func serve(_ request: Request, refusal: (any Error)?) async {
        let response: Response
        do {
            if let refusal { throw refusal }
            response = try await self.server.handler(request)
        } catch {
            response = self.server.response(to: error, request: request)
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
                "the response could not be completed: \(error)", metadata: ["request": "\(request.id)"])
        }
        self.server.requestEnded(request, status: response.status, written: written)
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

    /// Writes head, body and the records that end the request. Returns the number of bytes of the body.
    private func write(_ response: Response, to request: Request) async throws -> Int64 {
        var response = response
        if !response.serverFields.isEmpty, response.status != .ok {
            // Apache sends the field to the client with any other status, and lighttpd the file.
            self.server.logger.error("a file that the web server sends needs status 200, not \(response.status)")
            response = Response(status: .internalServerError)
        }
        let hasBody = request.method != .head && response.status.allowsBody && response.serverFields.isEmpty
        let declaredLength = response.headerFields[.contentLength].flatMap { Int64($0) }

        var small: [UInt8] = []
        var length: Int64?
        var contentType: String?
        switch response.body {
        case .none:
            length = request.method == .head ? declaredLength : 0
        case .bytes(let bytes):
            small = bytes
            length = Int64(bytes.count)
            contentType = "application/octet-stream"
        case .string(let text):
            small = Array(text.utf8)
            length = Int64(small.count)
            contentType = "text/plain; charset=utf-8"
        case .file(let body):
            length = body.length
            contentType = "application/octet-stream"
        case .chunks:
            length = declaredLength
            contentType = "application/octet-stream"
        }
        if !response.serverFields.isEmpty || !response.status.allowsBody { length = nil }
        if !response.status.allowsBody { contentType = nil }
        let head = ResponseHead(
            response, contentLength: length, contentType: contentType, logger: self.server.logger)

        if !hasBody { small = [] }
        if head.bytes.count + small.count <= LibraryRequest.largestSingleWrite, !hasBody || !response.body.isStreamed {
            guard self.library.put(head.bytes), small.isEmpty || self.library.put(small), self.library.end() else {
                throw Failure.disconnected
            }
            return Int64(small.count)
        }

        var stream = FileStream(descriptor: self.descriptor, requestID: self.wireID)
        if head.bytes.count <= LibraryRequest.largestSingleWrite {
            guard self.library.put(head.bytes), self.library.flush() else { throw Failure.disconnected }
        } else {
            try await self.write(head.bytes, to: &stream)
        }
        let headLength = stream.written
        switch response.body {
        case _ where !hasBody, .none: break
        case .bytes, .string: try await self.write(small, to: &stream)
        case .file(let body):
            for part in body.parts {
                switch part {
                case .bytes(let bytes): try await self.write(bytes, to: &stream)
                case .file(var range):
                    try await self.repeating { () throws -> FileStream.Progress in
                        try stream.write(&range, of: body.file)
                    }
                }
            }
        case .chunks(let chunks):
            try await chunks.each { chunk in
                if let length, stream.written - headLength + Int64(chunk.count) > length {
                    throw Failure.lengthDiffers(
                        declared: length, actual: stream.written - headLength + Int64(chunk.count))
                }
                try await self.write(chunk, to: &stream)
            }
            if let length, stream.written - headLength < length {
                throw Failure.lengthDiffers(declared: length, actual: stream.written - headLength)
            }
        }
        try await self.waitForRoom()
        guard self.library.end() else { throw Failure.disconnected }
        return stream.written - headLength
    }

    private var wireID: UInt16 { self.state.withLock { $0.wireID } }

    private func write(_ bytes: [UInt8], to stream: inout FileStream) async throws {
        var rest = bytes[...]
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

    /// Waits until the socket takes the few bytes that end a request. libfcgi cannot write half of them.
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
        let keeps = isComplete && keeping && self.keepsConnection && !self.server.isStopping
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
        self.server.loop.post(.connection(self))
    }

    private func drain(_ body: BodyReader) async {
        var count = 0
        while count < Self.largestDrain, let chunk = try? await body.nextChunk() { count += chunk.count }
    }
}

extension HTTPResponse.Status {
    /// Whether a response with this status may have a body (RFC 9110 §6.4.1).
    fileprivate var allowsBody: Bool {
        self.kind != .informational && self != .noContent && self != .notModified && self != .resetContent
    }
}

extension ResponseBody {
    fileprivate var isStreamed: Bool {
        switch self {
        case .none, .bytes, .string: false
        case .file, .chunks: true
        }
    }
}
