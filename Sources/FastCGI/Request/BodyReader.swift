import Glibc
import HTTPTypes
import Sendfile

/// Reads the body of a request that is still arriving: FCGI_STDIN records from a connection.
///
/// All state is behind one lock. It is held while bytes are taken from the socket, and never while a task waits for them. Several
/// tasks of the handler, and the end of the request, may use a reader at the same time. After ``invalidate()`` the reader does not touch the descriptor.
final class BodyReader: RequestBody.Source {
    /// A body that does not arrive as it was announced.
    enum Failure: ResponseError, CustomStringConvertible {
        case disconnected
        case stopping
        case timedOut
        case truncated(received: Int64, declared: Int64)
        case malformed(String)
        case finished

        var status: HTTPResponse.Status {
            switch self {
            case .timedOut: .requestTimeout
            case .stopping: .serviceUnavailable
            default: .badRequest
            }
        }

        var description: String {
            switch self {
            case .disconnected: "the web server closed the connection before the body was complete"
            case .stopping: "the request began to arrive when the server had just closed its idle connections"
            case .timedOut: "the body did not arrive in time (FASTCGI_READ_TIMEOUT)"
            case .truncated(let received, let declared): "the body ended after \(received) of \(declared) bytes"
            case .malformed(let reason): "the body is not well-formed FastCGI: \(reason)"
            case .finished: "the body was read after its request had been answered"
            }
        }
    }

    private struct State {
        var inbox: Inbox
        /// Bytes that were read before the handler ran, when not all of the body had arrived.
        var early: [UInt8] = []
        var received: Int64 = 0
        /// Whether a record that ends the body arrived before the announced length.
        var hasEndedEarly = false
        /// Whether the request has been answered; from then on any record that ends a body ends this one.
        var isDropped = false
        var isAtEnd = false
        var isInvalid = false
    }

    private let connection: Connection
    private let ordinal: UInt64
    private let wireID: UInt16
    private let declaredLength: Int64?
    private let limit: Int
    private let state: Locked<State>

    /// - Parameters:
    ///   - ordinal: The number of the request on its connection.
    ///   - wireID: The web server's number of it.
    ///   - inbox: The bytes after the request's head that have been read already.
    init(connection: Connection, ordinal: UInt64, wireID: UInt16, inbox: Inbox, declaredLength: Int64?) {
        self.connection = connection
        self.ordinal = ordinal
        self.wireID = wireID
        self.declaredLength = declaredLength
        self.limit = connection.server.configuration.bodyLimit
        self.state = Locked(State(inbox: inbox))
    }

    /// Whether a record that ends the body has been read. If it arrived too early, remaining bytes are skipped before
    /// the next request.
    var hasEnded: Bool { self.state.withLock { $0.isAtEnd || $0.hasEndedEarly } }

    /// Ends reading: a task that requests another chunk gets an error. Returns the bytes that were taken from the
    /// connection and not used.
    @discardableResult
    func invalidate() -> Inbox {
        self.state.withLock { state in
            state.isInvalid = true
            defer { state.inbox = Inbox() }
            return state.inbox
        }
    }

    /// The whole body if it has arrived already, otherwise `nil`. Bytes that have arrived are kept.
    func readWithoutWaiting() throws -> [UInt8]? {
        try self.state.withLock { state in
            var body: [UInt8] = []
            while case .chunk(let chunk) = try self.step(&state) { body += chunk }
            if state.isAtEnd { return body }
            // Management records in between have been answered, and are not kept.
            state.early = body
            return nil
        }
    }

    /// Reads and drops the rest of the body, at most `limit` bytes, after the request has been answered.
    ///
    /// The web server now regards the connection as free, and may send its next request after the first record that
    /// ends the body. Therefore that record ends the body even if fewer bytes arrived than were announced.
    func drop(upTo limit: Int) async {
        self.state.withLock { $0.isDropped = true }
        var count = 0
        while count < limit, let chunk = try? await self.nextChunk() { count += chunk.count }
    }

