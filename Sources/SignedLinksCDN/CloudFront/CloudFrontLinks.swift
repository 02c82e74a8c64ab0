import SendfileBasics
public import SignedLinks

/// Verifies signed URLs and signed cookies of Amazon CloudFront, so that links stay valid when a site leaves it.
///
/// ```swift
/// func verifier(pem: String) throws -> CloudFrontLinks {
///     try CloudFrontLinks(
///         keys: [CloudFrontKey(id: "K2JCJMDEHXQW5F", pem: pem)], urls: ["https://d111111abcdef8.cloudfront.net"])
/// }
/// ```
///
/// Canned and custom policies, signatures of RSA and ECDSA with SHA-1 (CloudFront's default) and SHA-256 (`Hash-Algorithm=SHA256`) are
/// accepted. AWS describes them in
/// [Use signed URLs](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html) and
/// [Use signed cookies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html).
/// The module cannot sign, because it has no private key.
public struct CloudFrontLinks: Sendable {
    /// The names of the cookies that CloudFront reads.
    public static let cookieNames = CloudFrontClaim.cookies

    /// The most URLs of a site. Each of them is one more signature to verify for a canned policy.
    private static let mostURLs = 8

    private let keys: [String: CloudFrontKey]
    private let urls: [[UInt8]]

    /// Creates an object that verifies signatures.
    ///
    /// - Parameters:
    ///   - keys: The public keys; a signature by any of them is valid.
    ///   - urls: The beginnings of the signed URLs, scheme and host, such as `https://d111111abcdef8.cloudfront.net`: 1 to 8. They are part of
    ///     what is signed, so a URL that was signed for another host is invalid.
    /// - Throws: `SignedLinksError` if there is no key, two keys have the same id, or a URL is not a scheme and a host.
    public init(keys: [CloudFrontKey], urls: [String]) throws(SignedLinksError) {
        guard !keys.isEmpty else {
            throw SignedLinksError(.noKey, "there is no key to verify CloudFront's signatures with; give at least one")
        }
        self.keys = Dictionary(keys.map { ($0.id, $0) }) { $1 }
        guard self.keys.count == keys.count else {
            throw SignedLinksError(.duplicateKeyID, "two key pairs of CloudFront have the same id; give each key once")
        }
        guard (1...Self.mostURLs).contains(urls.count) else {
            throw SignedLinksError(
                .invalidURL,
                "there are \(urls.count) URLs of CloudFront; give 1 to \(Self.mostURLs), such as https://d111111abcdef8.cloudfront.net"
            )
        }
        for url in urls where !Self.isOrigin(url) {
            throw SignedLinksError(
                .invalidURL,
                "a URL of CloudFront is \"\(PercentEncoding.text(url.utf8, keeping: PercentEncoding.pathCharacters))\"; give scheme and host without a path, such as https://d111111abcdef8.cloudfront.net"
            )
        }
        self.urls = urls.map { Array($0.utf8) }
    }

    /// Verifies a request.
    ///
    /// The signature is verified before the policy is read. Then follow the URL and the client's address, and last the times. Of several
    /// cookies, one has to be valid; they count only if the URL is not signed.
    ///
    /// A valid link has a `VerifiedLink.grant` with the policy's expiry and network. Its scope is the folder of a resource that
    /// ends with `/*`, and the file for every other resource. The expiry is the second before `DateLessThan`.
    public func verify(_ request: CDNRequest, at now: LinkTime = .now) -> LinkVerdict {
        do throws(LinkFlaw) {
            let claims = try CloudFrontClaim.all(in: request)
            guard !claims.isEmpty else { return .invalid(.missingSignature) }
            let urls = try self.urls(of: request)
            return LinkVerdict.best(of: claims.lazy.map { self.verify($0, request, urls, at: now) })
        } catch {
            return .invalid(error)
        }
    }

    private func verify(
        _ claim: CloudFrontClaim, _ request: CDNRequest, _ urls: [[UInt8]], at now: LinkTime
    ) -> LinkVerdict {
        do throws(LinkFlaw) {
            guard let key = self.keys[claim.keyID] else { throw LinkFlaw.unknownKey(claim.keyID) }
            let (policy, origin) = try Self.policy(of: claim, by: key, urls, self.urls)
            let path = try LinkPath(requested: request.path)
            var asked = GrantRequest(path: request.path)
            asked.clientAddress = request.clientAddress
            let grant = policy.grant(Self.scope(of: policy, origin, path, request))
            let verified = VerifiedGrant(grant, in: claim.place, token: claim.token)
            return try verified.verdict(on: path, asked, key: key.id, at: now)
        } catch {
            return .invalid(error)
        }
    }

    /// The policy of a claim with a correct signature, and the beginning of the URL that it covers.
    private static func policy(
        of claim: CloudFrontClaim, by key: CloudFrontKey, _ urls: [[UInt8]], _ origins: [[UInt8]]
    ) throws(LinkFlaw) -> (CloudFrontPolicy, origin: [UInt8]) {
        switch claim.terms {
        case .canned(let expires):
            guard let time = UnixTime.decimal(Array(expires.utf8)),
                let index = urls.firstIndex(where: { url in
                    key.hasSigned(CloudFrontPolicy.canned(url, expires: expires), claim.signature, claim.hash)
                })
            else { throw LinkFlaw.wrongSignature }
            return (CloudFrontPolicy(urls[index], expires: time), origins[index])
        case .custom(let text):
            guard key.hasSigned(text, claim.signature, claim.hash) else { throw LinkFlaw.wrongSignature }
            let policy = try CloudFrontPolicy(text)
            guard let index = urls.firstIndex(where: policy.resource.matches) else { throw LinkFlaw.otherPath }
            return (policy, origins[index])
        }
    }

    /// The URLs that may have been signed: without CloudFront's parameters, which are not part of it.
    private func urls(of request: CDNRequest) throws(LinkFlaw) -> [[UInt8]] {
        let query = QueryArguments(Array(request.query.utf8)).without(CloudFrontClaim.parameters)
        let target = Array(request.rawPath.utf8) + (query.isEmpty ? [] : [UInt8(ascii: "?")] + query)
        // With a quotation mark, a URL could contain a part of a canned policy.
        guard target.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else { throw LinkFlaw.malformed("its URL has a character that has to be encoded") }
        return self.urls.map { $0 + target }
    }

    private static func scope(
        of policy: CloudFrontPolicy, _ origin: [UInt8], _ path: LinkPath, _ request: CDNRequest
    ) -> Grant.Scope {
        let resource = policy.resource.bytes
        guard resource.starts(with: origin) else { return .file(path.bytes) }
        let pattern = URLPattern(PercentEncoding.decode(resource.dropFirst(origin.count)))
        return pattern.scope(of: path, in: PercentEncoding.decode(request.rawPath.utf8))
    }

    /// Whether a text is a scheme and a host, perhaps with a port.
    private static func isOrigin(_ url: String) -> Bool {
        for scheme in ["https://", "http://"] where url.hasPrefix(scheme) {
            let host = url.dropFirst(scheme.count)
            return !host.isEmpty
                && host.utf8.allSatisfy { PercentEncoding.isUnreserved($0) || ":[]".utf8.contains($0) }
        }
        return false
    }
}
