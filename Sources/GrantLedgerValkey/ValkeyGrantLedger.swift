import Crypto
import SendfileBasics
public import SignedLinks

/// A ledger in a Valkey or Redis server, for programs of several machines.
///
/// ```swift
/// let ledger = try ValkeyGrantLedger("valkey://192.0.2.10:6379", password: secret)
/// try await ledger.revoke("share-42")
/// ```
///
/// Each decision is one script that the server runs. Calls run on four threads of the ledger, each with a connection of its own, which is
/// made again after a failure.
public struct ValkeyGrantLedger: GrantLedger {
    private let address: ValkeyAddress
    private let timeout: Duration
    private let threads: LedgerThreads<ValkeyConnection>

    /// Creates a ledger. It connects at its first call.
    ///
    /// - Parameters:
    ///   - url: `valkey://host:port`, `valkey://user@host:port/database`, or `valkey:///run/valkey/valkey.sock`. The port is 6379 by default.
    ///   - password: The password of the user.
    ///   - timeout: The time for a call, including the connection.
    /// - Throws: `GrantLedgerError` if the URL is not well-formed.
    public init(_ url: String, password: String? = nil, timeout: Duration = .seconds(2)) throws(GrantLedgerError) {
        let address = try ValkeyAddress(url)
        self.address = address
        self.timeout = timeout
        self.threads = LedgerThreads(count: 4) { ValkeyConnection(address, password: password) }
    }

    /// Looks whether the server answers.
    public func check() async throws {
        _ = try await self.run { connection, deadline in
            try Self.replies(connection, [["PING"].map { Array($0.utf8) }], until: deadline)
        }
    }

    public func use(_ use: GrantUse) async throws -> GrantUse.Verdict {
        let (keys, values) = LedgerScript.parts(use)
        switch try await self.run(.use, keys, values) {
        case "permitted": return .permitted
        case "revoked": return .revoked
        case "usedUp": return .usedUp
        case let reply:
            throw GrantLedgerError(
                .invalidData, "the ledger at \(self.address.description) has an unknown verdict: \(reply ?? "none")")
        }
    }

    public func revoke(_ id: String) async throws {
        _ = try await self.run(
            .revoke, [LedgerScript.grant(id), LedgerScript.ids], [LinkTime.now.description, id].map { Array($0.utf8) })
    }

    public func revokeAll(before: LinkTime) async throws {
        _ = try await self.run(.revokeAll, [LedgerScript.everything], [Array(before.description.utf8)])
    }

    public func records() async throws -> [GrantRecord] {
        try await self.run { connection, deadline in
            let range = ["ZRANGE", LedgerScript.ids, "0", "-1"].map { Array($0.utf8) }
            let ids = try Self.replies(connection, [range], until: deadline)[0].list?.compactMap(\.string) ?? []
            var records: [GrantRecord] = []
            // Some at a time, so that other commands are not delayed.
            for start in stride(from: 0, to: ids.count, by: 200) {
                let part = ids[start..<min(start + 200, ids.count)]
                let replies = try Self.replies(connection, part.map(Self.fields), until: deadline)
                records += zip(part, replies).compactMap { Self.record($0, $1) }
            }
            return records.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        }
    }

    public func record(of id: String) async throws -> GrantRecord? {
        try await self.run { connection, deadline in
            let list = ["LRANGE", LedgerScript.uses(id), "0", "-1"].map { Array($0.utf8) }
            let replies = try Self.replies(connection, [Self.fields(id), list], until: deadline)
            var record = Self.record(id, replies[0])
            record?.details = (replies[1].list ?? []).compactMap {
                if case .text(let entry) = $0 { LedgerScript.use(entry) } else { nil }
            }
            return record
        }
    }

    /// The command that reads the fields of a grant.
    private static func fields(_ id: String) -> [[UInt8]] {
        ["HMGET", LedgerScript.grant(id), "revoked", "uses", "most", "expires"].map { Array($0.utf8) }
    }

    private static func record(_ id: String, _ reply: ValkeyReply) -> GrantRecord? {
        guard let fields = reply.list, fields.count == 4, fields.contains(where: { $0 != .none }) else { return nil }
        return GrantRecord(
            id: id, revoked: fields[0].number.map(LinkTime.init(secondsSince1970:)), uses: Int(fields[1].number ?? 0),
            limit: fields[2].number.map { UInt32(clamping: $0) },
            expires: fields[3].number.map(LinkTime.init(secondsSince1970:)))
    }

    /// Runs a script, which the server knows after the first time.
    private func run(_ script: LedgerScript, _ keys: [String], _ values: [[UInt8]]) async throws -> String? {
        let arguments = ["\(keys.count)"].map { Array($0.utf8) } + keys.map { Array($0.utf8) } + values
        return try await self.run { connection, deadline in
            func call(_ name: String, _ text: String) throws -> ValkeyReply {
                let command = [name, text].map { Array($0.utf8) } + arguments
                return try connection.run([command], until: deadline)[0]
            }
            var reply = try call("EVALSHA", script.digest)
            // The server was restarted, or another one has taken its place.
            if case .error(let reason) = reply, reason.hasPrefix("NOSCRIPT") { reply = try call("EVAL", script.text) }
            return try Self.checked(reply, connection).string
        }
    }

    private static func replies(
        _ connection: ValkeyConnection, _ commands: [[[UInt8]]], until deadline: ContinuousClock.Instant
    ) throws -> [ValkeyReply] {
        try connection.run(commands, until: deadline).map { try Self.checked($0, connection) }
    }

    /// Refuses an error reply.
    private static func checked(_ reply: ValkeyReply, _ connection: ValkeyConnection) throws -> ValkeyReply {
        guard case .error(let reason) = reply else { return reply }
        // After a change of roles, the name of the server may lead to another one.
        connection.drop()
        throw connection.error(reason)
    }

    private func run<Result: Sendable>(
        _ body: @escaping @Sendable (ValkeyConnection, ContinuousClock.Instant) throws -> Result
    ) async throws -> Result {
        let deadline = ContinuousClock.now + self.timeout
        let late = GrantLedgerError(
            .unavailable, "the ledger at \(self.address.description) does not answer: no answer in time")
        return try await self.threads.run(until: deadline, or: late) { try body($0, deadline) }
    }
}

extension LedgerScript {
    /// The name of the script at the server: its SHA-1 in hexadecimal digits.
    fileprivate var digest: String { Hexadecimal.encode(Insecure.SHA1.hash(data: Array(self.text.utf8))) }
}
