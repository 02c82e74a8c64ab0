import CLinux
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SendfileBasics
import Synchronization

/// A running server: its listening sockets, its connections and their clock.
final class ServerCore: EventSink {
    let configuration: FastCGIServer.Configuration
    let logger: Logger
    let observer: ServerObserver
    let handling: RequestHandling
    let loop: EventLoop
    let connections = ConnectionTable()
    let limits: RequestHead.Limits
    let connectionLimits: ConnectionLimits
    let values: ManagementValues
    let requests: RequestBudget
    let heads: HeadBudget
    let runners = RunnerOrigin()
    /// Whether an error in this library ends the program, as it does in a debug build.
    private let trapsOnFaults: Bool
    private let acceptor: Acceptor
    private let clock: LoopTimer
    private let manager = ServiceManager.process
    /// The timer of the messages that the service manager's watchdog expects, if it expects any.
    private let watchdog: LoopTimer?
    /// Whether the program ends with this server.
    private let endsProgram: Bool

    private static let clockToken = EventLoop.firstFreeToken
    private static let stopToken = EventLoop.firstFreeToken + 1
    private static let watchdogToken = EventLoop.firstFreeToken + 2
    static let firstListenerToken = EventLoop.firstFreeToken + 3

    private let requestIDs = Atomic<UInt64>(0)
    private let openConnections = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    private let isTicking = Atomic<Bool>(false)

    private struct Stop {
        var isRequested = false
        var isFinished = false
        var drainUntil = Instant.never
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let stop = Locked(Stop())

    init(
        configuration: FastCGIServer.Configuration, listeners: [ListeningSocket], observer: ServerObserver,
        authorizer: FastCGIServer.Authorizer?, handler: @escaping FastCGIServer.Handler, stopEvent: Int32? = nil,
        trapsOnFaults: Bool = _isDebugAssertConfiguration()
    ) throws {
        LibraryRequest.initialize
        self.configuration = configuration
        self.logger = observer.logger
        self.observer = observer
        self.handling = RequestHandling(
            configuration: configuration, logger: observer.logger, observer: observer, authorizer: authorizer,
            handler: handler)
        self.limits = RequestHead.Limits(configuration)
        let bodyLimit = configuration.bodyLimit
        self.connectionLimits = ConnectionLimits(
            head: Interval(configuration.readTimeout), idle: Interval(configuration.idleTimeout),
            lingerBytes: bodyLimit > .max / 2 ? .max : max(2 * bodyLimit, Worker.bufferSize))
        self.values = ManagementValues(connections: configuration.connectionLimit)
        self.requests = RequestBudget(limit: configuration.requestLimit)
        self.heads = HeadBudget(configuration)
        self.trapsOnFaults = trapsOnFaults
        self.loop = try EventLoop(
            workers: configuration.workers, spareWorkers: configuration.spareWorkers,
            stallLimit: configuration.stallTimeout, observer: observer)
        self.acceptor = Acceptor(listeners: listeners)
        self.clock = try LoopTimer()
        self.watchdog = try self.manager.watchdogPeriod.map { _ in try LoopTimer() }
        self.endsProgram = stopEvent != nil
        try self.loop.add(self.clock.descriptor, events: linux_epollin, token: Self.clockToken)
        if let watchdog { try self.loop.add(watchdog.descriptor, events: linux_epollin, token: Self.watchdogToken) }
        // Reported at once if the signal was sent already.
        if let stopEvent { try self.loop.add(stopEvent, events: linux_epollin, token: Self.stopToken) }
    }

    /// Traps in a debug build, and logs an error in a release build.
    func report(_ fault: Connection.State.Fault) {
        if self.trapsOnFaults { fatalError("\(fault)") }
        self.logger.critical("a connection is closed because of an error in this library: \(fault)")
    }

    // MARK: Running

    /// Serves until ``requestStop()``, and then until the running requests are finished or the drain time is over.
    func run() async throws {
        try self.loop.start(sink: self)
        self.runners.begin()
        self.acceptor.start(self)
        self.manager.reportReady("accepting requests")
        if let period = self.manager.watchdogPeriod { self.watchdog?.set(period) }
        await withCheckedContinuation { continuation in
            let isFinished = self.stop.withLock { stop in
                if !stop.isFinished { stop.waiter = continuation }
                return stop.isFinished
            }
            if isFinished { continuation.resume() }
        }
        await self.loop.end()
        self.runners.end()
        self.acceptor.close()
    }

    /// Stops accepting at once and finishes the running requests. May be called from any thread, and more than once.
    func requestStop() {
        let isFirst = self.stop.withLock { stop in
            defer { stop.isRequested = true }
            if !stop.isRequested { stop.drainUntil = .after(self.configuration.drainTimeout) }
            return !stop.isRequested
        }
        guard isFirst else { return }
        let active = self.observer.counters.statistics.activeRequests
        if active > 0 {
            self.logger.notice(
                """
                stopping: waiting for \(active == 1 ? "1 request" : "\(active) requests"), at most \
                \(DurationText.text(self.configuration.drainTimeout)) (FASTCGI_DRAIN_TIMEOUT)\
                \(DevelopmentSite.isRunning ? "; Ctrl-\\ ends the program at once" : "")
                """)
        }
        if self.endsProgram { self.manager.reportStopping("stopping: finishing the requests that have begun") }
        // Drain the accept queue first: each pending connection may carry a request.
        self.acceptor.stop(self)
        self.stopping.store(true, ordering: .sequentiallyConsistent)
        self.observer.stopping()
        for connection in self.connections.all() { connection.expire(.now, stopping: true) }
        self.ensureTicking()
        self.finishIfDone()
    }

