import Synchronization

/// Checks passwords one after the other on a thread that serves no requests.
///
/// A check takes much time and memory on purpose. On the threads of the FastCGI server a few of them would hold up every
/// download; without a bound on those that wait, a flood of them would hold up everyone who signs in.
final class PasswordChecker: Sendable {
    /// So many are waiting already that another had better come back later.
    struct Busy: Error {}

    private actor Worker {
        func matches(_ password: String, _ hash: PasswordHash) throws -> Bool { try hash.matches(password) }
    }

    private static let limit = 32

    private let worker = Worker()
    private let waiting = Mutex(0)

    /// Whether the password is that of the user; no user has none, and finding that out takes as long.
    ///
    /// - Throws: ``Busy``.
    func isPassword(_ password: String, of user: User?) async throws -> Bool {
        try self.waiting.withLock { waiting in
            guard waiting < Self.limit else { throw Busy() }
            waiting += 1
        }
        defer { self.waiting.withLock { $0 -= 1 } }
        // A request's task prefers the server's threads, and an actor runs where its caller prefers.
        let matches = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await self.worker.matches(password, user?.password ?? .ofNobody)
        }
        return matches && user != nil
    }
}
