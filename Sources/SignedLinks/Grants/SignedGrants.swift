import SendfileBasics

/// Signs grants and verifies them: one text for a file or a folder, with limits, in a link or in a cookie.
///
/// ```swift
/// let grants = try SignedGrants(keys: [LinkKey(id: "k1", secret: secret)])
/// let grant = Grant("films/7/*", expires: .now + .seconds(4 * 3600))
/// print(try grants.link(grant, to: "films/7/index.m3u8", in: .path))
/// // /~2.Zm9sZGVyPS9maWxtcy83AGV4cGlyZXM9MTc4MDAwMzYwMAA.k1.…/films/7/index.m3u8
///
/// switch grants.verify(GrantRequest(path: path, query: query)) {
/// case .valid(let link): print("send the file \(link.path)")
/// case .expired: print("410")
/// case .invalid(let flaw): print("404, and for the log: \(flaw)")
/// }
/// ```
///
/// Grants are the second version of the format ``LinkFormat/hmac`` and have the same keys. A grant is not a link of the first version, nor the
/// other way round. See <doc:Grants>.
public struct SignedGrants: Sendable {
    /// The most bytes of a token.
    public static let longestToken = GrantToken.longest

    /// The most bytes of a segment of a path: Apache looks for a file with its name, and Linux knows no longer ones.
    private static let longestSegment = 255

    private let keys: [LinkKey]

    /// Creates an object that signs and verifies grants.
    ///
    /// - Parameter keys: The first one signs; grants signed by any of them are valid.
    /// - Throws: ``SignedLinksError`` if `keys` is empty, the secret of a key is empty, or two keys share a name.
    public init(keys: [LinkKey]) throws(SignedLinksError) {
        try SignedLinks.check(keys)
        self.keys = keys
    }

    /// Signs a grant.
    ///
    /// - Returns: The token: letters, digits, `-`, `_`, `.` and `~`, which need no encoding in a URL or in a cookie.
    /// - Throws: ``SignedLinksError`` if a value of the grant is invalid, or the token would be longer than ``longestToken``.
    public func token(_ grant: Grant) throws(SignedLinksError) -> String {
        if let flaw = GrantFlaw(grant) { throw flaw.error }
        let token = GrantToken.text(GrantFields(grant), key: self.keys[0])
        guard token.utf8.count <= Self.longestToken else {
            throw SignedLinksError(
                .tooLong,
                "the token of a grant would have \(token.utf8.count) bytes, and a cookie has room for \(Self.longestToken); name fewer networks, or shorter paths"
            )
        }
        return token
    }

    /// Creates a link with a grant.
    ///
    /// - Parameters:
    ///   - grant: The grant.
    ///   - path: The path of a file that the grant covers, decoded, with or without a leading slash; `nil` for the file of a grant for
    ///     one file.
    ///   - place: The place of the token in the link. ``GrantPlace/cookie`` is the same as ``GrantPlace/exchange``.
    /// - Returns: The link's path and query, percent-encoded: it begins with `/` and is appended to the site's prefix.
    /// - Throws: ``SignedLinksError`` if the grant is invalid or does not cover the path, or the token is too long for the place.
    public func link(
        _ grant: Grant, to path: String? = nil, in place: GrantPlace = .query
    ) throws(SignedLinksError) -> String {
        try self.link(grant, to: path.map { Array($0.utf8) } ?? grant.scope.path, in: place)
    }

    /// Creates a link to a file whose name need not be UTF-8.
    public func link(
        _ grant: Grant, to path: some Sequence<UInt8>, in place: GrantPlace = .query
    ) throws(SignedLinksError) -> String {
        let token = try self.token(grant)
        let bytes = Array(path)
        guard let path = try? LinkPath(bytes), grant.scope.covers(path) else {
            throw SignedLinksError(
                .invalidPath,
                "the grant covers \"\(grant.scope)\", and not \"\(PercentEncoding.text(bytes, keeping: PercentEncoding.pathCharacters))\"; give the path of a file that it covers"
            )
        }
        switch place {
        case .query: return "/\(path.encoded)?grant=\(token)"
        case .path:
            guard token.utf8.count < Self.longestSegment else {
                throw SignedLinksError(
                    .tooLong,
                    "the token of a grant has \(token.utf8.count) bytes, and a segment of a path at most \(Self.longestSegment); use a cookie, or fewer limits"
                )
            }
            return "/~\(token)/\(path.encoded)"
        default: return "/\(path.encoded)?exchange=\(token)"
        }
    }

    /// Verifies a request.
    ///
    /// The signature is verified before anything that it signs is decoded, and in constant time. The limits of the grant follow, and
    /// last its times: a grant is expired only for requests that it would permit otherwise. Of several cookies, one has to be valid.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - now: The time of verification.
    /// - Returns: The verdict. A valid one has the file's path, and its ``VerifiedLink/grant`` is not `nil`.
    public func verify(_ request: GrantRequest, at now: LinkTime = .now) -> LinkVerdict {
        do throws(LinkFlaw) {
            guard let (place, tokens, file) = try request.tokens() else { return .invalid(.missingSignature) }
            return LinkVerdict.best(of: tokens.lazy.map { self.verify($0, in: place, file, request, at: now) })
        } catch {
            return .invalid(error)
        }
    }

    /// Verifies one token.
    private func verify(
        _ text: ArraySlice<UInt8>, in place: GrantPlace, _ file: ArraySlice<UInt8>, _ request: GrantRequest,
        at now: LinkTime
    ) -> LinkVerdict {
        do throws(LinkFlaw) {
            let token = try GrantToken(text)
            guard let key = self.keys.first(where: { $0.id == token.keyID }) else {
                throw LinkFlaw.unknownKey(token.keyID)
            }
            guard token.isSigned(by: key) else { throw LinkFlaw.wrongSignature }
            let grant = try token.grant()
            // LinkPath ignores one leading slash, which is that of the path before the file's.
            guard file.first != UInt8(ascii: "/") else { throw LinkFlaw.malformed("the path has an empty component") }
            let verified = VerifiedGrant(grant, in: place, token: String(decoding: text, as: UTF8.self))
            return try verified.verdict(on: LinkPath(requested: file), request, key: key.id, at: now)
        } catch {
            return .invalid(error)
        }
    }
}
