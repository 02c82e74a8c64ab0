/// The result of verifying a request's link.
///
/// There are no other verdicts: each has its status. The reason why a link is invalid is a ``LinkFlaw/code``, of which
/// later versions may have more.
public enum LinkVerdict: Sendable, Hashable {
    /// The link is valid.
    case valid(VerifiedLink)
    /// The signature is correct, but the link has expired.
    case expired
    /// The link is invalid. Log the flaw; do not show it to the client.
    case invalid(LinkFlaw)

    /// The status for the client: 200, 410 (Gone) or 404 (Not Found). The module `SignedLinksHTTP` has it as an
    /// `HTTPResponse.Status`.
    ///
    /// A client without a correct signature learns nothing from it, not even whether an invented expiry is over.
    public var statusCode: Int {
        switch self {
        case .valid: 200
        case .expired: 410
        case .invalid: 404
        }
    }
}

/// The content of a valid link.
public struct VerifiedLink: Sendable, Hashable {
    /// The file's path, relative to the root and without a leading slash, as decoded bytes, which need not be UTF-8. No
    /// component is empty, `.` or `..`, and no byte is NUL.
    public let path: [UInt8]

    /// The name to save the file under; `nil` if the link does not contain one.
    public let name: String?

    /// The last second in which the link is valid.
    public let expires: LinkTime

    /// The name of the key that signed the link.
    public let keyID: String

    /// The grant; `nil` for a link that is not a grant's.
    public let grant: VerifiedGrant?

    package init(path: [UInt8], name: String?, expires: LinkTime, keyID: String, grant: VerifiedGrant? = nil) {
        self.path = path
        self.name = name
        self.expires = expires
        self.keyID = keyID
        self.grant = grant
    }

    /// The path as a string; `nil` if it is not UTF-8.
    public var pathString: String? { String(validating: self.path, as: UTF8.self) }
}
