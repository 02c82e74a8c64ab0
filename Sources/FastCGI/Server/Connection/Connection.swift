import CLinux
import Glibc
import Logging
import Sendfile

/// A connection from a web server: its descriptor, its input and its output.
///
/// ``ConnectionState`` says what the connection is doing. It is behind a lock, and only ``happens(on:_:)`` can change it, by an
/// event whose action it performs.
///
/// `@unchecked Sendable` holds by one rule: at any time one party *holds* the connection, and only the holder touches the
/// descriptor's input and the properties below "The holder's". The holder is
/// - a worker, while the state is `reading`, or `lingering` and input is dropped,
/// - the task that handles the request, while the state is `handling` or `writing`,
/// - the event loop in every other state. It touches none of them.
///
/// The body's bytes are an exception: several tasks of a handler may read them, one at a time, through ``BodyReader`` and its lock.
final class Connection: @unchecked Sendable {
    /// The request that is being handled, and the task that handles it.
    struct Work: Sendable {
        let request: Request
        let runner: RequestRunner
    }

    /// A task that is suspended until the socket is ready.
    typealias Waiter = UnsafeContinuation<Void, Never>
    typealias State = ConnectionState<Work, Waiter>

    let descriptor: Int32
    /// Whether the connection is one of a Unix socket.
    private let isLocal: Bool
    let server: ServerCore
    /// The server's observer. The connection has its own reference, because counting the server's would make all threads wait for each other.
    let observer: ServerObserver
    let origin: RequestOrigin
    /// The memory of a head that has arrived in part.
    let account = HeadBudget.Account()
    private let state: Locked<State>
    /// The connection's number in the event loop; `nil` until the loop watches it. Touched under the lock, and by the party that
    /// closes the descriptor.
    @exclusivity(unchecked) private var token: UInt64?

    // MARK: The holder's
    // There is one holder, so no access is checked against others while the program runs.

    let library = LibraryRequest()
    @exclusivity(unchecked) var reader: RequestReader
    @exclusivity(unchecked) var body: BodyReader?
    @exclusivity(unchecked) var record = RequestRecord()
    /// The web server's number of the request.
    @exclusivity(unchecked) var wireID: UInt16 = 0
    /// Whether the web server wants to use the connection again.
    @exclusivity(unchecked) var keepsConnection = false
    /// The number of requests that have been read from the connection.
    @exclusivity(unchecked) var requestCount: UInt64 = 0

    init(descriptor: Int32, isLocal: Bool, server: ServerCore) {
        self.descriptor = descriptor
        self.isLocal = isLocal
        self.server = server
        self.observer = server.observer
        self.origin = RequestOrigin(observer: server.observer)
        self.state = Locked(
            State(isLocal: isLocal, handlerLimit: Interval(server.configuration.handlerTimeout)))
        self.reader = RequestReader(limits: server.limits, values: server.values)
        server.observer.connectionAccepted()
    }

    // MARK: Events

    /// Lets an event change the state, and performs the action that it returns.
    ///
    /// After an event that ends the caller's hold, the caller does not touch the connection any more.
    ///
    /// - Parameter worker: The worker whose thread this is, if no job runs on it: a task that the event resumes then
    ///   runs here.
    func happens(on worker: Worker? = nil, _ event: (inout State) -> State.Action) {
        var cancellation: RequestRunner.Cancellation?
        let action = self.state.withLock { state in
            var action = event(&state)
            if let directions = action.shuts { shutdown(self.descriptor, directions.how) }
            if let interest = action.watches, !self.watch(interest) { state.watchFailed(&action) }
            cancellation = action.cancels.map { RequestRunner.Cancellation(of: $0.runner) }
            return action
        }
        action.perform { action in
            if let fault = action.fault { self.server.report(fault) }
            if let limit = action.limit { self.limitHasPassed(limit) }
            if case .answer(let work) = action.next { self.answerInTime(work.request) }
            if action.wakes {
                self.onThread(of: worker) {
                    cancellation?()
                    for reader in action.readers { reader.resume() }
                    action.writer?.resume()
                }
            }
            if action.returnsPlace { self.server.requests.giveBack() }
            switch action.next {
            case .nothing, .answer: break
            case .read: if let worker { self.read(on: worker) } else { self.server.loop.post(.connection(self)) }
            case .readLater: self.readLater()
            case .drop: if let worker { self.dropInput(on: worker) }
            case .close: self.closeDescriptor()
            }
        }
    }

    /// Asks the state a question, which cannot change it.
    func asks<Answer>(_ question: (borrowing State) -> Answer) -> Answer {
        self.state.withLock { question($0) }
    }

    /// Runs a task that `body` resumes on this thread, if it is a worker's.
    private func onThread(of worker: Worker?, _ body: () -> Void) {
        guard let worker else { return body() }
        worker.runningNextJob(body)
    }

    /// Lets the event loop report changes of the socket. False if the kernel has no room for it. The caller holds the
    /// lock.
    private func watch(_ interest: State.Interest) -> Bool {
        let events = linux_epollin | linux_epollrdhup | (interest == .inputAndOutput ? linux_epollout : 0)
        if let token {
            self.server.loop.change(self.descriptor, events: events, token: token)
            return true
        }
        let token = self.server.connections.insert(self)
        do {
            try self.server.loop.add(self.descriptor, events: events, token: token)
            self.token = token
            self.server.ensureTicking()
            return true
        } catch {
            self.server.logger.error("cannot watch a connection: \(error)")
            self.server.connections.remove(token)
            return false
        }
    }

