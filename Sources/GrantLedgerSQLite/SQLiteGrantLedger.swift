import CSQLite
public import SignedLinks

/// A ledger in an SQLite file, for all programs of one machine.
///
/// ```swift
/// let ledger = try SQLiteGrantLedger(path: "/var/lib/downloads/grants.sqlite")
/// try await ledger.revoke("share-42")
/// ```
///
/// Several processes may use one file at a time, which must not be on a network file system, because of its write-ahead log. SQLite
/// blocks, so all calls run on two threads of the ledger: one reads, so that requests that belong to a running use do not wait for the
/// other, which writes.
public struct SQLiteGrantLedger: GrantLedger {
    /// The version of SQLite that the program is linked with.
    package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    private let path: String
    private let timeout: Duration
    private let reader: LedgerThreads<LedgerFile>
    private let writer: LedgerThreads<LedgerFile>

    /// Opens a ledger, and creates it if it does not exist. Blocks for as long as the file is locked, at most `timeout`.
    ///
    /// - Parameters:
    ///   - path: The file. SQLite keeps two more beside it, whose names end with `-wal` and `-shm`.
    ///   - isCreated: Whether a file that does not exist is created, readable for this user only.
    ///   - timeout: The time for which a call waits for a lock of another process.
    /// - Throws: `GrantLedgerError` if the file cannot be opened or is not a ledger.
    public init(path: String, isCreated: Bool = true, timeout: Duration = .seconds(2)) throws(GrantLedgerError) {
        self.path = path
        self.timeout = timeout
        let file = LedgerFile(path: path, timeout: timeout)
        if isCreated { try file.create() }
        try file.prepare()
        self.reader = LedgerThreads(count: 1) { LedgerFile(path: path, timeout: timeout) }
        self.writer = LedgerThreads(count: 1) { LedgerFile(path: path, timeout: timeout) }
    }

    public func use(_ use: GrantUse) async throws -> GrantUse.Verdict {
        // Most requests belong to a running use, and write nothing.
        let verdict = try await self.read { connection throws(SQLiteFailure) in
            use.verdict(try LedgerTables.known(use, connection))
        }
        if let verdict { return verdict }
        return try await self.write { file, connection throws(SQLiteFailure) in
            try file.clean(connection, at: use.time)
            if let verdict = use.verdict(try LedgerTables.known(use, connection)) { return verdict }
            try LedgerTables.add(use, connection)
            return .permitted
        }
    }

    public func revoke(_ id: String) async throws {
        try await self.write { _, connection throws(SQLiteFailure) in
            try LedgerTables.revoke(id, at: .now, connection)
        }
    }

    public func revokeAll(before: LinkTime) async throws {
        try await self.write { _, connection throws(SQLiteFailure) in
            try LedgerTables.revokeAll(before: before, connection)
        }
    }

    public func records() async throws -> [GrantRecord] {
        try await self.read { connection throws(SQLiteFailure) in try LedgerTables.records(nil, connection) }
    }

    public func record(of id: String) async throws -> GrantRecord? {
        try await self.read { connection throws(SQLiteFailure) in
            try connection.transaction(writes: false) { () throws(SQLiteFailure) in
                var record = try LedgerTables.records(id, connection).first
                record?.details = try LedgerTables.uses(id, connection)
                return record
            }
        }
    }

    private func read<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(SQLiteFailure) -> Result
    ) async throws -> Result {
        let deadline = ContinuousClock.now + self.timeout
        return try await self.reader.run(until: deadline, or: SQLiteFailure.busy(self.path, timeout: self.timeout)) {
            try $0.use(until: deadline, body)
        }
    }

    /// Calls `body` in a transaction.
    private func write<Result: Sendable>(
        _ body: @escaping @Sendable (LedgerFile, SQLiteConnection) throws(SQLiteFailure) -> Result
    ) async throws -> Result {
        let deadline = ContinuousClock.now + self.timeout
        return try await self.writer.run(until: deadline, or: SQLiteFailure.busy(self.path, timeout: self.timeout)) {
            file in
            try file.use(until: deadline) { connection throws(SQLiteFailure) in
                try connection.transaction { () throws(SQLiteFailure) in try body(file, connection) }
            }
        }
    }
}
