import Glibc
import GrantLedgerSQLite
import Sendfile
import SignedLinks
import SystemPackage

/// The settings of the ledger of grants: `SENDFILE_GRANT_LEDGER` and those that concern it.
struct LedgerSettings: Sendable {
    static let ledger = "SENDFILE_GRANT_LEDGER"
    static let failure = "SENDFILE_GRANT_LEDGER_FAILURE"
    static let window = "SENDFILE_GRANT_WINDOW"

    static let example = "sqlite:/var/lib/sendfile-gate-ledger/grants.sqlite"

    /// The path of the file.
    private let path: String

    /// Whether requests are permitted while the ledger cannot decide.
    let isOpenOnFailure: Bool

    /// The duration of a use.
    let window: Duration

    /// - Returns: `nil` if there is no ledger.
    init?(_ source: SettingsSource) throws(GateError) {
        let failure = source[Self.failure] ?? "closed"
        guard ["closed", "open"].contains(failure) else {
            throw GateSettings.wrong(Self.failure, failure, "closed or open")
        }
        self.isOpenOnFailure = failure == "open"
        self.window = try GateSettings.duration(source, Self.window) ?? GrantUse.day
        guard let text = source[Self.ledger] else { return nil }
        let scheme = "sqlite:"
        guard text.hasPrefix("\(scheme)/"), !text.hasSuffix("/") else {
            throw GateSettings.wrong(Self.ledger, text, "sqlite: and an absolute path, such as \(Self.example)")
        }
        self.path = String(text.dropFirst(scheme.count))
    }

    /// Opens the ledger.
    ///
    /// - Parameter isCreated: Whether a file that does not exist is created.
    func open(isCreated: Bool) throws(GateError) -> any GrantLedger {
        do {
            return try SQLiteGrantLedger(path: self.path, isCreated: isCreated)
        } catch {
            throw Self.named(error)
        }
    }

    /// Looks whether the ledger can be opened, without creating it.
    ///
    /// - Returns: One line.
    func check() throws(GateError) -> String {
        guard access(self.path, F_OK) != 0, errno == ENOENT else {
            _ = try self.open(isCreated: false)
            return "\(self.path): this user can use it"
        }
        let directory = FilePath(self.path).removingLastComponent()
        guard access(directory.string, W_OK | X_OK) == 0 else {
            throw GateError(
                .unavailable,
                "\(Self.ledger) is \("sqlite:\(self.path)".debugDescription), which this user cannot create in its directory: \(Errno(rawValue: errno))"
            )
        }
        return "\(self.path): this user can create it"
    }

    /// The error with the setting that it is about.
    static func named(_ error: GrantLedgerError) -> GateError {
        let status: GateError.Status =
            switch error.code {
            case .invalidData: .dataError
            case .invalidPlace: .configuration
            default: .unavailable
            }
        return GateError(status, "\(Self.ledger): \(error)".printable)
    }
}
