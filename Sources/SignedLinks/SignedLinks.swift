import SendfileBasics

/// Makes links to files that expire, and tells right ones from others.
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
/// A link is for the path below wherever the site puts it: `/files/reports/q3.pdf` and `/reports/q3.pdf` are the same to it. Two
/// places that share a secret honour each other's links; give each a secret of its own if they must not.
public struct SignedLinks: Sendable {
    /// What the links look like.
    public let format: LinkFormat

    /// How long a link is valid, where the format carries the time of its making.
    public let timeout: Duration

    /// The first one signs.
    private let keys: [LinkKey]

    private let scheme: any LinkScheme

    /// Prepares to make and verify links.
    ///
    /// - Parameters:
    ///   - format: What the links look like.
    ///   - keys: The first one signs; links of any of them are valid. To change a secret, put the new key in front and take the
    ///     old one away when its last link has expired.
    ///   - timeout: How long a link is valid, in whole seconds, for the formats that carry the time of its making and not its end:
    ///     `wsgi-xsendfile`, `mod-auth-token` and `lighttpd-secdownload`. It must be what the other program has in its
    ///     configuration. The others do not use it.
    /// - Throws: ``SignedLinksError`` if there is no key, one has no secret, two have the same name, the timeout is not
    ///   positive, or the format's settings make no sense.
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

    /// Makes a link.
    ///
    /// - Parameters:
    ///   - path: The file's path, decoded, with or without a leading slash.
    ///   - expires: The last second in which the link is valid, such as `.now + .seconds(3600)`.
    ///   - name: The name that the file is to be saved under, which stands in the link; for ``LinkFormat/hmac`` only.
    ///   - binding: What the link is bound to besides.
    /// - Returns: The link's path and query, percent-encoded: `/` and more, to be put behind the site's prefix.
    /// - Throws: ``SignedLinksError`` if no URL can have the path (it is empty, has a NUL byte, or a component that is empty, `.`
    ///   or `..`), or the format cannot express the expiry, the name or the binding.
    public func link(
        to path: String, expires: LinkTime, name: String? = nil, binding: LinkBinding = LinkBinding()
    ) throws(SignedLinksError) -> String {
        try self.link(to: path.utf8, expires: expires, name: name, binding: binding)
    }

    /// Makes a link to a file whose name need not be UTF-8.
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
                .invalidBinding, "the \(field.name.title) that a link is to be bound to has a NUL byte; take it out")
        }
        if let name { try self.check(name: name) }
        return try self.scheme.link(
            to: link, name: name, expires: expires.secondsSince1970, binding: binding,
            key: self.keys[0])
    }

    /// Tells what a request's link is worth.
    ///
    /// Signatures are compared in a time that does not depend on how much of them is right, and whether the link has expired is
    /// asked only after its signature was found to be right.
    ///
    /// - Parameters:
    ///   - path: The request's path below the site's prefix, decoded, with or without a leading slash.
    ///   - query: The request's query as it was sent, without the question mark.
    ///   - now: The time.
    ///   - binding: What the link has to be bound to: exactly this, see ``LinkBinding``.
    public func verify(
        path: String, query: String, at now: LinkTime = .now, binding: LinkBinding = LinkBinding()
    ) -> LinkVerdict {
        self.verify(path: path.utf8, query: query, at: now, binding: binding)
    }

    /// Tells what a request's link is worth whose path need not be UTF-8.
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

    /// The key that signed what a link says.
    private func signer(of claim: LinkClaim, binding: LinkBinding) throws(LinkFlaw) -> LinkKey {
        var candidates = self.keys
        if let id = claim.keyID {
            candidates = candidates.filter { $0.id == id }
            guard !candidates.isEmpty else { throw LinkFlaw.unknownKey(id) }
        }
        // A NUL would let one value look like two.
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
            // mod_auth_token signs a link that is bound to the empty address as one that is bound to none.
            if binding[field]?.isEmpty == true, self.format == .modAuthToken { return .missingBinding(field.title) }
        }
        return nil
    }

    private func check(name: String) throws(SignedLinksError) {
        guard self.scheme.allowsName else {
            throw SignedLinksError(
                .invalidName,
                "links of the format \(self.format) have no place for a file's name; leave it out, or take the format hmac"
            )
        }
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw SignedLinksError(
                .invalidName,
                "the name for a file to be saved under is empty or has a NUL byte; give another one, or none at all")
        }
    }

    private static func check(_ keys: [LinkKey]) throws(SignedLinksError) {
        guard !keys.isEmpty else {
            throw SignedLinksError(.noKey, "there is no key to sign links with; give at least one secret")
        }
        var ids: Set<String> = []
        for key in keys {
            guard key.id.utf8.count <= 64, key.id.utf8.allSatisfy(PercentEncoding.isUnreserved) else {
                throw SignedLinksError(
                    .invalidKeyID,
                    """
                    a key's name is "\(PercentEncoding.text(key.id.utf8))"; take at most 64 letters, digits, -, ., _ \
                    and ~
                    """)
            }
            guard !key.secret.isEmpty else {
                throw SignedLinksError(
                    .emptySecret, "the secret of the key \"\(key.id)\" is empty; take 32 random bytes")
            }
            guard ids.insert(key.id).inserted else {
                throw SignedLinksError(
                    .duplicateKeyID, "two keys have the name \"\(key.id)\"; give each a name of its own")
            }
        }
    }
}
