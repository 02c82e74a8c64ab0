/// A secret that links are signed with, and the name that a link says it was signed by.
public struct LinkKey: Sendable, CustomStringConvertible {
    /// What a link names the key by, so that links of an older key stay valid while new ones are signed by another.
    public let id: String

    /// The secret, in bytes.
    let secret: [UInt8]

    /// Creates a key.
    public init(id: String = "", secret: some Sequence<UInt8>) {
        self.id = id
        self.secret = Array(secret)
    }

    /// The key's name. The secret is never printed.
    public var description: String { "LinkKey(\(self.id))" }
}
