import Glibc
import GrantLedgerSQLite
import SignedLinks

/// A ledger of each kind, which several programs use.
enum LedgerKind: String, CaseIterable, Sendable {
    case sqlite
}

/// A place of a ledger for one test.
struct LedgerPlace: ~Copyable {
    let kind: LedgerKind
    let directory: String

    init(_ kind: LedgerKind) throws {
        self.kind = kind
        self.directory = try Self.makeDirectory()
    }

    deinit {
        for name in ["", "-wal", "-shm", ".copy"] { unlink("\(self.path)\(name)") }
        rmdir(self.directory)
    }

    var path: String { "\(self.directory)/grants.sqlite" }

    /// The ledger of one of the programs.
    func open() throws -> any GrantLedger {
        switch self.kind {
        case .sqlite: try SQLiteGrantLedger(path: self.path, timeout: .seconds(60))
        }
    }

    private static func makeDirectory() throws -> String {
        var template = Array("/tmp/grant-ledger-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw LedgerFailure("mkdtemp: \(errno)") }
        return String(cString: path)
    }
}

struct LedgerFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension GrantUse {
    /// The time of the tests.
    static let start = LinkTime.now

    /// A use of a grant for one file, as a program makes it from a request.
    static func test(
        _ id: String? = "share-42", user: String? = "ada", address: String? = nil, begins: Bool = true,
        after seconds: Int64 = 0, path: String = "a b.txt", change: (inout Grant) -> Void = { _ in }
    ) throws -> GrantUse {
        let now = Self.start + .seconds(seconds)
        var grant = Grant(.file(path), expires: now + .seconds(3600))
        grant.id = id
        change(&grant)
        let grants = try SignedGrants(keys: [LinkKey(secret: "s3cr3t")])
        var request = GrantRequest(path: path, query: "grant=\(try grants.token(grant))")
        request.asksLedger = true
        guard case .valid(let link) = grants.verify(request, at: now),
            let use = GrantUse(link, user: user, address: address, begins: begins, at: now)
        else { throw LedgerFailure("the request is \(grants.verify(request, at: now))") }
        return use
    }
}
