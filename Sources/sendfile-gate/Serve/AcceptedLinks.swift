import SignedLinks
import SignedLinksCDN

/// The links that a gate accepts: those in the format of new links, those in older formats, grants, and links of CDNs.
struct AcceptedLinks: Sendable {
    /// Makes and verifies links in the format of new links.
    let newest: SignedLinks
    /// Verify links in older formats.
    private let older: [SignedLinks]
    /// Makes and verifies grants; `nil` if `hmac` is not one of the formats.
    let grants: SignedGrants?
    let keys: GateKeys

    /// - Parameters:
    ///   - formats: At least one, that of new links first.
    ///   - keys: The keys, of which the first one signs, and those of CDNs.
    ///   - timeout: The lifetime of links that contain the time at which they were made.
    init(_ formats: GateFormats, keys: GateKeys, timeout: Duration) throws(SignedLinksError) {
        self.keys = keys
        var links: [SignedLinks] = []
        for format in formats.all { links.append(try SignedLinks(format: format, keys: keys.links, timeout: timeout)) }
        self.newest = links[0]
        self.older = Array(links.dropFirst())
        self.grants = formats.all.contains(.hmac) ? try SignedGrants(keys: keys.links) : nil
    }

    /// Verifies links of CDNs; `nil` if the settings name none.
    var cdn: CDNLinks? { self.keys.cdn }

    /// One object for each format.
    var all: [SignedLinks] { [self.newest] + self.older }

    /// Verifies a request's link in each format.
    ///
    /// A link is valid or expired if it is so in one of the formats. Otherwise the verdict is that of the format that
    /// the link has, or of the first format if it has none of them.
    func verify(path: ArraySlice<UInt8>, query: String, at now: LinkTime, binding: LinkBinding) -> LinkVerdict {
        var verdict = self.newest.verify(path: path, query: query, at: now, binding: binding)
        for links in self.older where Self.weight(of: verdict) < 3 {
            let other = links.verify(path: path, query: query, at: now, binding: binding)
            if Self.weight(of: other) > Self.weight(of: verdict) { verdict = other }
        }
        return verdict
    }

    /// Verifies a request's link, or its grant if its URL is not a link, or what a CDN signed if the grant is not valid.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - now: The time of verification.
    ///   - binding: The values that links are bound to. A grant has to be limited to some value of each, and so does a link of a CDN.
    ///   - cdnRequest: The same request for a verifier of CDNs.
    func verify(
        _ request: GrantRequest, at now: LinkTime, binding: LinkBinding, cdnRequest: (CDNLinks) -> CDNRequest
    ) -> LinkVerdict {
        let verdict = self.verify(path: request.path[...], query: request.query, at: now, binding: binding)
        guard Self.weight(of: verdict) == 0 else { return verdict }
        var found = self.grants?.verify(request, at: now) ?? .invalid(.missingSignature)
        if let cdn, found.statusCode == 404 {
            // A cookie with a grant of other files does not matter for a URL that a CDN signed.
            let other = cdn.verify(cdnRequest(cdn), at: now)
            if other != .invalid(.missingSignature) { found = other }
        }
        switch found {
        case .invalid(.missingSignature): return verdict
        case .valid(let link):
            let missing = link.grant.flatMap { Self.missingLimit(of: $0.grant, binding) }
            return missing.map { .invalid(.unlimitedGrant($0)) } ?? .valid(link)
        case let other: return other
        }
    }

    /// A value that links are bound to, and to which a grant is not limited.
    private static func missingLimit(of grant: Grant, _ binding: LinkBinding) -> String? {
        if binding.clientAddress != nil, grant.networks.isEmpty { return "client's address" }
        if binding.user != nil, grant.user == nil { return "user" }
        if binding.method != nil, grant.methods.isEmpty { return "method" }
        return nil
    }

    /// How much a verdict says about a link: the highest number is that of a valid link.
    private static func weight(of verdict: LinkVerdict) -> Int {
        switch verdict {
        case .valid: 3
        case .expired: 2
        case .invalid(let flaw):
            // These two mean that the URL is not a link of the format.
            flaw.code == .missingSignature || flaw.code == .malformed ? 0 : 1
        }
    }
}
