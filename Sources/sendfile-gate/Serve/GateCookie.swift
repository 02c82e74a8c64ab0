import FastCGI
import HTTPTypes
import SignedLinks

/// The attributes of the cookie for which a grant's link is exchanged: `SENDFILE_GRANT_COOKIE`.
enum GateCookie: String, CaseIterable, Sendable {
    /// With `SameSite=Lax`: pages of other sites do not make a browser send it, except by a link.
    case sameSite = "same-site"
    /// With `SameSite=None`, for players in pages of other sites.
    case crossSite = "cross-site"
    /// Without `Secure`.
    case withoutTLS = "without-tls"

    static let setting = "SENDFILE_GRANT_COOKIE"

    init(_ source: SettingsSource) throws(GateError) {
        let text = source[Self.setting] ?? Self.sameSite.rawValue
        guard let cookie = Self(rawValue: text) else {
            throw GateSettings.wrong(Self.setting, text, Self.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = cookie
    }

    var isSecure: Bool { self != .withoutTLS }

    /// The response that gives a cookie to the client and redirects it to the URL without the token.
    func response(_ cookie: GrantCookie) throws -> Response {
        var response = Response(
            status: .seeOther,
            headerFields: [
                .location: cookie.location, .cacheControl: "no-store", .referrerPolicy: "no-referrer",
            ])
        response.set(
            try SetCookie(
                cookie.name, cookie.value, maxAge: cookie.maxAge, path: cookie.path,
                sameSite: self == .crossSite ? .none : .lax, isSecure: self.isSecure))
        return response
    }
}