    var isStopping: Bool { self.stopping.load(ordering: .acquiring) }

    private func finishIfDone(force: Bool = false) {
        guard self.isStopping, force || self.openConnections.load(ordering: .sequentiallyConsistent) == 0 else {
            return
        }
        let waiter = self.stop.withLock { stop in
            stop.isFinished = true
            defer { stop.waiter = nil }
            return stop.waiter
        }
        waiter?.resume()
    }

    // MARK: Events

    func report(_ token: UInt64, _ events: UInt32, on worker: Worker) {
        if token & ConnectionTable.tokenBit != 0 {
            self.connections.find(token)?.report(events, on: worker)
        } else if token == Self.clockToken {
            self.tick()
        } else if token == Self.watchdogToken {
            // This event takes the path of a request: from the kernel to a worker that is not blocked. A program that cannot
            // take it could not answer a request either.
            self.watchdog?.take()
            self.manager.reportAlive()
        } else if token == Self.stopToken {
            self.logger.info("stopping: a signal has arrived")
            self.requestStop()
        } else {
            self.acceptor.accept(token, for: self, on: worker)
        }
    }

    // MARK: Connections

    /// Counts a connection that is about to be accepted, unless a limit forbids it.
    func connectionOpens(beyondLimits: Bool) -> Bool {
        let count = self.openConnections.add(1, ordering: .sequentiallyConsistent).newValue
        if count <= self.configuration.connectionLimit && self.requests.take() || beyondLimits { return true }
        self.connectionClosed()
        return false
    }

    /// Whether another connection may be accepted.
    var hasRoom: Bool {
        self.openConnections.load(ordering: .sequentiallyConsistent) < self.configuration.connectionLimit
            && self.requests.hasRoom
    }

    /// The limit that forbids another connection.
    var limitReached: String {
        self.requests.hasRoom
            ? "\(self.configuration.connectionLimit) connections are open (FASTCGI_CONNECTIONS)"
            : "the last requests are awaited (FASTCGI_REQUESTS)"
    }

    /// Closes connections without a request, if pending connections need their places.
    func hurryConnections() {
        guard !self.requests.hasRoom else { return }
        for connection in self.connections.all() { connection.expire(.now, stopping: true) }
    }

    func connectionClosed() {
        let count = self.openConnections.subtract(1, ordering: .sequentiallyConsistent).newValue
        self.acceptor.resume(self)
        if count == 0 { self.finishIfDone() }
    }

    /// Numbers a request that begins. With the last one that this process may begin, the server stops.
    ///
    /// A worker takes several numbers at once, because workers would wait for a counter that all of them change for each request.
    func nextRequestID(on worker: Worker) -> UInt64 {
        if self.requests.begin() {
            self.logger.info("stopping after \(self.configuration.requestLimit ?? 0) requests (FASTCGI_REQUESTS)")
            self.requestStop()
        }
        if worker.requestIDsLeft == 0 {
            worker.requestIDsLeft = Self.requestIDsAtOnce
            worker.nextRequestID =
                self.requestIDs.add(UInt64(Self.requestIDsAtOnce), ordering: .relaxed).oldValue + 1
        }
        worker.requestIDsLeft -= 1
        defer { worker.nextRequestID += 1 }
        return worker.nextRequestID
    }

    private static let requestIDsAtOnce = 64

    func limitHit(_ violation: RequestHead.Violation) {
        switch violation {
        case .malformed(let reason): self.logger.warning("a connection is closed: \(reason)")
        case .tooManyParameters(let reason, let limit):
            self.observer.limitHit(limit)
            self.logger.warning("a request is refused: \(reason)")
        }
    }

    // MARK: The clock

    /// Lets the clock tick while a time limit may pass.
    func ensureTicking() {
        guard !self.isTicking.exchange(true, ordering: .sequentiallyConsistent) else { return }
        self.clock.set(self.configuration.clockPeriod)
    }

    private func tick() {
        self.clock.take()
        let now = Instant.now
        self.acceptor.resume(self)
        let connections = self.connections.all()
        let hurries = self.isStopping || self.acceptor.isPaused && !self.requests.hasRoom
        for connection in connections { connection.expire(now, stopping: hurries) }
        if self.isStopping, self.stop.withLock({ !$0.isFinished && $0.drainUntil <= now }) {
            self.observer.limitHit(.drainTimeout)
            self.logger.error(
                "the drain time is over (FASTCGI_DRAIN_TIMEOUT); open connections: \(connections.count)")
            self.finishIfDone(force: true)
        } else if connections.isEmpty, !self.isStopping, !self.acceptor.isPaused {
            // Disarm the timer before clearing the flag: a caller that sees the flag cleared arms the timer again.
            self.clock.set(.zero)
            self.isTicking.store(false, ordering: .sequentiallyConsistent)
            // A connection that was accepted in between saw the flag set and did not arm the timer.
            if !self.connections.all().isEmpty || self.isStopping || self.acceptor.isPaused { self.ensureTicking() }
        }
    }
}
