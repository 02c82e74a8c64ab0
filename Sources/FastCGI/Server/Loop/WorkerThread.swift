import CLinux
import Glibc

/// The start of a worker's thread.
///
/// `@unchecked Sendable` holds because the creator passes it to the thread, and only that thread touches `source`.
final class WorkerThread: @unchecked Sendable {
    private let loop: EventLoop
    /// The turn that it begins with; `nil` if it waits for a seat.
    private let turn: WorkerSeats.Turn?
    private let source: RequestSource

    /// Creates the source before any client can connect, or before a blocked worker loses its seat: a worker without a descriptor could read no
    /// request.
    private init(_ loop: EventLoop, _ turn: WorkerSeats.Turn?) throws(SystemCallError) {
        self.loop = loop
        self.turn = turn
        self.source = try RequestSource()
    }

    /// Starts a thread that works in a seat, or waits for one if `turn` is `nil`.
    ///
    /// - Throws: An error if the process may start no thread, or has no descriptor for it.
    static func start(_ loop: EventLoop, in turn: WorkerSeats.Turn?) throws(SystemCallError) {
        let thread = try WorkerThread(loop, turn)
        try LoopThread.start { thread.run() }
    }

    private func run() {
        guard let turn = self.turn ?? self.loop.pool.waitForSeat(isCounted: true) else { return }
        Worker.run(self.loop, from: turn, source: self.source)
        // The monitor does not notice that this thread ends, which frees its buffer and its idle runners.
        FreeMemory.trim()
    }
}
