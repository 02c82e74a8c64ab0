/// The place of a grant's token in a request.
public struct GrantPlace: Sendable, Hashable, CustomStringConvertible {
    /// The place's name.
    public let description: String

    /// The query: `/films/7/index.m3u8?grant=…`. Relative references in the file lose it.
    public static let query = Self(description: "query")

    /// The first segment of the path: `/~…/films/7/index.m3u8`. Relative references in the file keep it.
    public static let path = Self(description: "path")

    /// The query of a link that is exchanged for a cookie: `/films/7/index.m3u8?exchange=…`.
    public static let exchange = Self(description: "exchange")

    /// A field of the request's header. Only tokens of CDNs are there.
    public static let field = Self(description: "field")

    /// A cookie, for which such a link was exchanged.
    public static let cookie = Self(description: "cookie")
}
