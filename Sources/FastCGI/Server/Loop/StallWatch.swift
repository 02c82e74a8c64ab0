import CLinux
import Logging

/// Finds handlers that occupy a worker for longer than `FASTCGI_STALL_TIMEOUT`: in a call that does not return, or in a computation.
///
/// Only the thread of ``WorkerMonitor`` uses it.
struct StallWatch {
    private let limit: Interval
    /// The turns that were reported.
    private var reported: Set<WorkerSeats.Turn> = []

    init(limit: Duration) {
        self.limit = Interval(limit)
    }

    /// Reports each turn that has lasted too long, once.
    mutating func look(
        at turns: [(turn: WorkerSeats.Turn, since: Instant, task: TaskKey)], _ now: Instant, of loop: EventLoop
    ) {
        self.reported.formIntersection(turns.map(\.turn))
        for (turn, since, task) in turns where since.advanced(by: self.limit) <= now {
            guard self.reported.insert(turn).inserted else { continue }
            Self.report(loop.directory.request(of: task), now.nanoseconds - since.nanoseconds, loop.pool.observer)
        }
    }

    /// Logs on a thread of its own: a logger may block, and all workers may be occupied.
    private static func report(_ request: Request?, _ nanoseconds: UInt64, _ observer: ServerObserver) {
        observer.limitHit(.stallTimeout)
        var metadata: Logger.Metadata = ["milliseconds": "\(nanoseconds / 1_000_000)"]
        if let request {
            metadata["request"] = "\(request.id)"
            metadata["method"] = "\(request.method)"
            metadata["path"] = "\(request.printablePath)"
        } else {
            metadata["request"] = "unknown"
        }
        try? LoopThread.start { [metadata] in
            _ = linux_set_thread_name("fastcgi-log")
            observer.logger.error(
                "a request has occupied a worker for too long without suspending (FASTCGI_STALL_TIMEOUT)",
                metadata: metadata)
        }
    }
}
