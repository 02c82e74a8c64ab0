import CLinux
import Glibc
import Sendfile
import Synchronization

/// Gets the events of an event loop, on the worker that saw them.
protocol EventSink: AnyObject, Sendable {
    /// A descriptor that was added with `token` is ready for `events` (`EPOLLIN`, …).
    func report(_ token: UInt64, _ events: UInt32, on worker: Worker)
}

/// One epoll and its workers: the only place where this program waits.
///
/// It is also the task executor of the handlers. A handler that does not suspend never leaves the thread that read its request, and one that
/// suspends gives the thread back. Readiness is reported once per change (`EPOLLET`), so a kept connection costs one `epoll_ctl` in its
/// life.
final class EventLoop: TaskExecutor {
    enum Work: Sendable {
        case job(UnownedJob)
        case connection(Connection)
    }

    /// Tokens below this are the loop's own.
    static let firstFreeToken: UInt64 = 1
    private static let wakeToken: UInt64 = 0

    private let epoll: Int32
    private let wakeup: Int32
    private let queue = Locked(WorkQueue<Work>())
    /// The length of `queue`, readable without its lock.
    private let queued = Atomic<Int>(0)
    /// Which workers are parked or about to park. A worker sets its flag before it reads `queued` for the last time,
    /// and a poster reads the flags after it has counted its work: at least one of the two sees the other.
    private let waiting: WaitingFlags
    /// The token of a descriptor that may still be ready, or 0: see ``reportAgain(_:events:token:)``.
    private let unreported = Atomic<UInt64>(0)
    private let ended = Atomic<Bool>(false)
    private let sink = Locked<(any EventSink)?>(nil)

