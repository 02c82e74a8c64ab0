/// The parts of a request on which a grant's verdict depends.
///
/// ```swift
/// func verdict(_ request: Request, _ grants: SignedGrants) -> LinkVerdict {
///     var asked = GrantRequest(path: request.pathBytes, query: request.query ?? "", method: request.method.rawValue)
///     asked.cookies = GrantCookie.names.flatMap { request.cookies[values: $0] }
///     asked.clientAddress = request.remoteAddress
///     asked.user = request.remoteUser
///     return grants.verify(asked)
/// }
/// ```
///
/// A value that is `nil` is unknown: a grant that is limited to certain values of it is then invalid.
public struct GrantRequest: Sendable {
    /// The request's path below the site's prefix, decoded, with or without a leading slash.
    public var path: [UInt8]

    /// The request's query as it was sent, without the question mark.
    public var query: String

    /// The request's method.
    public var method: String

    /// The values of the cookies with a name of ``GrantCookie/names``, in the order of the request. They count only if the URL contains no
    /// token.
    public var cookies: [String] = []

    /// The client's address.
    public var clientAddress: String?

    /// The name of the authenticated user.
    public var user: String?

    /// The file's version, such as its ETag.
    public var version: String?

    /// Whether the program compares the version of each valid grant with the file's, after it has found the file. If not, and ``version`` is
    /// `nil`, a grant for a version is invalid.
    public var comparesVersion = false

    /// Whether the program asks a ``GrantLedger`` about each valid grant. If not, a grant that is limited to a number of downloads is invalid.
    public var asksLedger = false

    /// Creates a request for a file whose name need not be UTF-8.
    public init(path: some Sequence<UInt8>, query: String = "", method: String = "GET") {
        self.path = Array(path)
        self.query = query
        self.method = method
    }

    /// Creates a request.
    public init(path: String, query: String = "", method: String = "GET") {
        self.init(path: path.utf8, query: query, method: method)
    }

    /// The most cookies of one request that are verified. Browsers send those with the longest path first.
    static let mostCookies = 10

    /// The place of the token, if the request contains one; `nil` for a query with several.
    public var place: GrantPlace? { try? self.tokens()?.place }

    /// The tokens of the request, of which one has to be valid, and the file's path; `nil` if there is none.
    ///
    /// A token in the path has precedence over one in the query, and one in the URL over cookies.
    func tokens() throws(LinkFlaw) -> (place: GrantPlace, tokens: [ArraySlice<UInt8>], file: ArraySlice<UInt8>)? {
        let path = self.path.first == UInt8(ascii: "/") ? self.path.dropFirst() : self.path[...]
        if path.starts(with: GrantToken.segmentStart.utf8) {
            let segment = path.prefix { $0 != UInt8(ascii: "/") }
            return (.path, [segment.dropFirst()], path.dropFirst(segment.count + 1))
        }
        var found: (place: GrantPlace, token: ArraySlice<UInt8>)?
        var rest = Array(self.query.utf8)[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest.dropFirst(pair.count + 1)
            for (name, place) in [("grant=", GrantPlace.query), ("exchange=", .exchange)]
            where pair.starts(with: name.utf8) {
                guard found == nil else { throw LinkFlaw.malformed("its query has several grants") }
                found = (place, pair.dropFirst(name.utf8.count))
            }
        }
        if let found { return (found.place, [found.token], path) }
        guard !self.cookies.isEmpty else { return nil }
        return (.cookie, self.cookies.prefix(Self.mostCookies).map { Array($0.utf8)[...] }, path)
    }
}
