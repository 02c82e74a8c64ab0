import CLinux
import Glibc
import Logging
import Sendfile

/// A connection from a web server, and the only owner of libfcgi's request on it.
///
/// `@unchecked Sendable` holds by one rule: at any time one party *drives* the connection, and only that party touches the
/// descriptor's input, `inbox`, `assembler`, `library` and `body`. The party is the worker that accepted the connection, or the
/// worker that found it idle when bytes came (``deliver(_:on:)``), or the task that handles its request. Everything that others
/// may touch is in `state`, behind its lock.
final class Connection: @unchecked Sendable {
    let descriptor: Int32
    /// The peer is on this machine, on a Unix socket.
    let isLocal: Bool
    let server: ServerCore
    let origin: RequestOrigin

    // The driver's.
    let library = LibraryRequest()
    var inbox = Inbox()
    var assembler: RequestAssembler
    var body: BodyReader?
    var keepsConnection = false
    /// The next request's place in the server's ``RequestBudget`` is taken.
    var hasPlace = true
    /// The time limit for a request's head runs.
    var isHeadTimed = false
    /// When the request that is being handled had come.
    var requestStart = Instant.never
    /// The status of the response that is being written.
    var sentStatus = 0
    /// What is bound to the request's task.
    var scope: RequestScope?

    let state = Locked(State())

    struct State {
        enum Phase {
            /// Somebody drives the connection.
            case driven
            /// Nobody does: the first event makes its worker the driver.
            case idle
            /// The response has been sent; what the peer still sends is read and dropped until it closes.
            case lingering
            case closed
        }

        var phase = Phase.driven
        /// No request has come on it yet.
        var isFresh = true
        /// The connection's token in the event loop; `nil` until somebody has had to wait for it.
        var token: UInt64?
        var reportsWritable = false
        /// What was reported while nobody waited for it.
        var isReadable = false
        var isWritable = false
        /// The peer is gone, or a time limit has passed: nothing more can come or go.
        var isBroken = false
        /// The body has not come in time. The response may still be written.
        var isLate = false
        var reader: UnsafeContinuation<Void, Never>?
        var writer: UnsafeContinuation<Void, Never>?
        /// The request that is being handled.
        var request: Request?
        var task: Task<Void, Never>?
        /// The web server's number of that request.
        var wireID: UInt16 = 0
        /// Its body has been read to the end: what comes now can only be an abort, or the next request.
        var inputIsComplete = false
        /// Somebody has the right to write the response.
        var isAnswered = false
        var deadlines = Deadlines()
    }

    init(descriptor: Int32, isLocal: Bool, server: ServerCore) {
        self.descriptor = descriptor
        self.isLocal = isLocal
        self.server = server
        self.origin = RequestOrigin(observer: server.observer)
        server.observer.connectionAccepted()
        self.assembler = RequestAssembler(limits: server.limits, values: server.values)
    }

    // MARK: Events

    private enum Action {
        case nothing
        case drive
        case drop
        case wake(UnsafeContinuation<Void, Never>?, UnsafeContinuation<Void, Never>?, cancel: Task<Void, Never>?)
    }

    /// Takes an event from the loop.
    func deliver(_ events: UInt32, on worker: Worker) {
        // Half-closing is how a TCP peer goes away; on a Unix socket a close is reported as one, and a peer that only ends
        // its sending side still wants its response.
        let gone = linux_epollhup | linux_epollerr | (self.isLocal ? 0 : linux_epollrdhup)
        let action: Action = self.state.withLock { state in
            switch state.phase {
            case .idle:
                state.phase = .driven
                return .drive
            case .lingering: return .drop
            case .closed: return .nothing
            case .driven: break
            }
            var reader: UnsafeContinuation<Void, Never>?
            var writer: UnsafeContinuation<Void, Never>?
            var task: Task<Void, Never>?
            if events & (linux_epollin | gone) != 0 {
                if let waiting = state.reader {
                    reader = waiting
                    state.reader = nil
                } else {
                    state.isReadable = true
                    // Once the answer is being written, what comes can wait.
                    if state.inputIsComplete, !state.isAnswered, self.nextRecordAborts(state.wireID) {
                        task = state.task
                    }
                }
            }
            if events & linux_epollout != 0 {
                if let waiting = state.writer {
                    writer = waiting
                    state.writer = nil
                } else {
                    state.isWritable = true
                }
            }
            if events & gone != 0, state.request != nil {
                state.isBroken = true
                task = state.task
                reader = reader ?? state.reader
                writer = writer ?? state.writer
                state.reader = nil
                state.writer = nil
            }
            return .wake(reader, writer, cancel: task)
        }
        switch action {
        case .nothing: break
        case .drive: self.drive(on: worker)
        case .drop: self.dropInput(on: worker)
        case .wake(let reader, let writer, let task):
            worker.runningNextJob {
                task?.cancel()
                reader?.resume()
                writer?.resume()
            }
        }
    }

