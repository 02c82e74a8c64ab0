import CSQLite
import SignedLinks

/// A result code of SQLite, and its message.
struct SQLiteFailure: Error {
    private let code: Int32
    private let message: String

    init(code: Int32, _ handle: OpaquePointer?) {
        self.code = code
        self.message = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
    }

    /// The code without its details.
    private var kind: Int32 { self.code & 0xFF }

    /// Whether another connection holds a lock.
    var isBusy: Bool { self.kind == SQLITE_BUSY || self.kind == SQLITE_LOCKED }

    /// The error of a ledger.
    ///
    /// - Parameters:
    ///   - path: The ledger's file.
    ///   - timeout: The time for which a call has waited for a lock.
    func error(_ path: String, timeout: Duration) -> GrantLedgerError {
        let place = "the ledger \(path.debugDescription)"
        switch self.kind {
        case SQLITE_BUSY, SQLITE_LOCKED: return Self.busy(path, timeout: timeout)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return GrantLedgerError(
                .invalidData,
                "\(place) is damaged, or not a database (\(self.message)); restore a copy of it, or move it away to begin a new one"
            )
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            return GrantLedgerError(
                .unavailable,
                "\(place) cannot be opened for writing (\(self.message)); this user must be able to write the file and its directory"
            )
        default: return GrantLedgerError(.unavailable, "\(place) does not work (\(self.message))")
        }
    }

    /// The error after waiting for a lock in vain.
    static func busy(_ path: String, timeout: Duration) -> GrantLedgerError {
        GrantLedgerError(
            .unavailable, "the ledger \(path.debugDescription) was locked by another process for \(timeout)")
    }
}
