/// The form of a link, and the values that its signature covers.
public struct LinkFormat: Sendable, Hashable, CustomStringConvertible {
    /// The hash function of lighttpd's mod_secdownload: its `secdownload.algorithm`.
    public enum SecdownloadAlgorithm: String, CaseIterable, Sendable, Hashable {
        /// `md5`: MD5 of the secret, the path and the time, in hexadecimal digits.
        case md5
        /// `hmac-sha1`, in base64url: 27 characters.
        case hmacSHA1 = "hmac-sha1"
        /// `hmac-sha256`, in base64url: 43 characters.
        case hmacSHA256 = "hmac-sha256"
    }

    enum Kind: Sendable, Hashable {
        case hmac
        case wsgiXSendfile
        case modAuthToken
        case nginxSecureLink(expression: String, signatureArgument: String, expiresArgument: String)
        case lighttpdSecdownload(SecdownloadAlgorithm)
    }

    let kind: Kind

    /// The format for new links: HMAC-SHA256. It is the only one with key names and every ``LinkBinding``.
    ///
    ///     /reports/q3.pdf?expires=1780000000&key=k1&signature=…
    public static let hmac = Self(kind: .hmac)

    /// The format of WSGI X-Sendfile's `TokenConfig` with its default hash, MD5.
    ///
    ///     /<md5 hex>-<time hex>/reports/q3.pdf
    public static let wsgiXSendfile = Self(kind: .wsgiXSendfile)

    /// The format of Apache's mod_auth_token, with `AuthTokenLimitByIp` if bound to a client's address.
    ///
    ///     /<md5 hex>/<time hex>/reports/q3.pdf
    public static let modAuthToken = Self(kind: .modAuthToken)

    /// The format of nginx with `secure_link $arg_md5,$arg_expires` and `secure_link_md5 "$secure_link_expires$uri
    /// SECRET"`.
    ///
    ///     /reports/q3.pdf?md5=…&expires=1780000000
    public static let nginxSecureLink = Self.nginxSecureLink(expression: Self.defaultExpression)

    /// The format of nginx with another expression in `secure_link_md5`, or other arguments in `secure_link`.
    ///
    /// - Parameters:
    ///   - expression: The expression of `secure_link_md5`, with `{secret}` in place of the secret. Of nginx's
    ///     variables it must contain `$uri`, and `$secure_link_expires` or `$arg_` with the argument's name. It may
    ///     contain `$remote_addr`, `$remote_user` and `$request_method`, which require the ``LinkBinding`` of that
    ///     name; everything else is text. nginx's `$uri` begins with the location's prefix: for files below
    ///     `/downloads`, use `/downloads$uri`.
    ///   - signatureArgument: The URL argument that contains the MD5.
    ///   - expiresArgument: The URL argument that contains the expiry.
    public static func nginxSecureLink(
        expression: String, signatureArgument: String = "md5", expiresArgument: String = "expires"
    ) -> Self {
        Self(
            kind: .nginxSecureLink(
                expression: expression, signatureArgument: signatureArgument, expiresArgument: expiresArgument))
    }

    /// The format of lighttpd's mod_secdownload.
    ///
    ///     /<md5 hex or base64url of the HMAC>/<time hex>/reports/q3.pdf
    public static func lighttpdSecdownload(_ algorithm: SecdownloadAlgorithm) -> Self {
        Self(kind: .lighttpdSecdownload(algorithm))
    }

    /// The expression of ``nginxSecureLink``.
    package static let defaultExpression = "$secure_link_expires$uri {secret}"

    private static let named: [(name: String, format: Self)] = [
        ("hmac", .hmac),
        ("wsgi-xsendfile", .wsgiXSendfile),
        ("mod-auth-token", .modAuthToken),
        ("nginx-secure-link", .nginxSecureLink),
        ("lighttpd-secdownload", .lighttpdSecdownload(.hmacSHA256)),
        ("lighttpd-secdownload-md5", .lighttpdSecdownload(.md5)),
        ("lighttpd-secdownload-hmac-sha1", .lighttpdSecdownload(.hmacSHA1)),
        ("lighttpd-secdownload-hmac-sha256", .lighttpdSecdownload(.hmacSHA256)),
    ]

    /// The format with a name, for example from a setting; `nil` if there is none.
    ///
    /// `lighttpd-secdownload` is the format with HMAC-SHA256.
    public init?(_ name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.format
    }

    private init(kind: Kind) { self.kind = kind }

    /// All names that ``init(_:)`` accepts.
    public static let allNames = Self.named.map(\.name)

    /// The format's name, as ``init(_:)`` accepts it; for an nginx format with its own settings, the name without them.
    public var description: String {
        switch self.kind {
        case .hmac: "hmac"
        case .wsgiXSendfile: "wsgi-xsendfile"
        case .modAuthToken: "mod-auth-token"
        case .nginxSecureLink: "nginx-secure-link"
        case .lighttpdSecdownload(let algorithm): "lighttpd-secdownload-\(algorithm.rawValue)"
        }
    }
}
