import CLinux
import Glibc
import Logging
import Sendfile
import Synchronization

/// The threads of an event loop: a worker in each seat, and spare workers that take the seats of workers whose calls block.
///
/// A worker that has lost its seat finishes its turn, and then waits for a free seat beside the spare workers. A worker that waits for long
/// ends. No thread is joined, because a thread that never returns from a call must not hold up the end of the server.
final class WorkerPool: Sendable {
    typealias Turn = WorkerSeats.Turn

    /// A turn in which a worker has lost its seat.
    private struct BlockedTurn {
        let since: Instant
        let task: TaskKey
        /// The number of the request, or 0 if it is unknown.
        let request: UInt64
    }

    private struct State {
        /// The workers in seats.
        var seated = 0
        /// The workers that wait for a seat, or that were started for one: never fewer than `free` has seats.
        var waiting = 0
        /// The first turns of seats that have no worker.
        var free: [Turn] = []
        var blocked: [Turn: BlockedTurn] = [:]
        var hasEnded = false
        /// Until then no further line is logged: of calls that block, and of calls that have returned.
        var (quietUntil, returnsQuietUntil) = (Instant(nanoseconds: 0), Instant(nanoseconds: 0))
    }

    let seats: WorkerSeats
    /// How many workers without a seat may be blocked.
    private let limit: Int
    let observer: ServerObserver
    private let state = Locked(State())
    /// An eventfd(2) that counts the calls to workers that wait for a seat.
    private let calls: Int32

    /// How long a worker waits for a seat.
    private static let patience = Duration.seconds(10)
    /// How long a call blocks until it is logged, and how long no other one is logged then.
    private static let (logged, quietTime) = (Interval(.seconds(1)), Interval(.seconds(10)))

