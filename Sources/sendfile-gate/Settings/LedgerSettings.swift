import Glibc
import GrantLedgerSQLite
import GrantLedgerValkey
import Sendfile
import SignedLinks
import SystemPackage

/// The settings of the ledger of grants: `SENDFILE_GRANT_LEDGER` and those that concern it.
struct LedgerSettings: Sendable {
    static let ledger = "SENDFILE_GRANT_LEDGER"
    static let failure = "SENDFILE_GRANT_LEDGER_FAILURE"
    static let password = "SENDFILE_GRANT_LEDGER_PASSWORD"
    static let window = "SENDFILE_GRANT_WINDOW"

    static let example = "sqlite:/var/lib/sendfile-gate-ledger/grants.sqlite"

    static let serverExample = "valkey://192.0.2.10:6379"

    private enum Place: Sendable {
        /// The path of a file.
        case file(String)
        /// The URL of a server.
        case server(String, password: String?)
    }

    private let location: Place

    /// Whether requests are permitted while the ledger cannot decide.
    let isOpenOnFailure: Bool

    /// The duration of a use.
    let window: Duration

    /// - Returns: `nil` if the settings name no ledger.
    init?(_ source: SettingsSource) throws(GateError) {
        let failure = source[Self.failure] ?? "closed"
        guard ["closed", "open"].contains(failure) else {
            throw GateSettings.wrong(Self.failure, failure, "closed or open")
        }
        self.isOpenOnFailure = failure == "open"
        self.window = try GateSettings.duration(source, Self.window) ?? GrantUse.day
        guard let text = source[Self.ledger] else { return nil }
        if text.hasPrefix("valkey:") || text.hasPrefix("redis:") {
            self.location = .server(text, password: source[Self.password])
            _ = try self.open(isCreated: false)
            return
        }
        let scheme = "sqlite:"
        guard text.hasPrefix("\(scheme)/"), !text.hasSuffix("/") else {
            throw GateSettings.wrong(
                // A password must not be shown.
                Self.ledger, text.contains("@") ? "…" : text,
                "sqlite: and an absolute path, such as \(Self.example), or a URL such as \(Self.serverExample)")
        }
        self.location = .file(String(text.dropFirst(scheme.count)))
    }

    /// The file or the server, for people; a password is not part of it.
    var place: String {
        switch self.location {
        case .file(let path): "sqlite:\(path)"
        case .server(let url, _): url
        }
    }

    /// Whether the ledger is a file.
    var isFile: Bool { if case .file = self.location { true } else { false } }

    /// Opens the ledger. That of a server connects at its first call.
    ///
    /// - Parameter isCreated: Whether a file that does not exist is created.
    func open(isCreated: Bool) throws(GateError) -> any GrantLedger {
        do throws(GrantLedgerError) {
            switch self.location {
            case .file(let path): return try SQLiteGrantLedger(path: path, isCreated: isCreated)
            case .server(let url, let password): return try ValkeyGrantLedger(url, password: password)
            }
        } catch {
            throw Self.named(error)
        }
    }

    /// Asks a server whether it answers.
    ///
    /// - Returns: The reason why it does not; `nil` for a file, and for a server that answers.
    func failure() async -> GateError? {
        guard case .server(let url, let password) = self.location else { return nil }
        do {
            try await ValkeyGrantLedger(url, password: password).check()
            return nil
        } catch {
            return GateError(error)
        }
    }

    /// Looks whether the ledger can be opened, without creating it.
    ///
    /// - Returns: One line.
    func check() async throws(GateError) -> String {
        switch self.location {
        case .file(let path): return try self.check(path)
        case .server(let url, _):
            if let failure = await self.failure() { throw failure }
            return "\(url): the server answers"
        }
    }

    private func check(_ path: String) throws(GateError) -> String {
        guard access(path, F_OK) != 0, errno == ENOENT else {
            _ = try self.open(isCreated: false)
            return "\(path): this user can use it"
        }
        let directory = FilePath(path).removingLastComponent()
        guard access(directory.string, W_OK | X_OK) == 0 else {
            throw GateError(
                .unavailable,
                "\(Self.ledger) is \("sqlite:\(path)".debugDescription), which this user cannot create in its directory: \(Errno(rawValue: errno))"
            )
        }
        return "\(path): this user can create it"
    }

    /// The error with the setting that it is about.
    static func named(_ error: GrantLedgerError) -> GateError {
        let status: GateError.Status =
            switch error.code {
            case .invalidData: .dataError
            case .invalidPlace: .configuration
            default: .unavailable
            }
        return GateError(status, "\(Self.ledger) is unusable: \(error)".printable)
    }
}
