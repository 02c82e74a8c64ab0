/// The permissions that a signed text contains: for which files, until when, and for which requests.
///
/// ```swift
/// var grant = Grant("films/7/*", expires: .now + .seconds(4 * 3600))
/// grant.user = user
/// grant.bytesPerSecond = 500_000
/// let grants = try SignedGrants(keys: [LinkKey(id: "k1", secret: secret)])
/// print(try grants.link(grant, to: "films/7/index.m3u8", in: .path))
/// ```
///
/// Unlike the values of a ``LinkBinding``, all values are part of the signed text. A client can read them. See <doc:Grants>.
public struct Grant: Sendable, Hashable {
    /// The files that are covered.
    public var scope: Scope

    /// The last second in which the grant is valid.
    public var expires: LinkTime

    /// The first second in which the grant is valid; `nil` for no limit.
    public var notBefore: LinkTime?

    /// A name for the grant, by which a site finds it again: letters, digits, `-`, `.`, `_` and `~`, at most 64.
    public var id: String?

    /// The request's methods, such as `GET`; if empty, every method that the verifying program supports.
    ///
    /// A grant for `GET` alone does not permit `HEAD`.
    public var methods: [String] = []

    /// The networks of the client's address; if empty, every address.
    public var networks: [Network] = []

    /// The user, as the verifying program authenticates users; `nil` for every user.
    public var user: String?

    /// The file's version, such as its ETag; `nil` for every version.
    public var version: String?

    /// Whether the file is saved or shown; `nil` leaves that to the verifying program.
    public var disposition: Disposition?

    /// The name under which the file is saved; `nil` for the file's own.
    public var name: String?

    /// The number of bytes per second that each response may have; `nil` for no limit. The verifying program has to tell the web
    /// server.
    public var bytesPerSecond: UInt32?

    /// The second in which the grant was made, for ``GrantLedger/revokeAll(before:)``; `nil` if it is not known.
    public var issued: LinkTime?

    /// The number of downloads for which the grant can be used, at least 1; `nil` for no limit. Requires an ``id``, under which a
    /// ``GrantLedger`` counts them.
    public var uses: UInt32?

    /// Creates a grant.
    ///
    /// - Parameters:
    ///   - scope: The files that are covered.
    ///   - expires: The last second in which the grant is valid.
    public init(_ scope: Scope, expires: LinkTime) {
        self.scope = scope
        self.expires = expires
    }

    /// Creates a grant from a pattern: `films/7/index.m3u8` covers that file, and `films/7/*` all files below the folder.
    public init(_ pattern: String, expires: LinkTime) {
        self.init(Scope(pattern), expires: expires)
    }

    /// Whether the client saves or shows a file.
    public struct Disposition: Sendable, Hashable, CustomStringConvertible {
        /// The name in a token.
        public let description: String

        /// The file is saved.
        public static let attachment = Self(description: "attachment")
        /// The file is shown if the verifying program permits that.
        public static let inline = Self(description: "inline")

        /// The disposition with a name; `nil` if there is none.
        public init?(_ name: String) {
            guard name == "attachment" || name == "inline" else { return nil }
            self.init(description: name)
        }

        private init(description: String) { self.description = description }
    }
}
