import CLinux
import Glibc
import Sendfile

/// The thread on which a program starts and ends, as an executor of tasks.
///
/// While the server runs, it waits and takes no processor time. It never ends, because an executor must outlive its
/// tasks.
final class ProgramThread: TaskExecutor {
    private let jobs = Locked<[UnownedJob]>([])
    /// An eventfd(2) to which 1 is added for each change of `jobs`.
    private let wakeup: Int32

    private init() throws(SystemCallError) {
        self.wakeup = try SystemCallError.check("eventfd", eventfd(0, Int32(EFD_CLOEXEC)))
    }

    /// Starts the thread, and a task on it.
    static func start(_ body: @escaping @Sendable () async -> Void) throws(SystemCallError) {
        let executor = try ProgramThread()
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil, programThreadMain, Unmanaged.passRetained(executor).toOpaque())
        guard result == 0 else { throw SystemCallError(call: "pthread_create", code: result) }
        pthread_detach(thread)
        Task.detached(executorPreference: executor) { await body() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.jobs.withLock { $0.append(job) }
        eventfd_write(self.wakeup, 1)
    }

    fileprivate func run() -> Never {
        _ = linux_set_thread_name("fastcgi-program")
        while true {
            var count: eventfd_t = 0
            eventfd_read(self.wakeup, &count)
            let jobs = self.jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}

private func programThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<ProgramThread>.fromOpaque(context!).takeUnretainedValue().run()
}
