import Logging
import Sendfile
import Synchronization

/// The memory of all heads that have arrived in part (`FASTCGI_HEAD_BYTES`).
///
/// A connection counts while it waits for the rest of a head. Beyond the limit, the heads that began to arrive first are given up, because a
/// web server sends the rest of a head at once. A connection that holds no more than its share of the limit is kept.
final class HeadBudget: Sendable {
    /// The part of a connection in the budget.
    final class Account: Sendable {
        fileprivate let bytes = Atomic<Int>(0)

        var isEmpty: Bool { self.bytes.load(ordering: .relaxed) == 0 }
    }

    private let limit: Int
    /// The bytes that each connection may hold in any case: as many connections as are permitted do not exceed the limit with them.
    private let share: Int
    private let taken = Atomic<Int>(0)
    private let isShrinking = Atomic<Bool>(false)
    private let quietUntil = Locked(Instant(nanoseconds: 0))
    private static let quietTime = Duration.seconds(10)

    init(_ configuration: FastCGIServer.Configuration) {
        // One head must always find room. A record is at most 64 KiB, and an array may have twice the capacity that it needs.
        let largestHead = 2 * (configuration.parameterBytesLimit + 2 * Worker.bufferSize)
        self.limit = max(configuration.headBytesLimit, largestHead)
        self.share = self.limit / max(1, configuration.connectionLimit)
    }

    /// Notes the number of bytes that a connection holds. Returns whether the limit is exceeded.
    func note(_ bytes: Int, of account: Account) -> Bool {
        let change = bytes - account.bytes.exchange(bytes, ordering: .relaxed)
        guard change != 0 else { return false }
        return self.taken.add(change, ordering: .relaxed).newValue > self.limit && change > 0
    }

    /// Gives up heads until seven eighths of the limit are left, so that a flood of heads does not cause a search for each of them.
    func shrink(_ server: ServerCore) {
        guard !self.isShrinking.exchange(true, ordering: .acquiring) else { return }
        defer { self.isShrinking.store(false, ordering: .releasing) }
        var candidates: [(connection: Connection, began: Instant)] = []
        for connection in server.connections.all()
        where connection.account.bytes.load(ordering: .relaxed) > self.share {
            if let deadline = connection.asks({ $0.headDeadline }) { candidates.append((connection, deadline)) }
        }
        candidates.sort { $0.began < $1.began }
        var count = 0
        for candidate in candidates where self.taken.load(ordering: .relaxed) > self.limit / 8 * 7 {
            guard candidate.connection.giveUpHead() else { continue }
            // Its worker frees the memory soon.
            _ = self.note(0, of: candidate.connection.account)
            count += 1
        }
        guard count > 0 else { return }
        let isTime = self.quietUntil.withLock { quietUntil in
            guard quietUntil <= .now else { return false }
            quietUntil = .after(Self.quietTime)
            return true
        }
        guard isTime else { return }
        server.logger.warning(
            "requests are given up before their heads are complete: together they hold more than \(self.limit) bytes (FASTCGI_HEAD_BYTES)"
        )
    }
}
