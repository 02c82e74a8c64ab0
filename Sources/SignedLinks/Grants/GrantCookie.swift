import SendfileBasics

/// The cookie for which a link is exchanged, and the URL to which the client is redirected.
///
/// ```swift
/// func response(_ request: Request, _ link: VerifiedLink) throws -> Response? {
///     guard let cookie = GrantCookie(link, below: "/downloads") else { return nil }
///     var response = Response(
///         status: .seeOther, headerFields: [.location: cookie.location, .cacheControl: "no-store"])
///     response.set(try SetCookie(cookie.name, cookie.value, maxAge: cookie.maxAge, path: cookie.path))
///     return response
/// }
/// ```
///
/// The cookie is only sent to the files that the grant covers, so that grants for several folders do not replace one another.
public struct GrantCookie: Sendable, Hashable {
    /// The names of the cookie: with `Secure`, and without.
    public static let names = ["__Secure-grant", "grant"]

    /// The maximum size in bytes of an attribute's value that browsers read (RFC 6265bis §5.6).
    private static let longestPath = 1024

    /// `__Secure-grant`, which browsers accept only with `Secure`, or `grant`.
    public let name: String

    /// The token.
    public let value: String

    /// The URL path below which browsers send the cookie.
    public let path: String

    /// The time until the grant's expiry.
    public let maxAge: Duration

    /// The URL path of the file, without the token.
    public let location: String

    /// Creates the cookie of a link.
    ///
    /// - Parameters:
    ///   - link: A valid link; one that is not to be exchanged has no cookie.
    ///   - prefix: The URL path that the site puts before each link, decoded, such as `/downloads`.
    ///   - isSecure: Whether the cookie will be `Secure`. Without TLS, browsers refuse such a cookie.
    ///   - now: The time of the response.
    public init?(_ link: VerifiedLink, below prefix: String = "", isSecure: Bool = true, at now: LinkTime = .now) {
        guard let verified = link.grant, verified.place == .exchange else { return nil }
        let end = prefix.utf8.last == UInt8(ascii: "/") ? 1 : 0
        let base = String(decoding: PercentEncoding.encodePath(Array(prefix.utf8).dropLast(end)), as: UTF8.self)
        func encoded(_ path: [UInt8]) -> String {
            "\(base)/\(PercentEncoding.text(path, keeping: PercentEncoding.pathCharacters))"
        }
        self.name = Self.names[isSecure ? 0 : 1]
        self.value = verified.token
        // Browsers would ignore a longer path and send the cookie to the directory of the request.
        var path = verified.grant.scope.path
        while encoded(path).utf8.count > Self.longestPath {
            path = Array(path[..<(path.lastIndex(of: UInt8(ascii: "/")) ?? 0)])
            if path.isEmpty { break }
        }
        self.path = encoded(path)
        self.maxAge = .seconds(max(0, verified.grant.expires.secondsSince1970 - now.secondsSince1970))
        self.location = encoded(link.path)
    }
}
