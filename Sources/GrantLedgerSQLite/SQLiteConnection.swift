import CSQLite
import Glibc

/// A connection to a database. Only one thread may use it.
final class SQLiteConnection {
    /// A value of a column or of a parameter.
    enum Value: Equatable, ExpressibleByNilLiteral {
        case null
        case integer(Int64)
        case text(String)

        init(nilLiteral: ()) { self = .null }
    }

    private let handle: OpaquePointer
    /// The prepared statements by their text.
    private var statements: [String: OpaquePointer] = [:]

    /// Opens a file that exists. SQLite reads it at the first statement.
    init(path: String) throws(SQLiteFailure) {
        var handle: OpaquePointer?
        // Without a mutex, because a connection belongs to one thread.
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let failure = SQLiteFailure(code: code, handle)
            sqlite3_close(handle)
            throw failure
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
    }

    deinit {
        for statement in self.statements.values { sqlite3_finalize(statement) }
        sqlite3_close(self.handle)
    }

    /// Sets the time for which a statement waits while another connection writes.
    func wait(_ duration: Duration) {
        let (seconds, fraction) = duration.components
        sqlite3_busy_timeout(self.handle, Int32(clamping: max(1, seconds * 1_000 + fraction / 1_000_000_000_000_000)))
    }

    /// Runs a statement.
    ///
    /// - Returns: The rows.
    @discardableResult
    func run(_ text: String, _ values: Value...) throws(SQLiteFailure) -> [[Value]] {
        let statement = try self.statement(text)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in zip(Int32(1)..., values) { try self.bind(value, at: index, of: statement) }
        var rows: [[Value]] = []
        while true {
            let code = sqlite3_step(statement)
            switch code {
            case SQLITE_ROW: rows.append((0..<sqlite3_column_count(statement)).map { Self.column($0, of: statement) })
            case SQLITE_DONE: return rows
            default: throw SQLiteFailure(code: code, self.handle)
            }
        }
    }

    /// Runs statements as one.
    ///
    /// - Parameter writes: Whether no other connection may write meanwhile.
    func transaction<Result>(
        writes: Bool = true, _ body: () throws(SQLiteFailure) -> Result
    ) throws(SQLiteFailure) -> Result {
        try self.run(writes ? "BEGIN IMMEDIATE" : "BEGIN")
        do throws(SQLiteFailure) {
            let result = try body()
            try self.run("COMMIT")
            return result
        } catch {
            // Some failures have rolled back already.
            if sqlite3_get_autocommit(self.handle) == 0 { _ = try? self.run("ROLLBACK") }
            throw error
        }
    }

    private func statement(_ text: String) throws(SQLiteFailure) -> OpaquePointer {
        if let statement = self.statements[text] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(self.handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw SQLiteFailure(code: code, self.handle) }
        self.statements[text] = statement
        return statement
    }

    private func bind(_ value: Value, at index: Int32, of statement: OpaquePointer) throws(SQLiteFailure) {
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(statement, index)
        case .integer(let number): code = sqlite3_bind_int64(statement, index, number)
        case .text(var text):
            code = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { bytes in
                    sqlite_bind_copy(statement, index, bytes.baseAddress, Int32(bytes.count))
                }
            }
        }
        guard code == SQLITE_OK else { throw SQLiteFailure(code: code, self.handle) }
    }

    private static func column(_ index: Int32, of statement: OpaquePointer) -> Value {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
        default:
            guard let text = sqlite3_column_text(statement, index) else { return .text("") }
            let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, index)))
            return .text(String(decoding: bytes, as: UTF8.self))
        }
    }
}

extension SQLiteConnection.Value {
    init(_ number: (some BinaryInteger)?) { self = number.map { .integer(Int64($0)) } ?? .null }

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    var number: Int64? { if case .integer(let number) = self { number } else { nil } }

    var text: String? { if case .text(let text) = self { text } else { nil } }
}
