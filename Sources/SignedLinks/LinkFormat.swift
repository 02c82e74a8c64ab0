/// What a link looks like, and what its signature covers.
public struct LinkFormat: Sendable, Hashable, CustomStringConvertible {
    /// How lighttpd's mod_secdownload signs: its `secdownload.algorithm`.
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

    /// The one for new links: HMAC-SHA256, and the only one with key names and every ``LinkBinding``.
    ///
    ///     /reports/q3.pdf?expires=1780000000&key=k1&signature=…
    public static let hmac = Self(kind: .hmac)

    /// That of WSGI X-Sendfile's `TokenConfig` with its default hash, MD5.
    ///
    ///     /<md5 hex>-<time hex>/reports/q3.pdf
    public static let wsgiXSendfile = Self(kind: .wsgiXSendfile)

    /// That of Apache's mod_auth_token, with `AuthTokenLimitByIp` if bound to a client's address.
    ///
    ///     /<md5 hex>/<time hex>/reports/q3.pdf
    public static let modAuthToken = Self(kind: .modAuthToken)

    /// That of nginx with `secure_link $arg_md5,$arg_expires` and `secure_link_md5 "$secure_link_expires$uri SECRET"`.
    ///
    ///     /reports/q3.pdf?md5=…&expires=1780000000
    public static let nginxSecureLink = Self.nginxSecureLink(expression: Self.defaultExpression)

    /// That of nginx with another expression in `secure_link_md5`, or other arguments in `secure_link`.
    ///
    /// - Parameters:
    ///   - expression: The one of `secure_link_md5`, with `{secret}` where the secret stands. Of nginx's variables it may have
    ///     `$secure_link_expires`, or `$arg_` and the argument's name, and `$uri`, which must be there, and `$remote_addr`,
    ///     `$remote_user` and `$request_method`, which ask for the ``LinkBinding`` of that name; everything else is text. nginx's `$uri` begins with the location's prefix:
    ///     for files below `/downloads` write `/downloads$uri`.
    ///   - signatureArgument: The argument of the URL that holds the MD5.
    ///   - expiresArgument: The argument of the URL that holds the expiry.
    public static func nginxSecureLink(
        expression: String, signatureArgument: String = "md5", expiresArgument: String = "expires"
    ) -> Self {
        Self(
            kind: .nginxSecureLink(
                expression: expression, signatureArgument: signatureArgument, expiresArgument: expiresArgument))
    }

    /// That of lighttpd's mod_secdownload.
    ///
    ///     /<md5 hex or base64url of the HMAC>/<time hex>/reports/q3.pdf
    public static func lighttpdSecdownload(_ algorithm: SecdownloadAlgorithm) -> Self {
        Self(kind: .lighttpdSecdownload(algorithm))
    }

    static let defaultExpression = "$secure_link_expires$uri {secret}"

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

    /// The format of a name, such as a setting has it; `nil` if there is none of that name.
    ///
    /// `lighttpd-secdownload` is the one with HMAC-SHA256.
    public init?(_ name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.format
    }

    private init(kind: Kind) { self.kind = kind }

    /// Every name that ``init(_:)`` knows.
    public static let allNames = Self.named.map(\.name)

    /// The format's name, as ``init(_:)`` reads it; of an nginx format with settings of its own, the name without them.
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
