/// Writes, reads and signs links of one format.
protocol LinkScheme: Sendable {
    /// The fields that a link of the format can be bound to.
    var allowedFields: Set<LinkBinding.Field> { get }

    /// The fields that a link of the format is always bound to.
    var requiredFields: Set<LinkBinding.Field> { get }

    /// Whether a link of the format can contain the name that the file is saved under.
    var allowsName: Bool { get }

    /// Writes a link. The binding has all required fields and only allowed ones; the name is given only if it is
    /// allowed.
    func link(
        to path: LinkPath, name: String?, expires: Int64, binding: LinkBinding, key: LinkKey
    ) throws(SignedLinksError) -> String

    /// Reads a request's path and query, without verifying them.
    func read(path: [UInt8], query: [UInt8]) throws(LinkFlaw) -> LinkClaim

    /// Whether the signature of the claim was made with the key.
    func isSigned(_ claim: LinkClaim, binding: LinkBinding, by key: LinkKey) -> Bool
}

/// The content of a link that has not been verified.
struct LinkClaim: Sendable {
    var path: LinkPath
    /// The name to save the file under.
    var name: String?
    /// The time that the link contains, in seconds since 1970.
    var time: Int64
    /// The last second in which the link is valid.
    var expires: Int64
    /// The first second in which the link is valid.
    var notBefore: Int64 = .min
    /// The name of the key; `nil` if links of the format contain none.
    var keyID: String?
    var signature: [UInt8]
}
