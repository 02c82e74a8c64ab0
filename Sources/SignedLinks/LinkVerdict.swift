/// What a request's link is worth.
///
/// These are all verdicts that there are: each has its status. Why a link is invalid is a ``LinkFlaw/code``, of which later versions may
/// have more.
public enum LinkVerdict: Sendable, Hashable {
    /// The link is right and its time is not over.
    case valid(VerifiedLink)
    /// The link was right: its signature is, but its time is over.
    case expired
    /// The link is invalid. Log the flaw; never show it to the client.
    case invalid(LinkFlaw)

    /// The status for the client: 200, 410 (Gone) or 404 (Not Found). The module `SignedLinksHTTP` has it as an
    /// `HTTPResponse.Status`.
    ///
    /// A client without a right signature learns nothing by it, not even whether an invented expiry is over.
    public var statusCode: Int {
        switch self {
        case .valid: 200
        case .expired: 410
        case .invalid: 404
        }
    }
}

/// What a right link says.
public struct VerifiedLink: Sendable, Hashable {
    /// The file's path, relative to the root and without a leading slash, in bytes: decoded, and not UTF-8 if the file's name is
    /// not. No component of it is empty, `.` or `..`, and no byte is NUL.
    public let path: [UInt8]

    /// The name that the file is to be saved under; `nil` if the link does not say.
    public let name: String?

    /// When the link expires: the last second in which it is valid.
    public let expires: LinkTime

    /// The name of the key that signed the link.
    public let keyID: String

    /// The path as a text; `nil` if it is not UTF-8.
    public var pathString: String? { String(validating: self.path, as: UTF8.self) }
}
