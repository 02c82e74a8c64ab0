import CLinux
import Glibc
import Sendfile
import Synchronization

/// The thread that replaces workers whose calls block, on a slow disk or in a handler, and that reports handlers that occupy a worker
/// for too long.
///
/// A worker that waits in a call serves no other request. So this thread looks at the seats every 5 ms. If no worker is parked, and a worker
/// is still in the turn that the last look has found, and the kernel says that its thread waits, then its seat goes to another worker. A
/// request costs nothing for that. A worker that computes keeps its seat: more threads than processors would compute no faster.
///
/// As long as a worker is parked, no request waits for a worker. After some looks that find one, this thread sleeps until a worker begins
/// a turn while no other one is parked. It still looks once a second, or more often if `FASTCGI_STALL_TIMEOUT` is short, until no worker has
/// been busy between two looks. Then it sleeps until any worker begins a turn, or until free memory has to be returned (``FreeMemory``).
final class WorkerMonitor: Sendable {
    private let pool: WorkerPool
    /// An eventfd(2) that wakes this thread.
    private let wakeup: Int32
    private let isAsleep = Atomic<Bool>(false)
    /// Set together with `isAsleep` while no worker is busy.
    private let isIdle = Atomic<Bool>(false)
    private let stallLimit: Duration

    private struct End {
        var isWanted = false
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let theEnd = Locked(End())

    private static let period = Duration.milliseconds(5)
    /// How many looks in a row find a parked worker before this thread sleeps: for 100 ms.
    private static let calmLooks = 20
    /// How long a worker may take to leave its seat at the end.
    private static let farewell = Interval(.milliseconds(100))

    init(_ pool: WorkerPool, stallLimit: Duration) throws(SystemCallError) {
        self.pool = pool
        self.stallLimit = stallLimit
        self.wakeup = try SystemCallError.check("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
    }

    deinit {
        Glibc.close(self.wakeup)
    }

    /// Starts the thread.
    func start(_ loop: EventLoop) throws(SystemCallError) {
        try LoopThread.start {
            _ = linux_set_thread_name("fastcgi-monitor")
            loop.monitor.run(loop)
        }
    }

    /// Notes that a worker has begun a turn. Called for each event.
    @inline(__always)
    func workerHasBegun() {
        if self.isAsleep.load(ordering: .relaxed) { self.wakeIfNeeded() }
    }

    @inline(never)
    private func wakeIfNeeded() {
        // Of two workers that begin at the same time, at least one sees that none is parked.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if self.isIdle.load(ordering: .relaxed), self.isIdle.exchange(false, ordering: .relaxed) {
            eventfd_write(self.wakeup, 1)
        }
        guard !self.pool.seats.areSomeParked, self.isAsleep.exchange(false, ordering: .relaxed) else { return }
        eventfd_write(self.wakeup, 1)
    }

    /// Returns when the workers have ended. Called once, when the loop ends.
    func end() async {
        await withCheckedContinuation { waiter in
            let isOver = self.theEnd.withLock { end in
                end.isWanted = true
                if !end.isOver { end.waiter = waiter }
                return end.isOver
            }
            if isOver { waiter.resume() }
            eventfd_write(self.wakeup, 1)
        }
    }

    // MARK: The thread

    /// The turn that a worker was found in, and since when.
    private struct Sight {
        var turn: WorkerSeats.Turn?
        var since = Instant.never
    }

    private func run(_ loop: EventLoop) {
        var sights = [Sight](repeating: Sight(), count: self.pool.seats.count)
        var calmLooks = 0
        var activity: UInt64 = 0
        var stalls = StallWatch(limit: self.stallLimit)
        var memory = FreeMemory()
        while !self.theEnd.withLock({ $0.isWanted }) {
            self.wait(calmLooks, &activity, memory)
            // A worker has woken this thread.
            if calmLooks >= Self.calmLooks, !self.isAsleep.load(ordering: .relaxed) { calmLooks = 0 }
            let now = Instant.now
            self.look(&sights, now)
            if self.pool.seats.areSomeParked {
                calmLooks = min(calmLooks + 1, Self.calmLooks + 1)
                if calmLooks == Self.calmLooks { self.isAsleep.store(true, ordering: .sequentiallyConsistent) }
            } else {
                calmLooks = 0
                self.isAsleep.store(false, ordering: .relaxed)
                for sight in sights {
                    guard let turn = sight.turn, self.isBlocked(turn, since: sight.since, now) else { continue }
                    self.pool.replace(turn, since: sight.since, of: loop)
                }
            }
            self.pool.logBlockedCalls(on: loop)
            let turns = sights.compactMap { sight in
                sight.turn.map { (turn: $0, since: sight.since, task: self.pool.seats.task($0)) }
            }
            stalls.look(at: turns + self.pool.blockedTurns, now, of: loop)
            memory.look(self.pool.seats.activity, now)
        }
        self.finish(&sights)
    }

    /// Waits until the next look. The first one after `isAsleep` was set comes soon, because it shows a worker that had not seen it yet.
    private func wait(_ calmLooks: Int, _ activity: inout UInt64, _ memory: FreeMemory) {
        var time = Int32(Self.period / .milliseconds(1))
        if calmLooks > Self.calmLooks {
            let sleep = min(.seconds(1), self.stallLimit / 2)
            time = self.becomesIdle(&activity) ? memory.delay(.now) : max(time, Int32(sleep / .milliseconds(1)))
        }
        var descriptor = pollfd(fd: self.wakeup, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, time) > 0 else { return }
        var count: eventfd_t = 0
        eventfd_read(self.wakeup, &count)
    }

    /// Whether no worker is busy, and none has been since the last call. The next one that begins a turn then wakes this thread.
    private func becomesIdle(_ activity: inout UInt64) -> Bool {
        // Set before the seats are read: a worker that begins sees it, or its turn is seen here.
        self.isIdle.store(true, ordering: .sequentiallyConsistent)
        let (last, isBusy) = (activity, self.pool.seats.areSomeBusy)
        activity = self.pool.seats.activity
        if !isBusy, activity == last, !self.pool.hasBlockedWorkers { return true }
        self.isIdle.store(false, ordering: .relaxed)
        return false
    }

    private func look(_ sights: inout [Sight], _ now: Instant) {
        for seat in sights.indices {
            let turn = self.pool.seats.turn(of: seat)
            if turn != sights[seat].turn { sights[seat] = Sight(turn: turn, since: now) }
        }
    }

    private func isBlocked(_ turn: WorkerSeats.Turn, since: Instant, _ now: Instant) -> Bool {
        since.advanced(by: Interval(Self.period)) <= now && self.pool.seats.isWaiting(turn)
    }

    /// Waits until the workers have left, and gives up those that do not leave.
    private func finish(_ sights: inout [Sight]) {
        while !self.pool.isEmpty {
            let now = Instant.now
            self.look(&sights, now)
            for sight in sights where sight.since.advanced(by: Self.farewell) <= now {
                // A seat without a worker stays as it is.
                if let turn = sight.turn, self.pool.seats.hasWorker(turn) { self.pool.giveUp(turn) }
            }
            var activity: UInt64 = 0
            self.wait(0, &activity, FreeMemory())
        }
        let waiter = self.theEnd.withLock { end in
            end.isOver = true
            return end.waiter.take()
        }
        waiter?.resume()
    }
}
