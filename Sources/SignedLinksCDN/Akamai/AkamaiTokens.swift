import Crypto
import SendfileBasics
public import SignedLinks

/// Verifies tokens of Akamai's Auth Token 2.0 (EdgeAuth), so that links stay valid when a site leaves it.
///
/// ```swift
/// func verifier(key: String) throws -> AkamaiTokens { try AkamaiTokens(keys: [key], names: ["hdnts"]) }
/// ```
///
/// A token is a URL argument, a cookie or a header field. It contains its expiry and a list of paths, or is made for one URL:
///
///     st=1780000000~exp=1780003600~acl=/films/7/*~hmac=…
///
/// Akamai describes the settings in
/// [Auth Token 2.0 Verification](https://techdocs.akamai.com/property-mgr/docs/auth-token-2-0-ver); its libraries EdgeAuth-Token make the
/// tokens.
public struct AkamaiTokens: Sendable {
    /// The hash function of the tokens' HMAC.
    public enum Algorithm: String, CaseIterable, Sendable, Hashable {
        /// SHA-256, Akamai's default.
        case sha256
        /// SHA-1.
        case sha1
        /// MD5.
        case md5
    }

    /// Akamai's default name, and those of its media products.
    public static let standardNames = ["__token__", "hdnts", "hdnea"]

    /// The most cookies of one name that are verified.
    private static let mostCookies = 10

    /// The names of the URL argument, of the cookie and of the header field. The first one that a request contains counts.
    public let names: [String]

    private let algorithm: Algorithm
    private let keys: [LinkKey]
    private let salt: LinkKey?

    /// Creates an object that verifies tokens.
    ///
    /// - Parameters:
    ///   - keys: The keys in hexadecimal digits, as in Akamai's settings: the key and perhaps the transition key. A token with a code of any of
    ///     them is valid.
    ///   - algorithm: The hash function.
    ///   - salt: The salt, if the tokens have one.
    ///   - names: The names of the URL argument, of the cookie and of the header field.
    /// - Throws: `SignedLinksError` if there is no key, a key is not an even number of hexadecimal digits, or a name is not
    ///   letters, digits, `-`, `.`, `_` and `~`.
    public init(
        keys: [String], algorithm: Algorithm = .sha256, salt: String? = nil, names: [String] = Self.standardNames
    ) throws(SignedLinksError) {
        guard !keys.isEmpty else {
            throw SignedLinksError(.noKey, "there is no key to verify Akamai's tokens with; give at least one")
        }
        var decoded: [LinkKey] = []
        for key in keys {
            guard let bytes = Hexadecimal.decode(Array(key.utf8)), !bytes.isEmpty else {
                throw SignedLinksError(
                    .invalidKey,
                    "a key of Akamai's tokens is not an even number of hexadecimal digits; copy it from Akamai's settings"
                )
            }
            decoded.append(LinkKey(secret: bytes))
        }
        for name in names where name.isEmpty || !name.utf8.allSatisfy(PercentEncoding.isUnreserved) {
            throw SignedLinksError(
                .invalidGrant,
                "a name of Akamai's tokens is \"\(PercentEncoding.text(name.utf8))\"; use letters, digits, -, ., _ and ~"
            )
        }
        self.keys = decoded
        self.algorithm = algorithm
        self.salt = salt.map { LinkKey(secret: $0) }
        self.names = names
    }

    /// Verifies a request.
    ///
    /// The code is verified, in constant time, before the fields are read. Then follow the path and the client's address, and last the
    /// times. A URL argument has precedence over a header field, and that over cookies, of which one has to be valid.
    ///
    /// A valid link has a `VerifiedLink.grant` with the token's times and address, and its `id` if it can be one of a grant. Its
    /// scope is the folder of a path that ends with `/*`, and the file for every other path.
    public func verify(_ request: CDNRequest, at now: LinkTime = .now) -> LinkVerdict {
        do throws(LinkFlaw) {
            guard let (place, tokens, query) = try self.tokens(of: request) else { return .invalid(.missingSignature) }
            return LinkVerdict.best(
                of: tokens.lazy.map { self.verify($0, in: place, request, query, at: now) })
        } catch {
            return .invalid(error)
        }
    }

    /// The tokens of a request, their place, and the query without them; `nil` if there is none.
    private func tokens(
        of request: CDNRequest
    ) throws(LinkFlaw) -> (place: GrantPlace, tokens: [[UInt8]], query: [UInt8])? {
        let arguments = QueryArguments(Array(request.query.utf8))
        for name in self.names {
            if let token = try arguments.value(of: name) { return (.query, [token], arguments.without([name])) }
        }
        let query = Array(request.query.utf8)
        for name in self.names {
            if let token = request.fields[name] { return (.field, [Array(token.utf8)], query) }
        }
        let cookies = self.names.flatMap { request.cookies[$0] ?? [] }.prefix(Self.mostCookies)
        return cookies.isEmpty ? nil : (.cookie, cookies.map { Array($0.utf8) }, query)
    }

    private func verify(
        _ text: [UInt8], in place: GrantPlace, _ request: CDNRequest, _ query: [UInt8], at now: LinkTime
    ) -> LinkVerdict {
        do throws(LinkFlaw) {
            let token = try AkamaiToken(text)
            guard self.isSigned(token, Array(request.rawPath.utf8), query) else { throw LinkFlaw.wrongSignature }
            let path = try LinkPath(requested: request.path)
            var (grant, patterns) = try token.terms()
            grant.scope = .file(path.bytes)
            if token.hasList {
                let whole = PercentEncoding.decode(request.rawPath.utf8)
                guard let pattern = patterns.first(where: { $0.matches(whole) }) else { throw LinkFlaw.otherPath }
                grant.scope = pattern.scope(of: path, in: whole)
            }
            var asked = GrantRequest(path: request.path)
            asked.clientAddress = request.clientAddress
            let verified = VerifiedGrant(grant, in: place, token: token.description)
            return try verified.verdict(on: path, asked, key: "", at: now)
        } catch {
            return .invalid(error)
        }
    }

    /// Whether one of the keys has signed a token: alone if it has a list of paths, or with the request's URL.
    private func isSigned(_ token: AkamaiToken, _ path: [UInt8], _ query: [UInt8]) -> Bool {
        guard !token.hasList else { return self.isSigned(token, url: nil) }
        // With "Ignore query string", the path alone is signed.
        let urls = query.isEmpty ? [path] : [path, path + [UInt8(ascii: "?")] + query]
        return urls.contains { url in
            AkamaiEscape.all(of: url).contains { self.isSigned(token, url: $0) }
        }
    }

    private func isSigned(_ token: AkamaiToken, url: [UInt8]?) -> Bool {
        var message = Array(token.signed)
        if let url { message += Array("~url=".utf8) + url }
        if let salt { message += Array("~salt=".utf8) + salt.secret }
        return self.keys.contains { key in
            let key = SymmetricKey(data: key.secret)
            return switch self.algorithm {
            case .sha256: HMAC<SHA256>.isValidAuthenticationCode(token.code, authenticating: message, using: key)
            case .sha1: HMAC<Insecure.SHA1>.isValidAuthenticationCode(token.code, authenticating: message, using: key)
            case .md5: HMAC<Insecure.MD5>.isValidAuthenticationCode(token.code, authenticating: message, using: key)
            }
        }
    }
}
