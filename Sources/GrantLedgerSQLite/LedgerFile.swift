import CSQLite
import Glibc
import SignedLinks

/// The file of a ledger and one connection to it. Only one thread may use it.
///
/// The connection is opened at the first use, and again if the file was replaced.
final class LedgerFile {
    let path: String
    private let timeout: Duration
    private var open: (connection: SQLiteConnection, file: Identity)?
    /// The time of the last removal of expired grants by this connection.
    private var cleaned: ContinuousClock.Instant?

    init(path: String, timeout: Duration) {
        self.path = path
        self.timeout = timeout
    }

    /// The number that tells a file from another one with its name.
    private struct Identity: Equatable {
        let device: dev_t
        let number: ino_t

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.device = status.st_dev
            self.number = status.st_ino
        }
    }

    /// Calls `body` with the connection. Statements wait for locks until the deadline.
    func use<Result>(
        until deadline: ContinuousClock.Instant, _ body: (SQLiteConnection) throws(SQLiteFailure) -> Result
    ) throws(GrantLedgerError) -> Result {
        let connection = try self.connection(until: deadline)
        connection.wait(deadline - .now)
        do throws(SQLiteFailure) {
            return try body(connection)
        } catch {
            if !error.isBusy { self.open = nil }
            throw error.error(self.path, timeout: self.timeout)
        }
    }

    private func connection(until deadline: ContinuousClock.Instant) throws(GrantLedgerError) -> SQLiteConnection {
        guard let file = Identity(self.path) else {
            self.open = nil
            throw GrantLedgerError(
                .unavailable,
                "the ledger \(self.path.debugDescription) does not exist; restore it, or restart the program to begin a new one"
            )
        }
        if let open, open.file == file { return open.connection }
        self.open = nil
        do throws(SQLiteFailure) {
            let connection = try SQLiteConnection(path: self.path)
            connection.wait(deadline - .now)
            // A use and a revocation are on the disk before their call returns.
            try connection.run("PRAGMA synchronous = FULL")
            self.open = (connection, file)
            return connection
        } catch {
            throw error.error(self.path, timeout: self.timeout)
        }
    }

    /// Creates the file if it does not exist.
    func create() throws(GrantLedgerError) {
        // Only the user that runs the program may read who downloaded what.
        let descriptor = Glibc.open(self.path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            let reason = String(cString: strerror(errno))
            throw GrantLedgerError(
                .unavailable,
                "the ledger \(self.path.debugDescription) cannot be created: \(reason); its directory must exist, and this user must be able to write there"
            )
        }
    }

    /// Creates the tables of a new file, and refuses a file with other tables.
    func prepare() throws(GrantLedgerError) {
        let deadline = ContinuousClock.now + self.timeout
        let format = try self.use(until: deadline) { connection throws(SQLiteFailure) in
            while true {
                do throws(SQLiteFailure) {
                    return try Self.prepare(connection)
                } catch  where error.isBusy && ContinuousClock.now < deadline {
                    // SQLite itself does not wait for the locks that a change of the mode needs.
                    usleep(10_000)
                }
            }
        }
        guard format == LedgerTables.format else {
            throw GrantLedgerError(
                .invalidData,
                "the ledger \(self.path.debugDescription) is a database of another program, or of another version of this one; give another file"
            )
        }
    }

    private static func prepare(_ connection: SQLiteConnection) throws(SQLiteFailure) -> LedgerTables.Format {
        if let format = try LedgerTables.format(connection), format != LedgerTables.format { return format }
        try connection.run("PRAGMA journal_mode = WAL")
        return try connection.transaction { () throws(SQLiteFailure) in
            if let format = try LedgerTables.format(connection) { return format }
            return try LedgerTables.create(connection)
        }
    }

    /// Removes the uses of expired grants, at most once an hour.
    func clean(_ connection: SQLiteConnection, at time: LinkTime) throws(SQLiteFailure) {
        if let cleaned, ContinuousClock.now - cleaned < .seconds(3600) { return }
        self.cleaned = .now
        try LedgerTables.removeExpired(connection, before: time - GrantUse.keptAfterExpiry)
    }
}
