import Glibc

/// Threads for the calls of a ledger that block, so that they occupy no thread of the program's own.
///
/// Each thread has its own `Connection`, which only that thread touches. A call waits until a thread is free, at most until its deadline.
///
/// `@unchecked Sendable` holds because the pointers never change, and `state` is touched under the mutex only.
package final class LedgerThreads<Connection>: @unchecked Sendable {
    private typealias Job = @Sendable (Connection) -> Void

    /// The state that the threads share. They keep it alive after the ledger has gone, until they have ended.
    private final class Shared: @unchecked Sendable {
        struct State {
            var jobs: ArraySlice<Job> = []
            var threads = 0
            /// The number of threads that wait for a job.
            var idle = 0
            var isOver = false
        }

        @exclusivity(unchecked) var state = State()
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let wakeup = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        let makeConnection: @Sendable () -> Connection

        init(_ makeConnection: @escaping @Sendable () -> Connection) {
            self.makeConnection = makeConnection
            pthread_mutex_init(self.mutex, nil)
            pthread_cond_init(self.wakeup, nil)
        }

        deinit {
            pthread_cond_destroy(self.wakeup)
            pthread_mutex_destroy(self.mutex)
            self.wakeup.deallocate()
            self.mutex.deallocate()
        }

        func run() {
            let connection = self.makeConnection()
            while let job = self.next() { job(connection) }
        }

        /// Waits for the next job. Returns `nil` if the thread has to end.
        private func next() -> Job? {
            pthread_mutex_lock(self.mutex)
            defer { pthread_mutex_unlock(self.mutex) }
            while self.state.jobs.isEmpty {
                if self.state.isOver { return nil }
                self.state.idle += 1
                pthread_cond_wait(self.wakeup, self.mutex)
                self.state.idle -= 1
            }
            return self.state.jobs.popFirst()
        }
    }

    private let shared: Shared
    private let count: Int

    /// - Parameters:
    ///   - count: The most threads. They start when they are needed.
    ///   - makeConnection: Makes the connection of a thread, on that thread.
    package init(count: Int, makeConnection: @escaping @Sendable () -> Connection) {
        self.count = count
        self.shared = Shared(makeConnection)
    }

    deinit {
        pthread_mutex_lock(self.shared.mutex)
        self.shared.state.isOver = true
        pthread_mutex_unlock(self.shared.mutex)
        pthread_cond_broadcast(self.shared.wakeup)
    }

    /// Calls `body` on one of the threads.
    ///
    /// - Throws: The error of `body`, or `late` if no thread was free until the deadline, or none could be started.
    package func run<Result: Sendable>(
        until deadline: ContinuousClock.Instant, or late: GrantLedgerError,
        _ body: @escaping @Sendable (Connection) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { waiter in
            let isTaken = self.add { connection in
                guard ContinuousClock.now < deadline else { return waiter.resume(throwing: late) }
                waiter.resume(with: Swift.Result { try body(connection) })
            }
            if !isTaken { waiter.resume(throwing: late) }
        }
    }

    /// Adds a job. Returns false if no thread can run it.
    private func add(_ job: @escaping Job) -> Bool {
        pthread_mutex_lock(self.shared.mutex)
        defer { pthread_mutex_unlock(self.shared.mutex) }
        let waiting = self.shared.state.jobs.count + 1
        if waiting > self.shared.state.idle, self.shared.state.threads < self.count, self.startThread() {
            self.shared.state.threads += 1
        }
        guard self.shared.state.threads > 0 else { return false }
        self.shared.state.jobs.append(job)
        pthread_cond_signal(self.shared.wakeup)
        return true
    }

    /// Starts a thread, detached, on which no signal handler of the program runs, and which SIGPIPE does not end.
    private func startThread() -> Bool {
        let shared = self.shared
        let body = Unmanaged.passRetained(LedgerThreadBody { shared.run() })
        var thread = pthread_t()
        guard pthread_create(&thread, nil, ledgerThreadMain, body.toOpaque()) == 0 else {
            body.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

private final class LedgerThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func ledgerThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    var signals = sigset_t()
    sigfillset(&signals)
    for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGPROF, SIGSYS] { sigdelset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Unmanaged<LedgerThreadBody>.fromOpaque(context!).takeRetainedValue().run()
    return nil
}
