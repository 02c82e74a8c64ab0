import Glibc
import Synchronization
import SystemPackage

/// Checks passwords one at a time on a thread that serves no requests.
///
/// A check deliberately takes much time and memory. On the threads of the FastCGI server, a few checks would delay
/// every download. The number of waiting checks is limited, so that a flood of them does not delay every user who signs
/// in. Only one process checks at a time.
final class PasswordChecker: Sendable {
    /// Too many checks are waiting; the client should try again later.
    struct Busy: Error {}

    private actor Worker {
        private let lock: FilePath

        init(lock: FilePath) { self.lock = lock }

        func matches(_ password: String, _ hash: PasswordHash) throws -> Bool {
            let file: FileDescriptor
            do {
                file = try FileDescriptor.open(
                    self.lock, .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
            } catch let error as Errno {
                throw SetupError("\(self.lock): \(error)")
            }
            // Closing the file releases the lock.
            return try file.closeAfter {
                while flock(file.rawValue, LOCK_EX) != 0 {
                    guard errno == EINTR else { throw SetupError("\(self.lock): \(Errno(rawValue: errno))") }
                }
                return try hash.matches(password)
            }
        }
    }

    /// The maximum number of waiting checks: for unknown browsers, and for all including known ones.
    private static let limit = 32
    private static let limitWithKnown = 48
    /// The maximum number of waiting checks of one client.
    private static let limitOfClient = 4

    private struct Waiting {
        var count = 0
        var byClient: [String: Int] = [:]
    }

    private let worker: Worker
    private let waiting = Mutex(Waiting())

    init(stateDirectory: FilePath) {
        self.worker = Worker(lock: stateDirectory.appending("hashing.lock"))
    }

    /// Whether the password is that of the user. If `user` is `nil` the result is `false`, after the same time.
    ///
    /// - Parameters:
    ///   - client: A value that all attempts of one client share; `nil` if unknown.
    ///   - isKnown: Whether the user has signed in with this browser before.
    /// - Throws: ``Busy``.
    func isPassword(_ password: String, of user: User?, client: String?, isKnown: Bool) async throws -> Bool {
        try self.enter(client, isKnown: isKnown)
        defer { self.leave(client) }
        // A request's task prefers the server's threads, and an actor runs on the executor that its caller prefers.
        let matches = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await self.worker.matches(password, user?.password ?? .unmatchable)
        }
        return matches && user != nil
    }

    /// Enters the queue of waiting checks.
    func enter(_ client: String?, isKnown: Bool) throws(Busy) {
        try self.waiting.withLock { waiting throws(Busy) in
            guard waiting.count < (isKnown ? Self.limitWithKnown : Self.limit) else { throw Busy() }
            if let client {
                guard waiting.byClient[client, default: 0] < Self.limitOfClient else { throw Busy() }
                waiting.byClient[client, default: 0] += 1
            }
            waiting.count += 1
        }
    }

    /// Leaves the queue.
    func leave(_ client: String?) {
        self.waiting.withLock { waiting in
            waiting.count -= 1
            guard let client, let count = waiting.byClient[client] else { return }
            waiting.byClient[client] = count == 1 ? nil : count - 1
        }
    }
}
