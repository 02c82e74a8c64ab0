import ObjectStorage

/// A limit for the time of an operation.
enum Deadline {
    /// Performs an operation and cancels it when the time is over.
    static func wait<Result: Sendable>(
        for time: Duration, _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: operation)
            group.addTask {
                try await Task.sleep(for: time)
                throw ObjectStoreTimeout()
            }
            defer { group.cancelAll() }
            // Both tasks end with a result or an error, so there is a first one.
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