    /// - Parameters:
    ///   - workers: the number of seats.
    ///   - limit: how many workers without a seat may be blocked.
    init(workers: Int, limit: Int, observer: ServerObserver) throws(SystemCallError) {
        self.seats = WorkerSeats(count: workers)
        self.limit = limit
        self.observer = observer
        self.calls = try SystemCallError.check(
            "eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)))
    }

    deinit {
        Glibc.close(self.calls)
    }

    // MARK: Workers

    /// Starts a worker in each seat.
    func start(_ loop: EventLoop) throws(SystemCallError) {
        for seat in 0..<self.seats.count {
            self.state.withLock { $0.seated += 1 }
            do throws(SystemCallError) { try WorkerThread.start(loop, in: self.seats.turn(of: seat)) } catch {
                self.state.withLock { $0.seated -= 1 }
                throw error
            }
        }
    }

    /// Waits for a seat. Returns the first turn in it; `nil` if the thread has to end.
    ///
    /// - Parameter isCounted: The worker was started for a seat, so it is counted among those that wait.
    func waitForSeat(isCounted: Bool) -> Turn? {
        if !isCounted { self.state.withLock { $0.waiting += 1 } }
        let deadline = Instant.after(Self.patience)
        while true {
            let isLate = deadline <= .now
            let (turn, ends) = self.state.withLock { state -> (Turn?, Bool) in
                let turn = state.hasEnded ? nil : state.free.popLast()
                if turn != nil { state.seated += 1 }
                let ends = turn == nil && (isLate || state.hasEnded)
                if turn != nil || ends { state.waiting -= 1 }
                return (turn, ends)
            }
            if turn != nil { self.observer.workerReplaced() }
            if turn != nil || ends { return turn }
            var descriptor = pollfd(fd: self.calls, events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, Int32(Self.patience.components.seconds) * 1000)
            var count: eventfd_t = 0
            eventfd_read(self.calls, &count)
        }
    }

    /// Notes the end of a turn in which the worker has lost its seat.
    func turnHasEnded(_ turn: Turn) {
        self.state.withLock { _ = $0.blocked.removeValue(forKey: turn) }
        self.observer.counters.workersReturned.add(1, ordering: .relaxed)
    }

    /// Notes that a worker leaves its seat, because the loop has ended.
    func leave(_ turn: Turn) {
        var turn = turn
        // A worker that was given up is no longer counted.
        if self.seats.park(&turn) { self.state.withLock { $0.seated -= 1 } }
    }

    // MARK: Blocked workers

    /// Gives the seat of a worker to another one, because a call in this turn has blocked it since `since`.
    func replace(_ turn: Turn, since: Instant, of loop: EventLoop) {
        enum Means { case waiting, new, none }
        let means = self.state.withLock { state -> Means in
            guard state.blocked.count < self.limit else { return .none }
            if state.waiting > state.free.count { return .waiting }
            state.waiting += 1
            return .new
        }
        guard means != .none else { return self.limitIsReached(on: loop) }
        if means == .new {
            do throws(SystemCallError) { try WorkerThread.start(loop, in: nil) } catch {
                self.state.withLock { $0.waiting -= 1 }
                if self.mayLog() { self.log(on: loop, "a blocked worker cannot be replaced: \(error)", [:]) }
                return
            }
        }
        let task = self.seats.task(turn)
        let request = loop.directory.request(of: task)?.id ?? 0
        let isReplaced = self.state.withLock { state in
            // The worker may have ended its turn meanwhile. Under this lock, because its end removes what is noted here.
            guard let next = self.seats.take(turn) else { return false }
            state.seated -= 1
            state.free.append(next)
            state.blocked[turn] = BlockedTurn(since: since, task: task, request: request)
            return true
        }
        guard isReplaced else { return }
        self.observer.counters.workersReplaced.add(1, ordering: .relaxed)
        eventfd_write(self.calls, 1)
    }

    /// The turns in which workers have lost their seats, with their beginnings and tasks.
    var blockedTurns: [(turn: Turn, since: Instant, task: TaskKey)] {
        self.state.withLock { state in state.blocked.map { ($0, $1.since, $1.task) } }
    }

    /// Gives up a worker that does not end with the loop.
    func giveUp(_ turn: Turn) {
        self.state.withLock { if self.seats.take(turn) != nil { $0.seated -= 1 } }
    }

    /// Whether workers have lost their seats and not ended their turns.
    var hasBlockedWorkers: Bool { self.state.withLock { !$0.blocked.isEmpty } }

    // MARK: The end

    /// Ends the workers that wait for a seat.
    func end() {
        let waiting = self.state.withLock { state in
            state.hasEnded = true
            return state.waiting
        }
        eventfd_write(self.calls, eventfd_t(waiting))
    }

    /// Whether no worker is left except those that were given up.
    var isEmpty: Bool { self.state.withLock { $0.seated == 0 && $0.waiting == 0 } }

    // MARK: Logging

    /// Logs a call that has blocked for long and has not returned.
    func logBlockedCalls(on loop: EventLoop) {
        let now = Instant.now
        let (request, count) = self.state.withLock { state -> (UInt64?, Int) in
            guard state.quietUntil <= now,
                let turn = state.blocked.first(where: { $1.since.advanced(by: Self.logged) <= now })?.key
            else { return (nil, 0) }
            state.quietUntil = now.advanced(by: Self.quietTime)
            return (state.blocked[turn]?.request, state.blocked.count)
        }
        guard let request else { return }
        self.log(
            on: loop, "a call has blocked a worker for more than 1 s; blocked workers: \(count)",
            ["request": request == 0 ? "unknown" : "\(request)"])
    }

    /// Logs a call that has blocked for long, took the seat of the worker, and has returned.
    func callHasReturned(_ turn: Turn, in request: Request) {
        let now = Instant.now
        let since = self.state.withLock { state -> Instant? in
            guard state.returnsQuietUntil <= now, let since = state.blocked[turn]?.since,
                since.advanced(by: Self.logged) <= now
            else { return nil }
            state.returnsQuietUntil = now.advanced(by: Self.quietTime)
            return since
        }
        guard let since else { return }
        self.observer.logger.warning(
            "a call has blocked a worker",
            metadata: [
                "request": "\(request.id)", "path": "\(request.printablePath)",
                "milliseconds": "\((now.nanoseconds - since.nanoseconds) / 1_000_000)",
            ])
    }

    private func limitIsReached(on loop: EventLoop) {
        guard self.limit > 0, self.mayLog() else { return }
        self.observer.limitHit(.spareWorkers)
        self.log(
            on: loop, "\(self.limit) workers are blocked, and no further one is replaced (FASTCGI_SPARE_WORKERS)", [:])
    }

    private func mayLog() -> Bool {
        let now = Instant.now
        return self.state.withLock { state in
            guard state.quietUntil <= now else { return false }
            state.quietUntil = now.advanced(by: Self.quietTime)
            return true
        }
    }

    /// Logs a line on a worker, because a log that blocks must not block the monitor.
    private func log(on loop: EventLoop, _ line: String, _ metadata: Logger.Metadata) {
        let logger = self.observer.logger
        Task.detached(executorPreference: loop) { logger.warning("\(line)", metadata: metadata) }
    }
}
