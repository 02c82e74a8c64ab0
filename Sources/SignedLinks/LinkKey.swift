/// A secret that signs links, with the key's name, which a link contains.
public struct LinkKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The key's name in links, so that links signed by an older key stay valid while new ones are signed by another.
    public let id: String

    /// The secret, in bytes.
    package let secret: [UInt8]

    /// Creates a key.
    ///
    /// - Parameters:
    ///   - id: The key's name: letters, digits, `-`, `.`, `_` and `~`, at most 64. The link contains it, so it is not
    ///     secret. A link of a key with an empty name contains no key name.
    ///   - secret: The secret, not empty. For the formats other than ``LinkFormat/hmac`` it is exactly the text in the
    ///     other program's configuration; for a new key, use 32 random bytes.
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

    /// The key's name, without the secret.
    public var customMirror: Mirror { Mirror(self, children: ["id": self.id]) }
}
