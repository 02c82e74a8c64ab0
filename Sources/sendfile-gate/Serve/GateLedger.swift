import FastCGI
import Logging
import Sendfile
import SignedLinks

/// Asks the ledger about requests with a grant.
struct GateLedger: Sendable {
    /// A response that takes the place of the file.
    struct Refusal: Sendable {
        let status: Int
        /// The kind of reason, for ``RefusalLog``.
        let kind: String
        let reason: String
        let response: Response
        var level = Logger.Level.info
    }

    private let ledger: any GrantLedger
    private let settings: LedgerSettings
    private let refusals: RefusalLog
    private let record = Locked(Record())

    /// The answers of the ledger since the start.
    private struct Record {
        var answers = 0
        var failures = 0
        var permittedUnasked = 0
        /// The reason of the last call; `nil` if the ledger has answered it, or there was none.
        var failure: String?
    }

    init(_ ledger: any GrantLedger, _ settings: LedgerSettings, _ refusals: RefusalLog) {
        self.ledger = ledger
        self.settings = settings
        self.refusals = refusals
    }

    /// Whether the ledger is a file of SQLite.
    var isSQLite: Bool { self.settings.isFile }

    /// The ledger's state for the page with the numbers. The ledger itself is not asked.
    var details: [ServerStatistics.Detail] {
        let record = self.record.withLock { $0 }
        let state = record.failure.map { "the last call failed: \($0)" }
        return [
            .init("ledger", self.settings.place),
            .init(
                "ledger_state",
                state ?? (record.answers > 0 ? "the last call was answered" : "not asked since the start")),
            .init("ledger_answers", count: record.answers), .init("ledger_failures", count: record.failures),
            .init("ledger_permitted_unasked", count: record.permittedUnasked),
        ]
    }

    /// Asks about a request, and counts a use that begins.
    ///
    /// - Parameter begins: Whether the response has content.
    /// - Returns: `nil` if the request is permitted.
    func refusal(of link: VerifiedLink, for request: Request, begins: Bool) async -> Refusal? {
        guard
            let use = GrantUse(
                link, user: request.remoteUser, address: request.remoteAddress, begins: begins,
                window: self.settings.window)
        else { return nil }
        do {
            let verdict = try await self.ledger.use(use)
            self.record.withLock { record in
                record.answers += 1
                record.failure = nil
            }
            switch verdict {
            case .permitted: return nil
            case .revoked:
                return Refusal(
                    status: 410, kind: "revoked", reason: "the grant was revoked", response: ErrorPage.revoked)
            case .usedUp:
                return Refusal(
                    status: 410, kind: "usedUp", reason: "the grant was used as often as it permits",
                    response: ErrorPage.usedUp)
            }
        } catch {
            self.record.withLock { record in
                record.failures += 1
                record.failure = "\(error)"
                if self.settings.isOpenOnFailure { record.permittedUnasked += 1 }
            }
            guard self.settings.isOpenOnFailure else {
                return Refusal(
                    status: 503, kind: "ledger", reason: "\(error)", response: ErrorPage.unavailable, level: .error)
            }
            self.refusals.warn("ledger", "a grant is permitted unasked: \(error)")
            return nil
        }
    }
}
