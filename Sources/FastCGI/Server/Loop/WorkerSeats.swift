import Synchronization

/// The seats of an event loop: as many threads as it has seats take events and work at a time.
///
/// A seat is a number that its worker, and ``WorkerMonitor``, change without a lock. Even: the worker is parked in epoll_wait(2), or is about
/// to park. Odd: the worker is in a turn. It grows with each change, so a number that is odd and stays the same is a turn that does not end.
/// Then the monitor may take the seat from its worker, and the worker notices at the end of its turn.
///
/// Each seat is on cache lines of its own. A worker changes its seat for each request, and processors would wait for one another to change a
/// shared counter.
///
/// `@unchecked Sendable` holds because the pointer never changes and all that it points to is atomic: any thread may use it as long
/// as this object lives.
final class WorkerSeats: @unchecked Sendable {
    private struct Seat: ~Copyable {
        /// A seat without a worker counts as busy: no event is left to it.
        let number = Atomic<UInt64>(1)
        /// The descriptor of the worker's ``ThreadStatus``; ``noWorker`` until a worker sits down.
        let status = Atomic<Int32>(WorkerSeats.noWorker)
        /// The task whose job the worker runs (``TaskKey``), or 0.
        let task = Atomic<UInt64>(0)
        /// Two cache lines: processors fetch them in pairs.
        private let padding = InlineArray<104, UInt8>(repeating: 0)
    }

    /// A turn of a worker.
    struct Turn: Hashable {
        let seat: Int
        fileprivate(set) var number: UInt64
    }

    private static let noWorker = Int32.min

    private let seats: UnsafeMutablePointer<Seat>
    let count: Int

    init(count: Int) {
        self.count = count
        self.seats = .allocate(capacity: count)
        for index in 0..<count { (self.seats + index).initialize(to: Seat()) }
    }

    deinit {
        self.seats.deinitialize(count: self.count)
        self.seats.deallocate()
    }

    // MARK: For the worker in a seat

    /// Marks the end of a turn, before any read that follows. False if the worker has lost its seat.
    func park(_ turn: inout Turn) -> Bool {
        let hasSeat = self.seats[turn.seat].number.compareExchange(
            expected: turn.number, desired: turn.number + 1, ordering: .sequentiallyConsistent
        ).exchanged
        if hasSeat { turn.number += 1 }
        return hasSeat
    }

    /// Begins the next turn of a parked worker.
    func begin(_ turn: inout Turn) {
        turn.number += 1
        self.seats[turn.seat].task.store(0, ordering: .relaxed)
        self.seats[turn.seat].number.store(turn.number, ordering: .releasing)
    }

    /// Has the calling thread, whose status this is, sit down for this turn. The status stays open as long as the thread has the seat.
    func sit(_ turn: Turn, _ status: borrowing ThreadStatus) {
        self.seats[turn.seat].status.store(status.descriptor, ordering: .relaxed)
        self.seats[turn.seat].task.store(0, ordering: .relaxed)
    }

    /// Notes the task whose job the worker runs next.
    func note(_ task: TaskKey, _ turn: Turn) {
        self.seats[turn.seat].task.store(task.number, ordering: .relaxed)
    }

    // MARK: For any thread

    /// Whether the turn is still the current one of its seat.
    func isCurrent(_ turn: Turn) -> Bool { self.seats[turn.seat].number.load(ordering: .relaxed) == turn.number }

    /// Whether a worker is parked or about to park.
    var areSomeParked: Bool {
        (0..<self.count).contains { self.seats[$0].number.load(ordering: .sequentiallyConsistent) % 2 == 0 }
    }

    /// Whether a worker is in a turn.
    var areSomeBusy: Bool {
        (0..<self.count).contains { self.seats[$0].number.load(ordering: .sequentiallyConsistent) % 2 == 1 }
    }

    /// A number that changes with each turn.
    var activity: UInt64 {
        (0..<self.count).reduce(0) { $0 &+ self.seats[$1].number.load(ordering: .sequentiallyConsistent) }
    }

    /// The turn that a worker is in; `nil` if it is parked.
    func turn(of seat: Int) -> Turn? {
        let number = self.seats[seat].number.load(ordering: .sequentiallyConsistent)
        return number % 2 == 0 ? nil : Turn(seat: seat, number: number)
    }

    /// Whether a worker has sat down for this turn; right as long as the turn is the current one, like the two that follow.
    func hasWorker(_ turn: Turn) -> Bool { self.status(turn) != Self.noWorker }

    /// Whether the thread of the worker in this turn waits. If the turn is over, its descriptor may be closed or belong to another file, and a
    /// read from it changes nothing.
    func isWaiting(_ turn: Turn) -> Bool { self.hasWorker(turn) && ThreadStatus.isWaiting(self.status(turn)) }

    /// The task whose job the worker in this turn runs.
    func task(_ turn: Turn) -> TaskKey { TaskKey(number: self.seats[turn.seat].task.load(ordering: .relaxed)) }

    private func status(_ turn: Turn) -> Int32 { self.seats[turn.seat].status.load(ordering: .relaxed) }

    /// Takes a seat from the worker that is in this turn. Returns the first turn of the next worker; `nil` if the turn is over.
    func take(_ turn: Turn) -> Turn? {
        let isTaken = self.seats[turn.seat].number.compareExchange(
            expected: turn.number, desired: turn.number + 2, ordering: .sequentiallyConsistent
        ).exchanged
        guard isTaken else { return nil }
        self.seats[turn.seat].status.store(Self.noWorker, ordering: .relaxed)
        return Turn(seat: turn.seat, number: turn.number + 2)
    }
}