    /// Takes a report of the event loop.
    func report(_ events: UInt32, on worker: Worker) {
        var readiness: State.Readiness = []
        if events & linux_epollin != 0 { readiness.insert(.readable) }
        if events & linux_epollout != 0 { readiness.insert(.writable) }
        if events & linux_epollrdhup != 0 { readiness.insert(.ended) }
        if events & (linux_epollhup | linux_epollerr) != 0 { readiness.formUnion([.ended, .gone]) }
        self.happens(on: worker) { $0.report(readiness, abortHasCome: self.abortHasCome) }
    }

    /// Notes the memory of a head that has arrived in part. Returns whether all of them hold too much.
    func noteHead(_ bytes: Int) -> Bool {
        guard bytes > 0 || !self.account.isEmpty else { return false }
        return self.server.heads.note(bytes, of: self.account)
    }

    /// Ends the input if the rest of a head is awaited. A worker then closes the connection. May be called on any thread. False if no head is
    /// awaited.
    func giveUpHead() -> Bool {
        var isGivenUp = false
        self.happens { state in
            let action = state.giveUpHead()
            isGivenUp = action.limit != nil
            return action
        }
        return isGivenUp
    }

    /// Acts on a time limit that has passed, before it returns. May be called on any thread.
    func expire(_ now: Instant, stopping: Bool) {
        self.happens {
            $0.expire(now, self.server.connectionLimits, isStopping: stopping, hasInput: { self.hasInput })
        }
    }

    private func limitHasPassed(_ limit: State.Limit) {
        switch limit {
        case .idle: self.observer.limitHit(.idleTimeout)
        case .heads: self.observer.limitHit(.headBytes)
        case .head, .body:
            self.observer.limitHit(.readTimeout)
            self.server.logger.warning("a request did not arrive in time (FASTCGI_READ_TIMEOUT)")
        case .bodyRest:
            self.observer.limitHit(.bodyRest)
            self.server.logger.warning(
                "a web server ended a body before its announced length, and the rest did not arrive within 5 s")
        case .handler: self.observer.limitHit(.handlerTimeout)
        case .response:
            self.observer.limitHit(.writeTimeout)
            self.server.logger.warning("a web server did not take a response in time (FASTCGI_WRITE_TIMEOUT)")
        }
    }

    // MARK: The socket

    /// Whether input is pending. A worker is about to read it.
    private var hasInput: Bool {
        var byte: UInt8 = 0
        return recv(self.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Whether the kernel holds output that the peer has not acknowledged. The peer of a Unix socket has all output.
    var holdsOutput: Bool {
        var count: Int32 = 0
        return !self.isLocal && ioctl(self.descriptor, UInt(TIOCOUTQ), &count) == 0 && count > 0
    }

    /// Whether an FCGI_ABORT_REQUEST for this request is the next input. It is left in the socket: records of a request
    /// that is over are skipped when the next request is read.
    func abortHasCome(_ wireID: UInt16) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 2 * RecordHeader.size + 255, alignment: 8) { buffer in
            let count = recv(
                self.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
            guard count >= RecordHeader.size else { return false }
            var header = RecordHeader(UnsafeRawBufferPointer(buffer))
            // An authorizer's request has no body; the record that ends one may follow the head.
            if header.type == RecordHeader.Kind.standardInput.rawValue, header.contentLength == 0,
                header.requestID == wireID
            {
                guard count >= header.recordLength + RecordHeader.size else { return false }
                header = RecordHeader(UnsafeRawBufferPointer(buffer), at: header.recordLength)
            }
            return header.type == RecordHeader.Kind.abortRequest.rawValue && header.requestID == wireID
        }
    }

    /// Sends a few bytes that fit into the socket; false if they do not.
    func sendNow(_ bytes: [UInt8]) -> Bool { Self.sendNow(bytes, to: self.descriptor) }

    static func sendNow(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) == bytes.count
    }

    /// Sets whether the kernel resets a TCP connection when its descriptor is closed, also because this process has died
    /// (`SO_LINGER` of zero seconds, socket(7)).
    ///
    /// The peer of a reset reads an error. Web servers may take the end of a connection for the end of a response, or overlook it:
    /// HAProxy 2.6 waits for the rest of a record until `timeout server`, in a loop. Unix sockets have no reset.
    func closesByReset(_ isOn: Bool) {
        guard !self.isLocal else { return }
        var option = Glibc.linger(l_onoff: isOn ? 1 : 0, l_linger: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads and drops pending input of a lingering connection. Closes the connection at the end of the input.
    private func dropInput(on worker: Worker) {
        var (dropped, isEmpty) = (0, false)
        for _ in 0..<Self.largestTurn where !isEmpty {
            let count = RequestReader.receive(from: self.descriptor, into: worker.buffer) {}
            isEmpty = count < 0 && errno == EAGAIN
            guard count > 0 || isEmpty else { return self.happens { $0.close() } }
            dropped += max(0, count)
        }
        let server = self.server
        self.happens {
            $0.dropped(dropped, isEmpty: isEmpty, .now, server.connectionLimits, isStopping: server.isStopping)
        }
    }

    /// The maximum number of reads from a connection in one turn.
    static let largestTurn = 16

    private func closeDescriptor() {
        self.library.free()
        _ = self.noteHead(0)
        if let token { self.server.connections.remove(token) }
        Glibc.close(self.descriptor)
        self.observer.connectionClosed()
        self.server.connectionClosed()
    }
}

extension ConnectionState.Shut {
    /// The second argument of shutdown(2).
    fileprivate var how: Int32 {
        switch self {
        case .input: Int32(SHUT_RD)
        case .output: Int32(SHUT_WR)
        case .both: Int32(SHUT_RDWR)
        }
    }
}
