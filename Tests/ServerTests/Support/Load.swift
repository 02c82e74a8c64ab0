import Glibc
import Sendfile
import Synchronization

/// A limited number of requests by several concurrent clients, each on its own thread, while the test does something
/// else.
final class Load: Sendable {
    private let requests: Int
    private let body: @Sendable (Int) throws -> Void
    private let next = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)
    private let failures = Locked<[any Error]>([])
    private let threads = Locked<[pthread_t]>([])

    /// Starts the clients.
    ///
    /// - Parameters:
    ///   - clients: The number of concurrent requests.
    ///   - requests: The total number of requests.
    ///   - body: Sends one request, given its number, and throws if the response is wrong.
    init(clients: Int, requests: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
        self.requests = requests
        self.body = body
        for _ in 0..<clients {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(self).toOpaque()
            let result = pthread_create(&thread, nil, loadMain, context)
            precondition(result == 0, "pthread_create fails with \(result)")
            self.threads.withLock { $0.append(thread) }
        }
    }

    fileprivate func run() {
        while true {
            let number = self.next.add(1, ordering: .relaxed).oldValue
            guard number < self.requests, self.failures.withLock({ $0.isEmpty }) else { return }
            do {
                try self.body(number)
                self.answered.add(1, ordering: .relaxed)
            } catch {
                self.failures.withLock { $0.append(error) }
            }
        }
    }

    /// Waits until this many further requests are answered, or all, or one has failed.
    func wait(forMore count: Int) {
        let goal = min(self.answered.load(ordering: .relaxed) + count, self.requests)
        while self.answered.load(ordering: .relaxed) < goal, self.failures.withLock({ $0.isEmpty }) { usleep(1_000) }
    }

    /// Waits for the current requests and starts no others.
    func stop() throws {
        self.next.store(self.requests, ordering: .relaxed)
        try self.finish()
    }

    /// Waits for all requests; throws the first error.
    func finish() throws {
        for thread in self.threads.withLock({ $0 }) { pthread_join(thread, nil) }
        if let failure = self.failures.withLock({ $0.first }) { throw failure }
    }
}

private func loadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<Load>.fromOpaque(context!).takeRetainedValue().run()
    return nil
}
