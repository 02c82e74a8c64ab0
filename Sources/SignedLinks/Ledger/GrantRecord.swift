/// The entries of a ``GrantLedger`` about the grants with one id.
public struct GrantRecord: Sendable, Hashable {
    /// The id.
    public var id: String

    /// The second in which the id was revoked; `nil` if it was not.
    public var revoked: LinkTime?

    /// The number of uses that have begun.
    public var uses: Int

    /// The limit of the grant that was used last; `nil` if it has none, or none was used.
    public var limit: UInt32?

    /// The latest expiry of the grants that were used; `nil` if none was.
    public var expires: LinkTime?

    /// The uses, the newest first; empty in ``GrantLedger/records()``. Of a grant without a limit, the newest thousand are kept.
    public var details: [Use]

    /// A use.
    public struct Use: Sendable, Hashable {
        /// The second in which it began.
        public var begin: LinkTime
        /// The client, as in ``GrantUse/client``.
        public var client: String
        /// The file of its first request, percent-encoded.
        public var file: String

        /// Creates a use.
        public init(begin: LinkTime, client: String, file: String) {
            self.begin = begin
            self.client = client
            self.file = file
        }
    }

    /// Creates a record.
    public init(
        id: String, revoked: LinkTime? = nil, uses: Int = 0, limit: UInt32? = nil, expires: LinkTime? = nil,
        details: [Use] = []
    ) {
        self.id = id
        self.revoked = revoked
        self.uses = uses
        self.limit = limit
        self.expires = expires
        self.details = details
    }
}
