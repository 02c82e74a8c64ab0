import Sendfile

/// The connections that the event loop watches, by token.
///
/// An event may be on its way to a worker while another closes the connection and the descriptor is used again. So events carry
/// a token with a number that is new for each connection, and what is not found is nobody's.
final class ConnectionTable: Sendable {
    /// Set in every connection's token: the others are the loop's and the listening sockets'.
    static let tokenBit: UInt64 = 1 << 63

    private struct Slot {
        var generation: UInt32 = 0
        var connection: Connection?
    }

    /// Indexed by descriptor.
    private let slots = Locked<[Slot]>([])

    /// Adds a connection and returns its token.
    func insert(_ connection: Connection) -> UInt64 {
        let index = Int(connection.descriptor)
        return self.slots.withLock { slots in
            while slots.count <= index { slots.append(Slot()) }
            slots[index].generation = (slots[index].generation + 1) & 0x7FFF_FFFF
            slots[index].connection = connection
            return Self.tokenBit | UInt64(slots[index].generation) << 32 | UInt64(index)
        }
    }

    /// Removes the connection with this token; to be called before its descriptor is closed.
    func remove(_ token: UInt64) {
        let index = Int(token & 0xFFFF_FFFF)
        self.slots.withLock { slots in
            guard UInt64(slots[index].generation) == (token & ~Self.tokenBit) >> 32 else { return }
            slots[index].connection = nil
        }
    }

    /// The connection with this token, if it is still open.
    func find(_ token: UInt64) -> Connection? {
        let index = Int(token & 0xFFFF_FFFF)
        return self.slots.withLock { slots in
            guard index < slots.count, UInt64(slots[index].generation) == (token & ~Self.tokenBit) >> 32 else {
                return nil
            }
            return slots[index].connection
        }
    }

    /// All connections.
    func all() -> [Connection] {
        self.slots.withLock { $0.compactMap(\.connection) }
    }
}
