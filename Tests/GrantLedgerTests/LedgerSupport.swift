import Glibc
import GrantLedgerSQLite
import GrantLedgerValkey
import SignedLinks

/// A ledger of each kind, which several programs use.
enum LedgerKind: String, CaseIterable, Sendable {
    case sqlite, valkey

    /// The kinds that are tested.
    static var tested: [Self] {
        guard let names = getenv("LEDGERS") else { return Self.allCases }
        return String(cString: names).split(separator: ",").compactMap { Self(rawValue: String($0)) }
    }
}

/// A place of a ledger for one test.
struct LedgerPlace: ~Copyable {
    let kind: LedgerKind
    let directory: String
    /// The server of a ledger in one.
    let server: ValkeyServer?

    /// - Parameter options: Options of the server.
    init(_ kind: LedgerKind, _ options: String...) throws {
        let directory = try Self.makeDirectory()
        let server = kind == .valkey ? try ValkeyServer(in: directory, options) : nil
        (self.kind, self.directory, self.server) = (kind, directory, server)
    }

    deinit {
        self.server?.kill()
        if let pid = try? Self.spawn(["/bin/rm", "-rf", self.directory]) { waitpid(pid, nil, 0) }
    }

    var path: String { "\(self.directory)/grants.sqlite" }

    /// The ledger of one of the programs.
    func open() throws -> any GrantLedger {
        if let server { return try ValkeyGrantLedger(server.url, timeout: .seconds(60)) }
        return try SQLiteGrantLedger(path: self.path, timeout: .seconds(60))
    }

    func valkey() throws -> ValkeyServer {
        guard let server else { throw LedgerFailure("the ledger is in no server") }
        return server
    }

    /// Starts a program.
    static func spawn(_ arguments: [String]) throws -> pid_t {
        var strings = arguments.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, arguments[0], nil, nil, &strings, environ) == 0 else {
            throw LedgerFailure("\(arguments[0]) does not start")
        }
        return pid
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
