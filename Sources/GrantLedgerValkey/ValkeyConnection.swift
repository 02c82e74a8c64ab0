import SignedLinks

/// A connection to a server, which is made at the first use and again after a failure. Only one thread may use it.
final class ValkeyConnection {
    private let address: ValkeyAddress
    private let password: String?
    private var open: Open?

    private struct Open {
        let socket: ValkeySocket
        var reader: ValkeyReader
    }

    init(_ address: ValkeyAddress, password: String?) {
        self.address = address
        self.password = password
    }

    /// Sends commands at once, and returns their replies.
    ///
    /// If the server has closed an idle connection, the commands are sent again, because each of this ledger's has the same effect once or
    /// twice: a use that was recorded runs.
    func run(_ commands: [[[UInt8]]], until deadline: ContinuousClock.Instant) throws(GrantLedgerError) -> [ValkeyReply]
    {
        do throws(ValkeyFailure) {
            let isReused = self.open != nil
            do throws(ValkeyFailure) {
                return try self.exchange(commands, until: deadline)
            } catch {
                self.open = nil
                guard isReused, error.isClosed else { throw error }
            }
            return try self.exchange(commands, until: deadline)
        } catch {
            self.open = nil
            throw self.error(error.description)
        }
    }

    /// The error of a ledger that cannot be used for a reason.
    func error(_ reason: String) -> GrantLedgerError {
        GrantLedgerError(.unavailable, "the ledger at \(self.address.description) does not answer: \(reason)")
    }

    /// Drops the connection after an error reply that another server, or this one later, may not give.
    func drop() { self.open = nil }

    private func exchange(
        _ commands: [[[UInt8]]], until deadline: ContinuousClock.Instant
    ) throws(ValkeyFailure) -> [ValkeyReply] {
        try self.connect(until: deadline)
        return try self.send(commands, until: deadline)
    }

    private func send(
        _ commands: [[[UInt8]]], until deadline: ContinuousClock.Instant
    ) throws(ValkeyFailure) -> [ValkeyReply] {
        guard var open = self.open else { return [] }
        open.socket.deadline = deadline
        try open.socket.send(commands.flatMap(Self.encoded))
        var replies: [ValkeyReply] = []
        for _ in commands { replies.append(try open.reader.reply()) }
        self.open = open
        return replies
    }

    private func connect(until deadline: ContinuousClock.Instant) throws(ValkeyFailure) {
        guard self.open == nil else { return }
        let socket = try ValkeySocket(self.address.endpoint, until: deadline)
        self.open = Open(socket: socket, reader: ValkeyReader { () throws(ValkeyFailure) in try socket.receive() })
        var commands: [[String]] = []
        if let password { commands.append(["AUTH"] + (self.address.user.map { [$0] } ?? []) + [password]) }
        if self.address.database > 0 { commands.append(["SELECT", "\(self.address.database)"]) }
        // A server that wants a password says so to a short command only.
        commands.append(["PING"])
        for reply in try self.send(commands.map { $0.map { Array($0.utf8) } }, until: deadline) {
            if case .error(let reason) = reply { throw ValkeyFailure(reason) }
        }
    }

    private static func encoded(_ command: [[UInt8]]) -> [UInt8] {
        command.reduce(into: Array("*\(command.count)\r\n".utf8)) { bytes, part in
            bytes += Array("$\(part.count)\r\n".utf8) + part + [0x0D, 0x0A]
        }
    }
}
