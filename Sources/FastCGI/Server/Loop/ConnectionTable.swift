import Sendfile

/// The connections that the event loop watches, by token.
///
/// A worker may receive an event after another worker has closed the connection and its descriptor is used again. So an
/// event carries a token with a number that is new for each connection, and an event whose token is unknown is ignored.
final class ConnectionTable: Sendable {
    /// Set in every connection's token. Tokens without it are the loop's and the listening sockets'.
    static let tokenBit: UInt64 = 1 << 63

    private struct Slot {
        var generation: UInt32 = 0
        var connection: Connection?
    }

    /// Some of the slots, with a lock. The padding keeps the locks of two shards on different cache lines.
    private struct Shard {
        var slots: [Slot] = []
        private let padding = InlineArray<120, UInt8>(repeating: 0)
    }

    /// Each shard has its own lock, because workers search here at each event.
    private let shards = (0..<shardCount).map { _ in Locked(Shard()) }
    private static let shardCount = 16

    /// The shard of a connection and its slot there, by its descriptor.
    private static func place(_ token: UInt64) -> (shard: Int, slot: Int) {
        (Int(token & 0xFFFF_FFFF) % self.shardCount, Int(token & 0xFFFF_FFFF) / self.shardCount)
    }

    /// Adds a connection and returns its token.
    func insert(_ connection: Connection) -> UInt64 {
        let descriptor = UInt64(connection.descriptor)
        let place = Self.place(descriptor)
        return self.shards[place.shard].withLock { shard in
            while shard.slots.count <= place.slot { shard.slots.append(Slot()) }
            shard.slots[place.slot].generation = (shard.slots[place.slot].generation + 1) & 0x7FFF_FFFF
            shard.slots[place.slot].connection = connection
            return Self.tokenBit | UInt64(shard.slots[place.slot].generation) << 32 | descriptor
        }
    }

    /// Removes the connection with this token; to be called before its descriptor is closed.
    func remove(_ token: UInt64) {
        let place = Self.place(token)
        self.shards[place.shard].withLock { shard in
            guard UInt64(shard.slots[place.slot].generation) == (token & ~Self.tokenBit) >> 32 else { return }
            shard.slots[place.slot].connection = nil
        }
    }

    /// The connection with this token, if it is still open.
    func find(_ token: UInt64) -> Connection? {
        let place = Self.place(token)
        return self.shards[place.shard].withLock { shard in
            guard place.slot < shard.slots.count,
                UInt64(shard.slots[place.slot].generation) == (token & ~Self.tokenBit) >> 32
            else { return nil }
            return shard.slots[place.slot].connection
        }
    }

    /// All connections.
    func all() -> [Connection] {
        self.shards.flatMap { $0.withLock { $0.slots.compactMap(\.connection) } }
    }
}