    func nextChunk() async throws -> [UInt8]? {
        while true {
            let step = try self.state.withLock { state throws -> Step in
                guard !state.isInvalid else { throw Failure.finished }
                guard state.early.isEmpty else {
                    defer { state.early = [] }
                    return .chunk(state.early)
                }
                while true {
                    let step = try self.step(&state)
                    // Readiness is reported once, so the socket is emptied before a task waits for it.
                    if case .incomplete = step, try self.receive(&state) { continue }
                    return step
                }
            }
            switch step {
            case .chunk(let chunk): return chunk
            case .end: return nil
            case .incomplete:
                let missing = self.state.withLock { $0.hasEndedEarly ? self.missing($0) : nil }
                let readTimeout = self.connection.server.configuration.readTimeout
                let awaitsRest = missing != nil && readTimeout > Self.restLimit
                guard
                    await self.connection.waitToRead(
                        self.ordinal, limit: awaitsRest ? Self.restLimit : readTimeout,
                        reason: awaitsRest ? .bodyRest : .body)
                else {
                    throw missing ?? (self.connection.isLate ? Failure.timedOut : Failure.disconnected)
                }
            }
        }
    }

    /// The time limit for the rest of a body after a premature end record. The web server has the whole body, because
    /// it knows the length.
    private static let restLimit = Duration.seconds(5)

    /// The error if the body ends here.
    private func missing(_ state: borrowing State) -> Failure? {
        guard let declaredLength, state.received < declaredLength else { return nil }
        return .truncated(received: state.received, declared: declaredLength)
    }

    private enum Step {
        case chunk([UInt8])
        case end
        case incomplete
    }

    /// Processes the next record from the inbox.
    private func step(_ state: inout State) throws -> Step {
        guard !state.isAtEnd else { return .end }
        while true {
            guard !(state.isDropped && state.hasEndedEarly) else { return .end }
            let next: (header: RecordHeader, content: [UInt8])?
            do { next = try state.inbox.nextRecord() } catch { throw Failure.malformed("\(error)") }
            guard let (header, content) = next else { return .incomplete }
            switch (RecordHeader.Kind(rawValue: header.type), header.requestID) {
            case (.standardInput, self.wireID):
                guard !content.isEmpty else {
                    guard self.missing(state) == nil else {
                        // mod_fcgid sends the record that ends a body whenever an HTTP/2 client pauses, and the rest
                        // after it.
                        state.hasEndedEarly = true
                        continue
                    }
                    state.isAtEnd = true
                    self.connection.bodyEnded(state.inbox, self.wireID)
                    return .end
                }
                state.received += Int64(content.count)
                guard state.received <= self.limit else { throw self.connection.server.handling.bodyIsTooLarge() }
                return .chunk(content)
            case (.abortRequest, self.wireID):
                self.connection.abort()
                throw Failure.disconnected
            case (.beginRequest, let id):
                try self.reply(RecordHeader.endRequest(id, .cannotMultiplex))
            case (_, 0):
                try self.reply(self.connection.server.values.answer(header.type, content: content))
            case (_, self.wireID):
                throw Failure.malformed("a record of type \(header.type) in the body")
            default: break
            }
        }
    }

    /// Answers a record that does not belong to the body.
    ///
    /// After the response has begun no reply can be sent, because a record in the middle of the response would corrupt it. Then
    /// reading the body fails.
    private func reply(_ bytes: [UInt8]) throws {
        guard self.connection.sendBeforeAnswer(bytes) else {
            throw Failure.malformed("another request in the middle of a response")
        }
    }

    /// Takes pending bytes from the socket. False if there are none.
    private func receive(_ state: inout State) throws -> Bool {
        try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
            while true {
                let count = recv(self.connection.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                if count == buffer.count { self.connection.mayHaveMore() }
                if count > 0 {
                    state.inbox.append(UnsafeRawBufferPointer(buffer)[..<count])
                    return true
                }
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN { return false }
                if state.hasEndedEarly, let missing = self.missing(state) { throw missing }
                throw self.connection.isInputShut ? Failure.stopping : .disconnected
            }
        }
    }
}
