/// How links of a format are written, read and signed.
protocol LinkScheme: Sendable {
    /// What a link of it may be bound to.
    var allowedFields: Set<LinkBinding.Field> { get }

    /// What a link of it is always bound to.
    var requiredFields: Set<LinkBinding.Field> { get }

    /// Writes a link. The binding has the fields that are required, and none that is not allowed.
    func link(
        to path: LinkPath, expires: Int64, binding: LinkBinding, key: LinkKey
    ) throws(SignedLinksError) -> String

    /// Reads a request's path and query. Nothing of it is believed yet.
    func read(path: [UInt8], query: [UInt8]) throws(LinkFlaw) -> LinkClaim

    /// Whether the signature of what was read is the key's.
    func isSigned(_ claim: LinkClaim, binding: LinkBinding, by key: LinkKey) -> Bool
}

/// What a link says, true or not.
struct LinkClaim: Sendable {
    var path: LinkPath
    /// The time that stands in the link, in seconds since 1970.
    var time: Int64
    /// The last second in which the link is valid.
    var expires: Int64
    /// The first second in which the link is valid.
    var notBefore: Int64 = .min
    /// The name of the key; `nil` if links of the format name none.
    var keyID: String?
    var signature: [UInt8]
}
