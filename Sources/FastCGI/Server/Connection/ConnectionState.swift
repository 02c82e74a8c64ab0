/// The state of a connection: a pure value without descriptor, lock, libfcgi or clock.
///
/// Each event is a method (`ConnectionState+Events.swift`, `ConnectionState+Waiting.swift`). It changes the state and
/// returns an ``Action``, which cannot be ignored. An event that its phase does not allow returns an action with a
/// ``Fault``, and breaks the connection off (``illegal(_:in:)``).
///
/// - `Work` is the request that is being handled and the task that handles it.
/// - `Waiter` is a task that is suspended until the socket is ready.
///
/// Both are opaque here, so that tests need neither requests nor tasks.
struct ConnectionState<Work: Sendable, Waiter: Sendable>: Sendable {
    /// The phase of a connection. Each case holds what exists in that phase only.
    enum Phase: Sendable {
        /// A worker holds the connection and takes bytes from it, until a request's head is complete. A whole request
        /// stays in this phase until its handler suspends or returns.
        case reading(Reading)
        /// The handler has the request. No task has the right to answer yet.
        case handling(Exchange, Handling)
        /// A task has the right to answer, and holds the connection: the handler's, or one of a time limit.
        case writing(Exchange, Wait<Waiter>)
        /// The event loop holds the connection. The first event makes its worker the holder.
        case idle(Idle)
        /// The response has been sent, and further input is dropped until the peer closes.
        case lingering(Lingering)
        /// The descriptor is closed, or its holder is about to close it.
        case closed
    }

    struct Reading: Sendable, Hashable {
        /// Whether no request has begun on the connection yet.
        var isFirst = true
        /// When the rest of a head must be complete; `nil` before its first byte arrives.
        var headUntil: Instant?
    }

    struct Idle: Sendable, Hashable {
        var isFirst: Bool
        /// Whether a request's head has begun to arrive.
        var hasPart: Bool
        /// When the next request, or the rest of the head, must have arrived.
        var until: Instant
    }

    struct Lingering: Sendable, Hashable {
        /// When the peer must have sent more, or closed.
        var until: Instant
        /// When the connection is closed even if the peer keeps sending.
        let end: Instant
        /// The maximum number of further bytes that are dropped.
        var bytesLeft: Int
        /// Whether the peer has more time because the kernel still holds a part of its response.
        var holdsOutput = false
        /// Whether a worker holds the connection and drops input.
        var isDropping = false
    }

    /// One request and its response.
    struct Exchange: Sendable {
        let work: Work
        /// The number of the request on its connection, from 1.
        let ordinal: UInt64
        /// The web server's number of the request.
        let wireID: UInt16
        var body: Body
        var demand = Demand.wanted
        var readers = Wait<Readers>.none

        init(_ beginning: Beginning, body: Body, demand: Demand) {
            self.work = beginning.work
            self.ordinal = beginning.ordinal
            self.wireID = beginning.wireID
            self.body = body
            self.demand = demand
        }
    }

    /// A request whose head is complete.
    struct Beginning: Sendable {
        let work: Work
        /// The number of the request on its connection, from 1.
        let ordinal: UInt64
        let wireID: UInt16
    }

    /// The request that an event is about.
    enum Subject: Sendable {
        /// A request that has begun, by its number on the connection.
        case begun(UInt64)
        /// A whole request. The first event that is about it begins it.
        case whole(Beginning)

        var ordinal: UInt64 {
            switch self {
            case .begun(let ordinal): ordinal
            case .whole(let beginning): beginning.ordinal
            }
        }
    }

    /// The tasks that wait for a body's next bytes: several, if a handler reads it in several tasks.
    struct Readers: Sendable {
        var tasks: [Waiter]
        /// The limit that has passed when their time is up.
        var limit: Limit
    }

    struct Handling: Sendable, Hashable {
        /// When the handler must have answered; `never` until it suspends. Later than the end of a wait for the body.
        var until = Instant.never
    }

    /// How much of a request's body has arrived.
    enum Body: Sendable, Hashable {
        case coming
        /// The body did not arrive in time. The response may still be written.
        case late
        /// All of it has been read. The next input is an abort or the next request.
        case ended
        /// All of it has been read, and bytes after it. An abort is looked for in those bytes, and not in the socket.
        case followed
    }

    /// Whether the web server still wants the response.
    enum Demand: Sendable, Hashable {
        case wanted
        /// The web server has aborted the request. The handler's task is cancelled when the handler suspends.
        case aborted
        /// The handler's task has been cancelled.
        case cancelled
    }

    /// A wait for the socket. A deadline exists only together with a waiter.
    enum Wait<Waiting: Sendable>: Sendable {
        case none
        case until(Instant, Waiting)

        /// Ends the wait and returns the waiter.
        mutating func take() -> Waiting? {
            guard case .until(_, let waiting) = self else { return nil }
            self = .none
            return waiting
        }

        func isDue(_ now: Instant) -> Bool {
            guard case .until(let instant, _) = self else { return false }
            return instant <= now
        }
    }

    /// Which directions of the connection are open. A direction that has ended does not open again.
    enum Line: Sendable, Hashable {
        case open
        /// No more input arrives. Output is still sent.
        case ended(by: Side)
        /// The peer is gone, or output would not reach it in time. Nothing is received or sent.
        case broken
    }

    enum Side: Sendable, Hashable { case peer, server }

