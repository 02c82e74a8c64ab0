import SendfileBasics

/// Creates links to files that expire, and verifies them.
///
/// ```swift
/// let links = try SignedLinks(keys: [LinkKey(id: "k1", secret: secret)])
/// let link = try links.link(to: "reports/q3.pdf", expires: .now + .seconds(3600))
/// // /reports/q3.pdf?expires=1780000000&key=k1&signature=…
///
/// switch links.verify(path: "/reports/q3.pdf", query: query) {
/// case .valid(let link): print("send the file \(link.path)")
/// case .expired: print("410")
/// case .invalid(let flaw): print("404, and for the log: \(flaw)")
/// }
/// ```
///
/// A link is independent of the prefix that the site puts before its path: `/files/reports/q3.pdf` and
/// `/reports/q3.pdf` are the same link. Two prefixes that share a secret accept each other's links; use a separate
/// secret for each if they must not.
public struct SignedLinks: Sendable {
    /// The format of the links.
    public let format: LinkFormat

    /// The lifetime of a link, for formats that contain its creation time.
    public let timeout: Duration

    /// The keys, of which the first one signs.
    let keys: [LinkKey]

    private let scheme: any LinkScheme

    /// Creates an object that creates and verifies links.
    ///
    /// - Parameters:
    ///   - format: The format of the links.
    ///   - keys: The first one signs; links signed by any of them are valid. To change a secret, put the new key first,
    ///     and remove the old one when its last link has expired.
    ///   - timeout: The lifetime of a link in whole seconds, for the formats that contain the creation time instead of
    ///     the expiry: `wsgi-xsendfile`, `mod-auth-token` and `lighttpd-secdownload`. It must be the same as in the
    ///     other program's configuration. The other formats do not use it.
    /// - Throws: ``SignedLinksError`` if `keys` is empty, the secret of a key is empty, two keys share a name, the timeout
    ///   is not positive, or the format's settings are invalid.
    public init(format: LinkFormat = .hmac, keys: [LinkKey], timeout: Duration = .seconds(3600))
        throws(SignedLinksError)
    {
        try Self.check(keys)
        let seconds = timeout.components.seconds
        guard seconds > 0 else {
            throw SignedLinksError(
                .invalidTimeout, "the timeout of links is \(timeout); give how long a link is valid, 1 second at least")
        }
        self.format = format
        self.timeout = timeout
        self.keys = keys
        self.scheme =
            switch format.kind {
            case .hmac: HMACScheme()
            case .wsgiXSendfile: TokenScheme(.wsgiXSendfile, timeout: seconds)
            case .modAuthToken: TokenScheme(.modAuthToken, timeout: seconds)
            case .lighttpdSecdownload(let algorithm): TokenScheme(.secdownload(algorithm), timeout: seconds)
            case .nginxSecureLink(let expression, let signature, let expires):
                try SecureLinkScheme(expression: expression, signatureArgument: signature, expiresArgument: expires)
            }
    }

    /// Creates a link.
    ///
    /// - Parameters:
    ///   - path: The file's path, decoded, with or without a leading slash.
    ///   - expires: The last second in which the link is valid, such as `.now + .seconds(3600)`.
    ///   - name: The name to save the file under, which the link contains; only for ``LinkFormat/hmac``.
    ///   - binding: Further values that the link is bound to.
    /// - Returns: The link's path and query, percent-encoded: it begins with `/` and is appended to the site's prefix.
    /// - Throws: ``SignedLinksError`` if the path is invalid (it is empty, contains a NUL byte, or has a component that
    ///   is empty, `.` or `..`), or the format cannot express the expiry, the name or the binding.
    public func link(
        to path: String, expires: LinkTime, name: String? = nil, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        try self.link(to: path.utf8, expires: expires, name: name, binding: binding)
    }

    /// Creates a link to a file whose name need not be UTF-8.
    public func link(
        to path: some Sequence<UInt8>, expires: LinkTime, name: String? = nil, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        let path = Array(path)
        let link: LinkPath
        do {
            link = try LinkPath(path)
        } catch {
            throw SignedLinksError(
                .invalidPath,
                """
                no link can lead to the path "\(PercentEncoding.text(path, keeping: PercentEncoding.pathCharacters))": \(error); give a file's path below the root
                """)
        }
        if let flaw = self.flaw(in: binding) {
            throw SignedLinksError(.invalidBinding, "\(self.format): \(flaw); change the binding or the format")
        }
        if let field = binding.fields.first(where: { $0.value.utf8.contains(0) }) {
            throw SignedLinksError(
                .invalidBinding, "the \(field.name.title) that a link is to be bound to contains a NUL byte; remove it")
        }
        if let name { try self.check(name: name) }
        return try self.scheme.link(
            to: link, name: name, expires: expires.secondsSince1970, binding: binding,
            key: self.keys[0])
    }

