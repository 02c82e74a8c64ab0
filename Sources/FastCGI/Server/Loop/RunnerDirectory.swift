import Sendfile

/// The runners of an event loop by their tasks, so that ``WorkerMonitor`` finds the request that occupies a worker.
///
/// A runner is added with its task and removed with it, so a request costs nothing here.
final class RunnerDirectory: Sendable {
    private let runners = Locked<[TaskKey: RequestRunner]>([:])

    func add(_ runner: RequestRunner, _ key: TaskKey) { self.runners.withLock { $0[key] = runner } }

    func remove(_ key: TaskKey) { self.runners.withLock { $0[key] = nil } }

    /// The request that a task handles; `nil` if the task is not a runner's, such as a child task of a handler.
    func request(of key: TaskKey) -> Request? { self.runners.withLock { $0[key] }?.request }
}

/// The identity of a task, which its jobs share.
///
/// `UnsafeCurrentTask` and the `UnownedJob` of a task are one pointer to the same object each. It is compared and never followed. If a version
/// of Swift gives either another size, no task is recognized.
struct TaskKey: Hashable, Sendable {
    /// The pointer as a number; 0 for none.
    let number: UInt64

    init(number: UInt64) { self.number = number }

    init(_ job: UnownedJob) { self.number = Self.pointer(job) }

    /// The task that runs on this thread.
    static var current: TaskKey {
        TaskKey(number: withUnsafeCurrentTask { task in task.map { Self.pointer($0) } ?? 0 })
    }

    private static func pointer<Value>(_ value: Value) -> UInt64 {
        withUnsafeBytes(of: value) { bytes in
            bytes.count == MemoryLayout<UInt>.size ? UInt64(bytes.load(as: UInt.self)) : 0
        }
    }
}