    /// The changes of the socket that epoll has reported.
    struct Readiness: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static var readable: Self { Self(rawValue: 1) }
        static var writable: Self { Self(rawValue: 2) }
        /// The peer has ended its sending side.
        static var ended: Self { Self(rawValue: 4) }
        /// Both directions are closed, or the socket has an error.
        static var gone: Self { Self(rawValue: 8) }
    }

    /// The changes of the socket that the event loop reports.
    enum Interest: Sendable, Hashable { case none, input, inputAndOutput }

    /// Whether the peer is on a Unix socket. A close is reported as such there, and a peer that has only ended its
    /// sending side still accepts a response. For a TCP peer that goes away, only the end of its sending side is
    /// reported.
    let isLocal: Bool
    /// The time limit for a handler that has suspended. Waiting for the request's body does not count.
    let handlerLimit: Interval
    private(set) var line = Line.open
    /// Reports that no task has acted on: each change is reported only once (`EPOLLET`).
    private(set) var unseen: Readiness = []
    private(set) var interest = Interest.none
    private(set) var phase = Phase.reading(Reading())
    /// The number of requests of this connection that have begun.
    private(set) var begun: UInt64 = 0

    init(isLocal: Bool, handlerLimit: Interval) {
        self.isLocal = isLocal
        self.handlerLimit = handlerLimit
    }

    // MARK: Questions

    /// Whether a reader that was resumed may look for its body's next bytes.
    var mayRead: Bool { self.line != .broken && !self.isLate }

    /// Whether a writer that was resumed may continue.
    var mayWrite: Bool { self.line != .broken }

    /// Whether the body did not arrive in time.
    var isLate: Bool { self.exchangeBody == .late }

    /// Whether this program has ended the input: a request that was arriving at that moment stays incomplete.
    var isInputShut: Bool { self.line == .ended(by: .server) }

    /// When the rest of a head must have arrived; `nil` if none is awaited.
    var headDeadline: Instant? {
        if case .idle(let idle) = self.phase, idle.hasPart { idle.until } else { nil }
    }

    /// Whether bytes that do not belong to a response may still be sent, because no response has begun.
    var maySendBeforeAnswer: Bool { if case .handling = self.phase { true } else { self.isReading } }

    private var isReading: Bool { if case .reading = self.phase { true } else { false } }

    private var exchangeBody: Body? {
        switch self.phase {
        case .handling(let exchange, _), .writing(let exchange, _): exchange.body
        case .reading, .idle, .lingering, .closed: nil
        }
    }

    // MARK: For the events

    /// Takes the phase out, so that its payload is changed without a copy. The caller puts a phase back.
    mutating func takePhase() -> Phase {
        var phase = Phase.closed
        swap(&phase, &self.phase)
        return phase
    }

    mutating func put(_ phase: consuming Phase) { self.phase = phase }

    mutating func breakLine() { self.line = .broken }

    mutating func endInput(by side: Side) {
        switch self.line {
        case .open: self.line = .ended(by: side)
        case .ended: if side == .server { self.line = .ended(by: side) }
        case .broken: break
        }
    }

    mutating func notice(_ readiness: Readiness) { self.unseen.formUnion(readiness) }

    /// Whether `readiness` was reported and not acted on; the caller acts on it now.
    mutating func takeUnseen(_ readiness: Readiness) -> Bool { self.unseen.remove(readiness) != nil }

    /// Changes which events the event loop reports, and adds that to `action` if the loop has to be told.
    mutating func watch(_ interest: Interest, _ action: inout Action) {
        guard self.interest != interest else { return }
        self.interest = interest
        action.watches = interest
    }

    /// Lets the event loop report pending changes again.
    mutating func watchAgain(_ action: inout Action) {
        self.unseen.remove(.readable)
        self.interest = .input
        action.watches = .input
    }

    /// Notes that the connection's next request has begun. False if this is not its next request.
    mutating func noteBegin(_ ordinal: UInt64) -> Bool {
        guard ordinal == self.begun + 1 else { return false }
        self.begun = ordinal
        return true
    }

    /// Whether the request of an event has begun, or begins now. If not, the event is not allowed.
    ///
    /// The worker of a whole request and its handler's task each cause an event of it, on different threads. The first
    /// event begins the request. The second one finds the request begun, or even over.
    mutating func hasBegun(_ request: Subject) -> Bool {
        guard case .whole(let beginning) = request, beginning.ordinal > self.begun else {
            return request.ordinal <= self.begun
        }
        guard self.isReading, self.noteBegin(beginning.ordinal) else { return false }
        self.put(.handling(Exchange(beginning, body: .ended, demand: .wanted), Handling()))
        return true
    }

    mutating func watchNothing() { self.interest = .none }
}

extension ConnectionState: Equatable where Work: Equatable, Waiter: Equatable {}
extension ConnectionState: Hashable where Work: Hashable, Waiter: Hashable {}
extension ConnectionState.Phase: Equatable where Work: Equatable, Waiter: Equatable {}
extension ConnectionState.Phase: Hashable where Work: Hashable, Waiter: Hashable {}
extension ConnectionState.Exchange: Equatable where Work: Equatable, Waiter: Equatable {}
extension ConnectionState.Exchange: Hashable where Work: Hashable, Waiter: Hashable {}
extension ConnectionState.Readers: Equatable where Waiter: Equatable {}
extension ConnectionState.Readers: Hashable where Waiter: Hashable {}
extension ConnectionState.Wait: Equatable where Waiting: Equatable {}
extension ConnectionState.Wait: Hashable where Waiting: Hashable {}
