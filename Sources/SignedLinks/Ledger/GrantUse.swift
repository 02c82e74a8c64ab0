import SendfileBasics

/// A request with a valid grant, for a ``GrantLedger``.
///
/// A ledger applies these rules in their order:
///
/// 1. If the grant was revoked, by its id or by a time, the verdict is ``Verdict/revoked``.
/// 2. Without an id, the verdict is ``Verdict/permitted``, and nothing is recorded.
/// 3. If a use of the same id by the same client began less than ``window`` ago, the request belongs to it: ``Verdict/permitted``.
/// 4. If as many uses have begun as ``limit`` permits, the verdict is ``Verdict/usedUp``.
/// 5. Otherwise the verdict is ``Verdict/permitted``. If ``begins`` is true, a use is recorded, which begins now.
public struct GrantUse: Sendable, Hashable {
    /// The grant's id; `nil` if it has none.
    public var id: String?

    /// The second in which the grant was made; `nil` if it does not say.
    public var issued: LinkTime?

    /// The last second in which the grant is valid. The ledger may forget the uses of an id a day after the latest one that it has seen.
    public var expires: LinkTime

    /// The number of uses that the grant permits; `nil` for no limit.
    public var limit: UInt32?

    /// The client: `user ada`, `address 192.0.2.7` or `network 2001:db8::/64`.
    public var client: String

    /// The file, percent-encoded, for the record.
    public var file: String

    /// Whether a use begins, unless one of the client still runs. If not, nothing is recorded.
    public var begins: Bool

    /// The duration of a use from its first request.
    public var window: Duration

    /// The time of the request.
    public var time: LinkTime

    /// Creates a use from a request's link.
    ///
    /// The client is the user. Without one it is the address, or the first 64 bits of an IPv6 address, because a browser changes the
    /// others. Without both, each request is a client of its own.
    ///
    /// - Parameters:
    ///   - link: A valid link. The result is `nil` if it has no grant.
    ///   - user: The user, as the program authenticates users.
    ///   - address: The client's address.
    ///   - begins: Whether the response has content. `false` for a HEAD request, a response such as 304, and an error.
    ///   - window: The duration of a use from its first request.
    ///   - now: The time of the request.
    public init?(
        _ link: VerifiedLink, user: String?, address: String?, begins: Bool, window: Duration = Self.day,
        at now: LinkTime = .now
    ) {
        guard let grant = link.grant?.grant else { return nil }
        self.id = grant.id
        self.issued = grant.issued
        self.expires = grant.expires
        self.limit = grant.uses
        self.client = Self.client(user: user, address: address)
        self.file = PercentEncoding.text(link.path, keeping: PercentEncoding.pathCharacters)
        self.begins = begins
        self.window = window
        self.time = now
    }

    /// Creates a use of a permission that is not a grant, such as a share of the site's own.
    ///
    /// - Parameters:
    ///   - id: The id under which the ledger counts.
    ///   - file: The file, percent-encoded, for the record.
    ///   - limit: The number of uses that are permitted; `nil` for no limit.
    ///   - expires: The last second in which the permission is valid.
    ///   - user: The user, as the program authenticates users.
    ///   - address: The client's address.
    ///   - begins: Whether the response has content.
    ///   - window: The duration of a use from its first request.
    ///   - now: The time of the request.
    public init(
        of id: String, file: String, limit: UInt32? = nil, expires: LinkTime, user: String?, address: String?,
        begins: Bool, window: Duration = Self.day, at now: LinkTime = .now
    ) {
        self.id = id
        self.expires = expires
        self.limit = limit
        self.client = Self.client(user: user, address: address)
        self.file = file
        self.begins = begins
        self.window = window
        self.time = now
    }

    /// The usual duration of a use, 24 hours.
    public static let day = Duration.seconds(24 * 3600)

    /// The decision of a ledger.
    ///
    /// There are no others: each has its response.
    public enum Verdict: Sendable, Hashable {
        /// The client may have the file.
        case permitted
        /// The grant was revoked.
        case revoked
        /// As many uses as the grant permits have begun, and none of them is the client's, or its window is over.
        case usedUp
    }

    private static func client(user: String?, address: String?) -> String {
        if let user { return "user \(user)" }
        guard let address, !address.isEmpty else { return "unknown \(UInt64.random(in: 0...UInt64.max))" }
        if let network = Grant.Network(clientOf: address) { return "network \(network)" }
        return "address \(Grant.Network(address)?.description ?? address)"
    }
}

extension GrantUse {
    /// The state of a ledger on which the verdict about a use depends.
    package struct Known: Sendable {
        /// The time of ``GrantLedger/revokeAll(before:)`` in seconds since 1970.
        package var revokedBefore: Int64?
        /// Whether the id was revoked.
        package var isRevoked: Bool
        /// The number of uses that have begun.
        package var uses: Int64
        /// Whether a use of the client runs.
        package var isRunning: Bool

        package init(revokedBefore: Int64?, isRevoked: Bool, uses: Int64, isRunning: Bool) {
            self.revokedBefore = revokedBefore
            self.isRevoked = isRevoked
            self.uses = uses
            self.isRunning = isRunning
        }
    }

    /// The verdict; `nil` if a use has to be recorded for ``Verdict/permitted``.
    package func verdict(_ known: Known) -> Verdict? {
        if known.isRevoked { return .revoked }
        if let time = known.revokedBefore, self.issued?.secondsSince1970 ?? .min < time { return .revoked }
        if self.id == nil || known.isRunning { return .permitted }
        if let limit, known.uses >= Int64(limit) { return .usedUp }
        return self.begins ? nil : .permitted
    }

    /// The last second whose uses are over.
    package var windowStart: LinkTime { self.time - self.window }

    /// The number of uses of a grant without a limit that a ledger keeps in detail.
    package static let mostKept = 1_000

    /// The time for which a ledger keeps the uses of a grant that has expired.
    package static let keptAfterExpiry = Self.day
}
