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
    /// The workers and their seats. A worker parks in its seat before it reads `queued` for the last time, and a poster reads
    /// the seats after it has counted its work: at least one of the two sees the other.
    let pool: WorkerPool
    let monitor: WorkerMonitor
    let directory = RunnerDirectory()
    /// The token of a descriptor that may still be ready, or 0: see ``reportAgain(_:events:token:)``.
    private let unreported = Atomic<UInt64>(0)
    private let ended = Atomic<Bool>(false)
    private let sink = Locked<(any EventSink)?>(nil)

    /// Creates the epoll. Throws `Errno` when the process has no descriptor left.
    init(
        workers: Int, spareWorkers: Int, stallLimit: Duration, observer: ServerObserver
    ) throws(SystemCallError) {
        self.pool = try WorkerPool(workers: workers, limit: spareWorkers, observer: observer)
        self.monitor = try WorkerMonitor(self.pool, stallLimit: stallLimit)
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
            guard self.pool.seats.areSomeParked else { return }
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
        if self.pool.seats.areSomeParked { self.wake() }
    }

    private func takeWork() -> Work? {
        guard self.queued.load(ordering: .relaxed) > 0 else { return nil }
        guard let work = self.queue.withLock({ $0.popFirst() }) else { return nil }
        let left = self.queued.subtract(1, ordering: .sequentiallyConsistent).newValue
        // Two posts may have caused one wake-up. This work may take long, so another worker takes the rest.
        if left > 0, self.pool.seats.areSomeParked { self.wake() }
        return work
    }

    /// Wakes one waiting worker.
    func wake() {
        _ = eventfd_write(self.wakeup, 1)
    }

    // MARK: Threads

    /// Starts the threads. Their events are reported to `sink` until ``end()``.
    func start(sink: any EventSink) throws(SystemCallError) {
        self.sink.withLock { $0 = sink }
        FreeMemory.limitArenas(workers: self.pool.seats.count)
        do throws(SystemCallError) {
            try self.pool.start(self)
            try self.monitor.start(self)
        } catch {
            self.beginEnd()
            self.sink.withLock { $0 = nil }
            throw error
        }
    }

    private func beginEnd() {
        self.ended.store(true, ordering: .sequentiallyConsistent)
        self.wake()
        self.pool.end()
    }

    /// Ends all threads, each after its current turn. Returns when they have left; a thread whose call does not return is given up.
    func end() async {
        self.beginEnd()
        await self.monitor.end()
        self.sink.withLock { $0 = nil }
    }

    /// The turns of a worker: in each, at most one work item and one event, so that neither waits for the other. Returns true if the
    /// worker has lost its seat, and false if the loop has ended.
    ///
    /// Each step may block. Whatever the worker would do after it is left to other workers first.
    func work(_ worker: Worker) -> Bool {
        guard let sink = self.sink.withLock({ $0 }) else { return false }
        while !self.ended.load(ordering: .acquiring) {
            worker.makeRoom()
            if let connection = worker.nextConnection {
                worker.nextConnection = nil
                connection.read(on: worker)
            }
            if let work = self.takeWork() {
                worker.passOn()
                switch work {
                case .job(let job):
                    worker.note(job)
                    job.runSynchronously(on: self.asUnownedTaskExecutor())
                case .connection(let connection): connection.read(on: worker)
                }
            }
            var events: UInt32 = 0
            var token: UInt64 = 0
            if let unreported = self.takeUnreported(worker) {
                worker.passOn()
                sink.report(unreported, linux_epollin, on: worker)
                continue
            }
            guard self.pool.seats.park(&worker.turn) else {
                worker.passOn()
                return true
            }
            if self.wait(worker, &events, &token) {
                worker.eventsDue = max(0, worker.eventsDue - 1)
                guard token != Self.wakeToken else { continue }
                worker.passOn()
                sink.report(token, events, on: worker)
            } else {
                worker.eventsDue = 0
            }
        }
        // The wake-up of `end` reached one worker. Each worker passes it on.
        self.wake()
        return false
    }

    /// Waits for an event, or looks for one without waiting while there is work. The worker is parked, and begins its next turn.
    private func wait(_ worker: Worker, _ events: inout UInt32, _ token: inout UInt64) -> Bool {
        let busy =
            self.queued.load(ordering: .sequentiallyConsistent) > 0
            || self.unreported.load(ordering: .sequentiallyConsistent) != 0
            || self.ended.load(ordering: .sequentiallyConsistent) || worker.nextConnection != nil
        let count = linux_epoll_wait(self.epoll, busy ? 0 : -1, &events, &token)
        self.pool.seats.begin(&worker.turn)
        self.monitor.workerHasBegun()
        return count == 1
    }
}