    /// Creates the epoll. Throws `Errno` when the process has no descriptor left.
    init(workers: Int) throws(SystemCallError) {
        self.waiting = WaitingFlags(count: workers)
        self.epoll = try SystemCallError.check("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC)))
        self.wakeup = try SystemCallError.check(
            "eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
        try self.add(self.wakeup, events: linux_epollin, token: Self.wakeToken)
    }

    deinit {
        Glibc.close(self.epoll)
        Glibc.close(self.wakeup)
    }

    // MARK: Descriptors

    /// Reports changes of `descriptor` as `token` from now on. Pending events are reported at once.
    func add(_ descriptor: Int32, events: UInt32, token: UInt64) throws(SystemCallError) {
        try SystemCallError.check(
            "epoll_ctl",
            linux_epoll_control(self.epoll, EPOLL_CTL_ADD, descriptor, events | linux_epollet, token))
    }

    /// Changes which events of `descriptor` are reported. Pending events are reported at once.
    func change(_ descriptor: Int32, events: UInt32, token: UInt64) {
        _ = linux_epoll_control(self.epoll, EPOLL_CTL_MOD, descriptor, events | linux_epollet, token)
    }

    /// Reports `descriptor` once more, if it is still ready after a worker has taken some of its events.
    ///
    /// If a worker is parked, the kernel is asked, and wakes one only if there is more. If all workers are busy, the next free one gets the
    /// token at once, ready or not. Under load that saves two of eleven system calls for a new connection, and each of them takes a lock
    /// that all workers share.
    func reportAgain(_ descriptor: Int32, events: UInt32, token: UInt64) {
        let seen = self.unreported.compareExchange(
            expected: 0, desired: token, ordering: .sequentiallyConsistent
        ).original
        if seen == 0 || seen == token {
            // As with posted work: a worker that is about to park sees the token, or its flag is seen here.
            guard self.waiting.areSomeSet else { return }
            guard
                self.unreported.compareExchange(expected: token, desired: 0, ordering: .sequentiallyConsistent)
                    .exchanged
            else { return }
        }
        self.change(descriptor, events: events, token: token)
    }

    /// Takes the token of a descriptor that may still be ready. After some of these, as many events come first, so that new connections
    /// cannot starve existing ones.
    private func takeUnreported(_ worker: Worker) -> UInt64? {
        guard worker.eventsDue == 0, self.unreported.load(ordering: .relaxed) != 0 else { return nil }
        worker.unreportedTaken += 1
        if worker.unreportedTaken == Self.fairShare {
            worker.unreportedTaken = 0
            worker.eventsDue = Self.fairShare
        }
        let token = self.unreported.exchange(0, ordering: .sequentiallyConsistent)
        return token == 0 ? nil : token
    }

    private static let fairShare = 8

    /// Reports nothing more of `descriptor`.
    func remove(_ descriptor: Int32) {
        _ = linux_epoll_control(self.epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    // MARK: Work

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if let worker = Worker.current, worker.takesNextJob, worker.loop === self {
            worker.takesNextJob = false
            worker.nextJob = job
        } else {
            self.post(.job(job))
        }
    }

    /// Queues work for the next worker that is free.
    func post(_ work: Work) {
        self.queue.withLock { $0.append(work) }
        self.queued.add(1, ordering: .sequentiallyConsistent)
        if self.waiting.areSomeSet { self.wake() }
    }

    private func takeWork() -> Work? {
        guard self.queued.load(ordering: .relaxed) > 0 else { return nil }
        guard let work = self.queue.withLock({ $0.popFirst() }) else { return nil }
        let left = self.queued.subtract(1, ordering: .sequentiallyConsistent).newValue
        // Two posts may have caused one wake-up. This work may take long, so another worker takes the rest.
        if left > 0, self.waiting.areSomeSet { self.wake() }
        return work
    }

    /// Wakes one waiting worker.
    func wake() {
        _ = eventfd_write(self.wakeup, 1)
    }

    // MARK: Threads

    /// Starts the threads. Their events are reported to `sink` until ``end()``.
    func start(sink: any EventSink) throws(SystemCallError) -> [pthread_t] {
        self.sink.withLock { $0 = sink }
        var threads: [pthread_t] = []
        for number in 0..<self.waiting.count {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(WorkerStart(loop: self, number: number, source: RequestSource()))
            let result = pthread_create(&thread, nil, workerMain, context.toOpaque())
            guard result == 0 else {
                context.release()
                self.end()
                throw SystemCallError(call: "pthread_create", code: result)
            }
            threads.append(thread)
        }
        return threads
    }

    /// Ends all threads, each after its current turn.
    func end() {
        self.ended.store(true, ordering: .sequentiallyConsistent)
        self.wake()
    }

    /// The turns of a worker: in each, at most one work item and one event, so that neither waits for the other.
    func work(_ worker: Worker) {
        guard let sink = self.sink.withLock({ $0 }) else { return }
        while !self.ended.load(ordering: .acquiring) {
            worker.makeRoom()
            switch self.takeWork() {
            case .job(let job): job.runSynchronously(on: self.asUnownedTaskExecutor())
            case .connection(let connection): connection.read(on: worker)
            case nil: break
            }
            if let connection = worker.nextConnection {
                worker.nextConnection = nil
                connection.read(on: worker)
            }
            var events: UInt32 = 0
            var token: UInt64 = 0
            if let unreported = self.takeUnreported(worker) {
                sink.report(unreported, linux_epollin, on: worker)
            } else if self.wait(worker, &events, &token) {
                worker.eventsDue = max(0, worker.eventsDue - 1)
                if token != Self.wakeToken { sink.report(token, events, on: worker) }
            } else {
                worker.eventsDue = 0
            }
        }
        self.sink.withLock { $0 = nil }
        // The wake-up of `end` reached one worker. Each worker passes it on.
        self.wake()
    }

    /// Parks until there is an event, or looks for one without parking while there is work.
    private func wait(_ worker: Worker, _ events: inout UInt32, _ token: inout UInt64) -> Bool {
        self.waiting.set(worker.number)
        let busy =
            self.queued.load(ordering: .sequentiallyConsistent) > 0
            || self.unreported.load(ordering: .sequentiallyConsistent) != 0
            || self.ended.load(ordering: .sequentiallyConsistent) || worker.nextConnection != nil
        let count = linux_epoll_wait(self.epoll, busy ? 0 : -1, &events, &token)
        self.waiting.clear(worker.number)
        return count == 1
    }
}

/// The start routine of a worker's thread. SIGPIPE and every signal that the program may handle stay with the other threads:
/// libfcgi writes with write(2), and a peer that went away must end one response and not the process.
private func workerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    var signals = sigset_t()
    sigfillset(&signals)
    for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGPROF, SIGSYS] { sigdelset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let start = Unmanaged<WorkerStart>.fromOpaque(context!).takeRetainedValue()
    Worker.run(start.loop, number: start.number, source: start.source)
    return nil
}

/// The arguments of a worker's thread.
///
/// `@unchecked Sendable` holds because the creator passes it to the thread, and only that thread touches `source`.
private final class WorkerStart: @unchecked Sendable {
    let loop: EventLoop
    let number: Int
    /// Created before any client can connect: a thread that starts late may find no descriptor left.
    let source: RequestSource

    init(loop: EventLoop, number: Int, source: RequestSource) {
        self.loop = loop
        self.number = number
        self.source = source
    }
}
