/// A secret that links are signed with, and the name that a link says it was signed by.
public struct LinkKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// What a link names the key by, so that links of an older key stay valid while new ones are signed by another.
    public let id: String

    /// The secret, in bytes.
    let secret: [UInt8]

    /// Creates a key.
    ///
    /// - Parameters:
    ///   - id: The key's name: letters, digits, `-`, `.`, `_` and `~`, at most 64. It stands in the link, so it is no secret. A
    ///     link of a key with an empty name names none.
    ///   - secret: The secret, not empty. For the formats other than ``LinkFormat/hmac`` it is the very text that the other
    ///     program has in its configuration; for a new one take 32 random bytes.
    public init(id: String = "", secret: some Sequence<UInt8>) {
        self.id = id
        self.secret = Array(secret)
    }

    /// Creates a key whose secret is the UTF-8 of a text.
    public init(id: String = "", secret: String) {
        self.init(id: id, secret: secret.utf8)
    }

    /// The key's name. The secret is never printed.
    public var description: String { "LinkKey(\(self.id))" }

    /// The key's name, and not the secret.
    public var customMirror: Mirror { Mirror(self, children: ["id": self.id]) }
}
