import Glibc
import SignedLinks
import Testing

@testable import GrantLedgerSQLite

/// Faults of a ledger in a file.
@Suite struct SQLiteLedgerTests {
    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw LedgerFailure("\(path): \(errno)") }
        fputs(text, file)
        fclose(file)
    }

    /// The error of opening a ledger.
    private static func opening(_ path: String, isCreated: Bool = true) -> GrantLedgerError? {
        do throws(GrantLedgerError) {
            _ = try SQLiteGrantLedger(path: path, isCreated: isCreated, timeout: .milliseconds(200))
            return nil
        } catch {
            return error
        }
    }

    /// The code of the error of a call.
    private static func code(_ body: () async throws -> Void) async throws -> GrantLedgerError.Code? {
        do {
            try await body()
            return nil
        } catch let error as GrantLedgerError {
            return error.code
        }
    }

    @Test("A file that is not a ledger is refused, and not changed") func otherFiles() throws {
        let place = try LedgerPlace(.sqlite)
        try Self.write(String(repeating: "not a database\n", count: 1_000), to: place.path)
        let damaged = try #require(Self.opening(place.path))
        #expect(damaged.code == .invalidData)
        #expect(damaged.description.contains(place.path) && damaged.description.contains("file is not a database"))
        unlink(place.path)

        // An empty file is a database without tables.
        try Self.write("", to: place.path)
        #expect(Self.opening(place.path) == nil)
        for name in ["", "-wal", "-shm"] { unlink("\(place.path)\(name)") }

        try Self.write("", to: place.path)
        do {
            let connection = try SQLiteConnection(path: place.path)
            try connection.run("CREATE TABLE grants (id)")
        }
        let other = try #require(Self.opening(place.path))
        #expect(other.code == .invalidData)
        #expect(other.description.contains("another program"))
        let connection = try SQLiteConnection(path: place.path)
        #expect(try connection.run("PRAGMA journal_mode") == [[.text("delete")]])
        #expect(try connection.run("SELECT name FROM sqlite_master") == [[.text("grants")]])
    }

    @Test("A damaged page is an error, and not a wrong decision") func damage() async throws {
        let place = try LedgerPlace(.sqlite)
        do {
            let ledger = try place.open()
            for number in 0..<200 { _ = try await ledger.use(try GrantUse.test(user: "\(number)") { $0.uses = 200 }) }
        }
        do {
            let connection = try SQLiteConnection(path: place.path)
            connection.wait(.seconds(60))
            // The threads of the ledger may still close their connections.
            let deadline = ContinuousClock.now + .seconds(60)
            while try connection.run("PRAGMA wal_checkpoint(TRUNCATE)")[0][0] != .integer(0) {
                guard ContinuousClock.now < deadline else { throw LedgerFailure("the log is not empty") }
                usleep(10_000)
            }
        }
        // Everything after the first page, which has the names of the tables.
        let file = try #require(fopen(place.path, "r+"))
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        #expect(size > 4 * 4096)
        fseek(file, 4096, SEEK_SET)
        for _ in 4096..<size { fputc(0x5A, file) }
        fclose(file)
        let ledger = try place.open()
        #expect(try await Self.code { _ = try await ledger.use(try GrantUse.test(user: "new")) } == .invalidData)
        #expect(try await Self.code { try await ledger.revoke("share-42") } == .invalidData)
        #expect(try await Self.code { _ = try await ledger.records() } == .invalidData)
    }

    @Test("While another process has locked the file, running uses continue and others fail in time") func locked()
        async throws
    {
        let place = try LedgerPlace(.sqlite)
        let ledger = try SQLiteGrantLedger(path: place.path, timeout: .milliseconds(500))
        let running = try GrantUse.test(user: "running")
        #expect(try await ledger.use(running) == .permitted)
        let connection = try SQLiteConnection(path: place.path)
        try connection.run("BEGIN IMMEDIATE")
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: (GrantLedgerError.Code?).self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await Self.code { _ = try await ledger.use(try GrantUse.test(user: "new \(number)")) }
                }
            }
            for try await code in group { #expect(code == .unavailable) }
        }
        // Not one after another.
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(try await ledger.use(running) == .permitted)
        #expect(try await Self.code { try await ledger.revoke("share-42") } == .unavailable)
        try connection.run("ROLLBACK")
        #expect(try await ledger.use(try GrantUse.test(user: "new")) == .permitted)
        #expect(try await ledger.record(of: "share-42")?.uses == 2)
    }

    @Test("A removed file is an error, and a restored one is used") func replaced() async throws {
        let place = try LedgerPlace(.sqlite)
        let ledger = try SQLiteGrantLedger(path: place.path)
        try await ledger.revoke("share-42")
        // A copy as an administrator makes it.
        do {
            let connection = try SQLiteConnection(path: place.path)
            try connection.run("VACUUM INTO '\(place.path).copy'")
        }
        for name in ["", "-wal", "-shm"] { unlink("\(place.path)\(name)") }
        let use = try GrantUse.test()
        #expect(try await Self.code { _ = try await ledger.use(use) } == .unavailable)
        #expect(access(place.path, F_OK) != 0)
        #expect(rename("\(place.path).copy", place.path) == 0)
        #expect(try await ledger.use(use) == .revoked)
        let other = try GrantUse.test("other")
        #expect(try await ledger.use(other) == .permitted)
        // Without a call between the removal and the rename.
        do {
            let connection = try SQLiteConnection(path: place.path)
            try connection.run("VACUUM INTO '\(place.path).copy'")
        }
        try await ledger.revoke("other")
        #expect(try await ledger.use(other) == .revoked)
        for name in ["-wal", "-shm"] { unlink("\(place.path)\(name)") }
        #expect(rename("\(place.path).copy", place.path) == 0)
        #expect(try await ledger.use(other) == .permitted)
    }

    @Test("Programs that start at the same time create one ledger") func start() async throws {
        for _ in 0..<5 {
            let place = try LedgerPlace(.sqlite)
            let path = place.path
            let ledgers = try await withThrowingTaskGroup(of: SQLiteGrantLedger.self) { group in
                for _ in 0..<8 { group.addTask { try SQLiteGrantLedger(path: path, timeout: .seconds(60)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let uses = try (0..<8).map { number in try GrantUse.test(user: "\(number)") { $0.uses = 3 } }
            #expect(try await LedgerTests.ask(ledgers, uses) == [.permitted: 3, .usedUp: 5])
        }
    }

    @Test("A new file is created on request, for its user only") func creation() throws {
        let place = try LedgerPlace(.sqlite)
        let missing = try #require(Self.opening(place.path, isCreated: false))
        #expect(missing.code == .unavailable && missing.description.contains("does not exist"))
        let nowhere = try #require(Self.opening("\(place.directory)/nowhere/grants.sqlite"))
        #expect(nowhere.code == .unavailable && nowhere.description.contains("No such file or directory"))
        #expect(try #require(Self.opening(place.directory)).code == .unavailable)
        #expect(Self.opening(place.path) == nil)
        var status = stat()
        #expect(stat(place.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(Self.opening(place.path, isCreated: false) == nil)
    }
}