    /// Verifies a request's link.
    ///
    /// Signatures are compared in constant time, and the expiry is checked only if the signature is correct.
    ///
    /// - Parameters:
    ///   - path: The request's path below the site's prefix, decoded, with or without a leading slash.
    ///   - query: The request's query as it was sent, without the question mark.
    ///   - now: The time of verification.
    ///   - binding: The values that the link must be bound to, exactly; see ``LinkBinding``.
    public func verify(
        path: String, query: String, at now: LinkTime = .now, binding: LinkBinding = LinkBinding()
    ) -> LinkVerdict {
        self.verify(path: path.utf8, query: query, at: now, binding: binding)
    }

    /// Verifies a request's link whose path need not be UTF-8.
    public func verify(
        path: some Sequence<UInt8>, query: String, at now: LinkTime = .now, binding: LinkBinding = LinkBinding()
    ) -> LinkVerdict {
        do throws(LinkFlaw) {
            if let flaw = self.flaw(in: binding) { throw flaw }
            let claim = try self.scheme.read(path: Array(path), query: Array(query.utf8))
            let key = try self.signer(of: claim, binding: binding)
            if now.secondsSince1970 > claim.expires { return .expired }
            if now.secondsSince1970 < claim.notBefore { throw LinkFlaw.notYetValid }
            return .valid(
                VerifiedLink(
                    path: claim.path.bytes, name: claim.name, expires: LinkTime(secondsSince1970: claim.expires),
                    keyID: key.id))
        } catch {
            return .invalid(error)
        }
    }

    /// The key that signed a claim.
    private func signer(of claim: LinkClaim, binding: LinkBinding) throws(LinkFlaw) -> LinkKey {
        var candidates = self.keys
        if let id = claim.keyID {
            candidates = candidates.filter { $0.id == id }
            guard !candidates.isEmpty else { throw LinkFlaw.unknownKey(id) }
        }
        // With a NUL, one value could be mistaken for two.
        guard !binding.fields.contains(where: { $0.value.utf8.contains(0) }),
            let key = candidates.first(where: { self.scheme.isSigned(claim, binding: binding, by: $0) })
        else { throw LinkFlaw.wrongSignature }
        return key
    }

    private func flaw(in binding: LinkBinding) -> LinkFlaw? {
        for field in LinkBinding.Field.allCases {
            if binding[field] == nil, self.scheme.requiredFields.contains(field) { return .missingBinding(field.title) }
            if binding[field] != nil, !self.scheme.allowedFields.contains(field) {
                return .unsupportedBinding(field.title)
            }
            // mod_auth_token signs a link that is bound to the empty address like one without a binding.
            if binding[field]?.isEmpty == true, self.format == .modAuthToken { return .missingBinding(field.title) }
        }
        return nil
    }

    private func check(name: String) throws(SignedLinksError) {
        guard self.scheme.allowsName else {
            throw SignedLinksError(
                .invalidName,
                "links of the format \(self.format) cannot contain a file's name; omit it, or use the format hmac"
            )
        }
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw SignedLinksError(
                .invalidName,
                "the name under which a file is saved is empty or contains a NUL byte; give another one, or none")
        }
    }

    static func check(_ keys: [LinkKey]) throws(SignedLinksError) {
        guard !keys.isEmpty else {
            throw SignedLinksError(.noKey, "there is no key to sign links with; give at least one secret")
        }
        var ids: Set<String> = []
        for key in keys {
            guard key.id.utf8.count <= 64, key.id.utf8.allSatisfy(PercentEncoding.isUnreserved) else {
                throw SignedLinksError(
                    .invalidKeyID,
                    """
                    a key's name is "\(PercentEncoding.text(key.id.utf8))"; use at most 64 letters, digits, -, ., _ \
                    and ~
                    """)
            }
            guard !key.secret.isEmpty else {
                throw SignedLinksError(
                    .emptySecret, "the secret of the key \"\(key.id)\" is empty; use 32 random bytes")
            }
            guard ids.insert(key.id).inserted else {
                throw SignedLinksError(
                    .duplicateKeyID, "two keys have the name \"\(key.id)\"; give each a name of its own")
            }
        }
    }
}
