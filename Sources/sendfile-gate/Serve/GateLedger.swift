import FastCGI
import Logging
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

    init(_ ledger: any GrantLedger, _ settings: LedgerSettings, _ refusals: RefusalLog) {
        self.ledger = ledger
        self.settings = settings
        self.refusals = refusals
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
            switch try await self.ledger.use(use) {
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
            guard self.settings.isOpenOnFailure else {
                return Refusal(
                    status: 503, kind: "ledger", reason: "\(error)", response: ErrorPage.unavailable, level: .error)
            }
            self.refusals.warn("ledger", "a grant is permitted unasked: \(error)")
            return nil
        }
    }
}
