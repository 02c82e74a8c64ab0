import Glibc
import Synchronization
import SystemPackage

/// Checks passwords one after the other on a thread that serves no requests.
///
/// A check takes much time and memory on purpose. On the threads of the FastCGI server a few of them would hold up every
/// download; without a bound on those that wait, a flood of them would hold up everyone who signs in. Of several processes, one
/// checks at a time.
final class PasswordChecker: Sendable {
    /// So many are waiting already that another had better come back later.
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
            // Closing the file gives the lock back.
            return try file.closeAfter {
                while flock(file.rawValue, LOCK_EX) != 0 {
                    guard errno == EINTR else { throw SetupError("\(self.lock): \(Errno(rawValue: errno))") }
                }
                return try hash.matches(password)
            }
        }
    }

    /// How many may wait: strangers, and with them those who are known by their browser.
    private static let limit = 32
    private static let limitWithKnown = 48
    /// How many of one client may wait.
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

    /// Whether the password is that of the user; no user has none, and finding that out takes as long.
    ///
    /// - Parameters:
    ///   - client: what all attempts of one client have in common; `nil` if that is not known.
    ///   - isKnown: whether the client has signed in before.
    /// - Throws: ``Busy``.
    func isPassword(_ password: String, of user: User?, client: String?, isKnown: Bool) async throws -> Bool {
        try self.enter(client, isKnown: isKnown)
        defer { self.leave(client) }
        // A request's task prefers the server's threads, and an actor runs where its caller prefers.
        let matches = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await self.worker.matches(password, user?.password ?? .ofNobody)
        }
        return matches && user != nil
    }

    /// Takes a place among those that wait.
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

    /// Gives a place back.
    func leave(_ client: String?) {
        self.waiting.withLock { waiting in
            waiting.count -= 1
            guard let client, let count = waiting.byClient[client] else { return }
            waiting.byClient[client] = count == 1 ? nil : count - 1
        }
    }
}