    /// Whether an FCGI_ABORT_REQUEST for this request stands at the front of the socket. It is left there: what comes for a
    /// request that is over is skipped when the next one is read.
    private func nextRecordAborts(_ wireID: UInt16) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: RecordHeader.size, alignment: 8) { buffer in
            let count = recv(
                self.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
            guard count == RecordHeader.size else { return false }
            let header = RecordHeader(UnsafeRawBufferPointer(buffer))
            return header.type == RecordHeader.Kind.abortRequest.rawValue && header.requestID == wireID
        }
    }

    // MARK: Waiting

    enum Direction { case reading, writing }

    /// Suspends until the socket is ready, at most `limit`. False if the connection is broken or the time is up.
    func wait(for direction: Direction, limit: Duration) async -> Bool {
        await withUnsafeContinuation { continuation in
            let ready = self.state.withLock { state in
                guard !state.isBroken, state.phase == .driven else { return true }
                switch direction {
                case .reading:
                    guard !state.isReadable, !state.isLate else {
                        state.isReadable = false
                        return true
                    }
                    state.reader = continuation
                    state.deadlines.read = .after(limit)
                case .writing:
                    guard !state.isWritable else {
                        state.isWritable = false
                        return true
                    }
                    state.writer = continuation
                    state.deadlines.write = .after(limit)
                }
                guard self.watch(&state, writing: direction == .writing) else {
                    state.isBroken = true
                    state.reader = nil
                    state.writer = nil
                    return true
                }
                return false
            }
            if ready { continuation.resume() }
        }
        return self.state.withLock { state in
            switch direction {
            case .reading:
                state.deadlines.read = .never
                return !state.isBroken && !state.isLate
            case .writing:
                state.deadlines.write = .never
                return !state.isBroken
            }
        }
    }

    /// Has the event loop report what happens on this connection. False if the kernel has no room for it.
    private func watch(_ state: inout State, writing: Bool) -> Bool {
        let events = linux_epollin | linux_epollrdhup | (writing ? linux_epollout : 0)
        if let token = state.token {
            // Without a reason to wait for it, EPOLLOUT would be reported each time the peer reads.
            if state.reportsWritable != writing {
                state.reportsWritable = writing
                self.server.loop.change(self.descriptor, events: events, token: token)
            }
            return true
        }
        let token = self.server.connections.insert(self)
        state.token = token
        state.reportsWritable = writing
        do {
            try self.server.loop.add(self.descriptor, events: events, token: token)
            self.server.ensureTicking()
            return true
        } catch {
            self.server.logger.error("cannot watch a connection: \(error)")
            return false
        }
    }

    /// Watches a connection whose handler has suspended, so that a peer that goes away is noticed.
    func watchHandler(of requestID: UInt64) {
        self.state.withLock { state in
            guard state.request?.id == requestID, state.phase == .driven else { return }
            if state.token == nil { _ = self.watch(&state, writing: false) }
            if !state.isAnswered { state.deadlines.handler = .after(self.server.configuration.handlerTimeout) }
        }
    }

    /// Leaves the connection to the event loop until something comes. False if something has come already: the caller goes on
    /// driving. After true the caller must not touch the connection: another worker may drive it.
    func park(limit: Duration, keepsDeadline: Bool = false) -> Bool {
        self.state.withLock { state in
            guard !state.isReadable else {
                state.isReadable = false
                return false
            }
            if !keepsDeadline { state.deadlines.read = .after(limit) }
            // Whoever stops the server has looked at this connection already, or will see it idle.
            if self.server.isStopping, !state.isFresh { shutdown(self.descriptor, Int32(SHUT_RD)) }
            state.phase = .idle
            if self.watch(&state, writing: false) { return true }
            state.phase = .driven
            state.isBroken = true
            return false
        }
    }

    // MARK: Closing

    /// Closes the connection; to be called by its driver.
    func close(descriptorIsOpen: Bool = true) {
        self.giveBackPlace()
        self.body?.invalidate()
        self.body = nil
        self.library.free()
        let token: UInt64? = self.state.withLock { state in
            state.phase = .closed
            state.task = nil
            state.request = nil
            defer { state.token = nil }
            return state.token
        }
        if let token { self.server.connections.remove(token) }
        if descriptorIsOpen { Glibc.close(self.descriptor) }
        self.server.observer.connectionClosed()
        self.server.connectionClosed()
    }

    /// Ends the sending side and drops what still comes until the peer closes, at most a few seconds.
    ///
    /// A close with unread input makes TCP reset the connection, and the peer may lose the response that it has not read yet.
    func linger() {
        self.giveBackPlace()
        self.body?.invalidate()
        self.body = nil
        self.library.free()
        shutdown(self.descriptor, Int32(SHUT_WR))
        let watched = self.state.withLock { state in
            state.phase = .lingering
            state.task = nil
            state.request = nil
            state.deadlines = Deadlines(read: .after(Self.lingerLimit))
            // What is there already was reported before somebody lingered; changing the events reports it again.
            let wasWatched = state.token != nil
            guard self.watch(&state, writing: false) else { return false }
            if wasWatched, let token = state.token {
                self.server.loop.change(self.descriptor, events: linux_epollin | linux_epollrdhup, token: token)
            }
            return true
        }
        if !watched { self.close() }
    }

    /// No request will come.
    private func giveBackPlace() {
        guard self.hasPlace else { return }
        self.hasPlace = false
        self.server.requests.giveBack()
    }

    private static let lingerLimit = Duration.seconds(2)

    /// Reads and drops what has come on a lingering connection; closes at its end.
    private func dropInput(on worker: Worker) {
        let takesPart = self.state.withLock { state in
            guard state.phase == .lingering else { return false }
            state.phase = .driven
            return true
        }
        guard takesPart else { return }
        // Bounded, so that a peer that never stops sending does not hold the thread.
        for _ in 0..<16 {
            let count = recv(self.descriptor, worker.buffer.baseAddress, worker.buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            if count < 0, errno == EINTR { continue }
            if count == 0 || errno != EAGAIN { return self.close() }
            let again = self.state.withLock { state in
                defer { state.isReadable = false }
                if !state.isReadable { state.phase = .lingering }
                return state.isReadable
            }
            if !again { return }
        }
        self.close()
    }

    // MARK: For the body

    /// The body has been read to its end: what comes now is an abort or the next request.
    func bodyEnded(inboxIsEmpty: Bool) {
        self.state.withLock { $0.inputIsComplete = inboxIsEmpty }
    }

    /// Cancels the handler: nobody waits for its answer.
    func cancelHandler() {
        self.state.withLock { $0.task }?.cancel()
    }

    /// Whether the body has not come in time.
    var isLate: Bool { self.state.withLock { $0.isLate } }

    /// Whether nobody has begun to answer the request.
    var isUnanswered: Bool { self.state.withLock { !$0.isAnswered } }

    // MARK: Time limits

    /// What a time limit that has passed means.
    enum Expiry {
        case nothing
        case idle
        case reading
        case handler
        case writing
    }

    /// How long a connection that was just accepted may wait for its request when the server stops.
    static let lastRequestLimit = Duration.seconds(1)

    /// Looks at the time limits. Called by the clock, which drives nothing; after `.handler` the caller has the right to answer.
    func expire(_ now: Instant, stopping: Bool) -> Expiry {
        let (expiry, reader, writer, task) = self.state.withLock {
            state -> (Expiry, UnsafeContinuation<Void, Never>?, UnsafeContinuation<Void, Never>?, Task<Void, Never>?) in
            switch state.phase {
            case .closed: return (.nothing, nil, nil, nil)
            case .idle, .lingering:
                let isIdle = state.phase == .idle
                if stopping, isIdle, state.isFresh, state.deadlines.read > now {
                    // It was accepted for a request, which is on its way.
                    state.deadlines.read = min(state.deadlines.read, .after(Self.lastRequestLimit))
                    return (.nothing, nil, nil, nil)
                }
                let isDue = state.deadlines.read <= now
                guard isDue || (stopping && isIdle) else { return (.nothing, nil, nil, nil) }
                state.deadlines.read = .never
                // A worker sees the end of input and closes. Only input is shut, so that a request that came at this very
                // moment is still read and answered.
                shutdown(self.descriptor, Int32(isIdle ? SHUT_RD : SHUT_RDWR))
                guard isIdle, isDue else { return (.nothing, nil, nil, nil) }
                // Nobody drives the connection, and who did has left through this lock.
                return (self.isHeadTimed ? .reading : .idle, nil, nil, nil)
            case .driven: break
            }
            if state.deadlines.handler <= now {
                state.deadlines.handler = .never
                guard !state.isAnswered else { return (.nothing, nil, nil, nil) }
                state.isAnswered = true
                return (.handler, nil, nil, state.task)
            }
            let expiry: Expiry =
                state.deadlines.write <= now ? .writing : state.deadlines.read <= now ? .reading : .nothing
            guard expiry != .nothing else { return (.nothing, nil, nil, nil) }
            if expiry == .reading {
                state.isLate = true
                state.deadlines.read = .never
                defer { state.reader = nil }
                return (expiry, state.reader, nil, nil)
            }
            state.isBroken = true
            state.deadlines = Deadlines()
            defer {
                state.reader = nil
                state.writer = nil
            }
            return (expiry, state.reader, state.writer, state.task)
        }
        task?.cancel()
        reader?.resume()
        writer?.resume()
        return expiry
    }
}
