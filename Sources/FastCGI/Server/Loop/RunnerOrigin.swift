import Sendfile

/// The origin of all runners' tasks: a task that is parked while the server runs.
///
/// Swift copies task-local values from the current task only, and a worker between two requests runs no task. So this task has the
/// values of the task that runs the server, and a worker that needs a new runner resumes it. The runner's task, which is created in
/// it, inherits the values.
///
/// It is also the executor of its task, so that each job of the task runs on the thread that resumes it. `@unchecked Sendable` holds because
/// ``begin()``, ``start(_:on:)`` and ``end()`` resume the task under the lock, and it has parked again when the lock is released.
final class RunnerOrigin: TaskExecutor, @unchecked Sendable {
    private let lock = Locked(())
    /// The runner to start next; `nil` to end.
    @exclusivity(unchecked) private var parked: UnsafeContinuation<RequestRunner?, Never>?
    /// The next job of the task, from its resumption until it runs.
    @exclusivity(unchecked) private var job: UnownedJob?

    /// Parks a new task with the values of the current one. Called once, before any runner is started.
    func begin() {
        self.lock.withLock { _ in
            Task(executorPreference: self) { await self.run() }
            self.runJob()
        }
    }

    /// Starts the task of a runner on the thread of `worker`, and returns when the runner has parked itself.
    func start(_ runner: RequestRunner, on worker: Worker) {
        self.lock.withLock { _ in self.resume(with: runner) }
        worker.runNextJob()
    }

    /// Ends the task. No runner can be started any more.
    func end() {
        self.lock.withLock { _ in self.resume(with: nil) }
    }

    private func resume(with runner: RequestRunner?) {
        let parked = self.parked.take()
        parked?.resume(returning: runner)
        self.runJob()
    }

    private func runJob() {
        let job = self.job.take()
        job?.runSynchronously(on: self.asUnownedTaskExecutor())
    }

    func enqueue(_ job: consuming ExecutorJob) { self.job = UnownedJob(job) }

    private func run() async {
        while let runner = await self.next() { runner.begin() }
    }

    private func next() async -> RequestRunner? {
        await withUnsafeContinuation { self.parked = $0 }
    }
}
