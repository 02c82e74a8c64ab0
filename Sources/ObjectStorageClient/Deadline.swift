import ObjectStorage
import Sendfile

/// A limit for the time in which the store does nothing.
final class Deadline: Sendable {
    private let time: Duration
    /// `nil` while the program waits for something else than the store.
    private let end: Locked<ContinuousClock.Instant?>

    /// Begins to wait for the store.
    init(_ time: Duration) {
        self.time = time
        self.end = Locked(.now + time)
    }

    /// The time that passes from now on does not count.
    func pause() { self.end.withLock { $0 = nil } }

    /// The store has the whole time again.
    func restart() { self.end.withLock { $0 = .now + self.time } }

    /// Performs an operation and cancels it when the time is over.
    func wait<Result: Sendable>(for operation: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: operation)
            group.addTask {
                while true {
                    let end = self.end.withLock { $0 } ?? .now + self.time
                    guard end > .now else { throw ObjectStoreTimeout() }
                    try await Task.sleep(until: end)
                }
            }
            defer { group.cancelAll() }
            // Both tasks end with a result or an error, so there is a first one.
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
