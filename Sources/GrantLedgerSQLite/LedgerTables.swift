import SignedLinks

/// The tables of a ledger, and their statements.
enum LedgerTables {
    /// The application and the version that SQLite keeps in the head of the file.
    struct Format: Equatable {
        let application: Int64
        let version: Int64
    }

    /// `sfgl`.
    static let format = Format(application: 0x7366_676C, version: 1)

    /// The format of the file; `nil` for a file without tables.
    static func format(_ connection: SQLiteConnection) throws(SQLiteFailure) -> Format? {
        guard try connection.run("SELECT 1 FROM sqlite_master LIMIT 1").first != nil else { return nil }
        return Format(
            application: try connection.run("PRAGMA application_id")[0][0].number ?? 0,
            version: try connection.run("PRAGMA user_version")[0][0].number ?? 0)
    }

    static func create(_ connection: SQLiteConnection) throws(SQLiteFailure) -> Format {
        for statement in [
            "PRAGMA application_id = \(Self.format.application)", "PRAGMA user_version = \(Self.format.version)",
            // The time of the call revokeAll(before:), in at most one row.
            "CREATE TABLE revocations (number INTEGER PRIMARY KEY CHECK (number = 1), before INTEGER NOT NULL)",
            """
            CREATE TABLE grants (
                id TEXT PRIMARY KEY, revoked INTEGER, uses INTEGER NOT NULL DEFAULT 0, most INTEGER, expires INTEGER
            ) WITHOUT ROWID
            """,
            "CREATE INDEX grants_by_expiry ON grants (expires)",
            "CREATE TABLE uses (id TEXT NOT NULL, client TEXT NOT NULL, begin INTEGER NOT NULL, file TEXT NOT NULL)",
            "CREATE INDEX uses_by_client ON uses (id, client, begin)",
            "CREATE INDEX uses_by_time ON uses (id, begin)",
        ] { try connection.run(statement) }
        return Self.format
    }

    /// The state on which the verdict about a use depends, in one statement, so that it is that of one moment.
    static func known(_ use: GrantUse, _ connection: SQLiteConnection) throws(SQLiteFailure) -> GrantUse.Known {
        let row = try connection.run(
            """
            SELECT (SELECT before FROM revocations), (SELECT revoked FROM grants WHERE id = ?1),
                (SELECT uses FROM grants WHERE id = ?1),
                EXISTS (SELECT 1 FROM uses WHERE id = ?1 AND client = ?2 AND begin > ?3)
            """, .init(use.id), .text(use.client), .integer(use.windowStart.secondsSince1970))[0]
        return GrantUse.Known(
            revokedBefore: row[0].number, isRevoked: row[1] != nil, uses: row[2].number ?? 0,
            isRunning: row[3] == .integer(1))
    }

    /// Records a use of a grant with an id.
    static func add(_ use: GrantUse, _ connection: SQLiteConnection) throws(SQLiteFailure) {
        let id = SQLiteConnection.Value(use.id)
        try connection.run(
            """
            INSERT INTO grants (id, uses, most, expires) VALUES (?1, 1, ?2, ?3)
            ON CONFLICT (id) DO UPDATE SET uses = uses + 1, most = ?2, expires = max(coalesce(expires, 0), ?3)
            """, id, .init(use.limit), .integer(use.expires.secondsSince1970))
        try connection.run(
            "INSERT INTO uses (id, client, begin, file) VALUES (?1, ?2, ?3, ?4)", id, .text(use.client),
            .integer(use.time.secondsSince1970), .text(use.file))
        if use.limit == nil {
            try connection.run(
                """
                DELETE FROM uses WHERE id = ?1 AND begin < coalesce((
                    SELECT begin FROM uses WHERE id = ?1 ORDER BY begin DESC LIMIT 1 OFFSET ?2), 0)
                """, id, .init(GrantUse.mostKept - 1))
        }
    }

    static func revoke(_ id: String, at time: LinkTime, _ connection: SQLiteConnection) throws(SQLiteFailure) {
        try connection.run(
            "INSERT INTO grants (id, revoked) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET revoked = coalesce(revoked, ?2)",
            .text(id), .integer(time.secondsSince1970))
    }

    static func revokeAll(before time: LinkTime, _ connection: SQLiteConnection) throws(SQLiteFailure) {
        try connection.run(
            "INSERT INTO revocations VALUES (1, ?1) ON CONFLICT (number) DO UPDATE SET before = max(before, ?1)",
            .integer(time.secondsSince1970))
    }

    /// Removes the uses of grants that expired before a time. Revocations stay.
    static func removeExpired(_ connection: SQLiteConnection, before time: LinkTime) throws(SQLiteFailure) {
        let time = SQLiteConnection.Value.integer(time.secondsSince1970)
        try connection.run("DELETE FROM uses WHERE id IN (SELECT id FROM grants WHERE expires < ?1)", time)
        try connection.run("DELETE FROM grants WHERE expires < ?1 AND revoked IS NULL", time)
    }

    /// The records of all ids, or of one.
    static func records(_ id: String?, _ connection: SQLiteConnection) throws(SQLiteFailure) -> [GrantRecord] {
        try connection.run(
            "SELECT id, revoked, uses, most, expires FROM grants WHERE ?1 IS NULL OR id = ?1 ORDER BY id", .init(id)
        ).map { row in
            GrantRecord(
                id: row[0].text ?? "", revoked: row[1].time, uses: Int(row[2].number ?? 0),
                limit: row[3].number.map { UInt32(clamping: $0) }, expires: row[4].time)
        }
    }

    /// The uses of an id that are kept.
    static func uses(_ id: String, _ connection: SQLiteConnection) throws(SQLiteFailure) -> [GrantRecord.Use] {
        try connection.run(
            "SELECT begin, client, file FROM uses WHERE id = ?1 ORDER BY begin DESC, rowid DESC", .text(id)
        ).map { row in
            GrantRecord.Use(
                begin: row[0].time ?? LinkTime(secondsSince1970: 0), client: row[1].text ?? "", file: row[2].text ?? "")
        }
    }
}

extension SQLiteConnection.Value {
    fileprivate var time: LinkTime? { self.number.map(LinkTime.init(secondsSince1970:)) }
}
