import SendfileBasics
import SignedLinks

/// A link with a grant, compared with the gate's settings.
struct GivenGrant {
    private let url: URLText
    private let settings: GateSettings
    private let grants: SignedGrants
    private let request: GrantRequest

    /// - Returns: `nil` if the URL contains no grant's token below the gate's prefix.
    init?(url: URLText, settings: GateSettings) {
        let path = PercentEncoding.decode(url.path.utf8)
        guard let grants = settings.accepted.grants, path.starts(with: settings.prefix.utf8) else { return nil }
        var request = GrantRequest(
            path: path.dropFirst(settings.prefix.utf8.count), query: String(url.query.dropFirst()))
        request.asksLedger = settings.ledger != nil
        self.request = request
        guard self.request.place != nil else { return nil }
        (self.url, self.settings, self.grants) = (url, settings, grants)
    }

    /// The reason why the gate refuses the link, with the remedy; `nil` if it accepts it.
    var flaw: String? {
        switch self.grants.verify(self.request) {
        case .valid(let link) where link.expires > .now + self.settings.longest:
            return
                "the grant expires later than SENDFILE_LINK_LONGEST allows: the program that signs gives the expiry in milliseconds; it must "
                + "be in seconds since 1970"
        case .valid
        where self.request.place == .exchange && self.settings.cookie.isSecure && self.url.text.hasPrefix("http:"):
            return
                "the link is exchanged for a cookie that browsers refuse without HTTPS: use an https URL, or set "
                + "\(GateCookie.setting)=\(GateCookie.withoutTLS.rawValue)"
        case .valid: return nil
        case .expired:
            return
                "the grant has expired by this machine's clock: if it is new, the clock of the machine that signs differs "
                + "(timedatectl set-ntp true on both)"
        case .invalid(let flaw) where flaw == .uncountedGrant: return "\(flaw): set \(LedgerSettings.ledger)"
        // The client's address and the user are known only to the gate.
        case .invalid(let flaw) where flaw.code == .missingBinding || flaw.code == .otherMethod: return nil
        case .invalid(let flaw) where flaw.code == .wrongSignature || flaw.code == .unknownKey:
            return
                "\(flaw); the program that signs has another secret, or does not sign the text as the article Grants specifies"
        case .invalid(let flaw): return "\(flaw)"
        }
    }

    /// The URL of the file without the token.
    var plainURL: URLText {
        guard self.request.place == .path else { return self.url.at(self.url.path) }
        let prefix = String(decoding: PercentEncoding.encodePath(self.settings.prefix.utf8), as: UTF8.self)
        let rest = self.url.path.dropFirst(prefix.count + 1).drop { $0 != "/" }
        return self.url.at("\(prefix)\(rest)")
    }
}
