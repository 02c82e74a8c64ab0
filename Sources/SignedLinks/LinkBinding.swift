/// What a link is bound to, besides its path and its expiry: it opens the file only where all of this is the same again.
///
/// A link does not say what it is bound to. Whoever verifies decides, and both directions are closed: with a binding, a link that
/// was made without it or for another value is wrong; without one, a link that was made with it is wrong.
public struct LinkBinding: Sendable, Hashable {
    /// The client's address as the web server names it, such as `203.0.113.9` or `2001:db8::1`.
    public var clientAddress: String?
    /// The user as the site names it.
    public var user: String?
    /// The request's method, such as `GET`. A link that is bound to `GET` does not answer `HEAD`.
    public var method: String?
    /// The file's version, such as its ETag: a link to a file that was changed since is wrong.
    public var version: String?

    /// Creates a binding; what is `nil` does not matter to the link.
    public init(
        clientAddress: String? = nil, user: String? = nil, method: String? = nil, version: String? = nil
    ) {
        self.clientAddress = clientAddress
        self.user = user
        self.method = method
        self.version = version
    }

    /// What is set, by the name that stands in a signed message, in the order of that message.
    var fields: [(name: Field, value: String)] {
        Field.allCases.compactMap { field in self[field].map { (field, $0) } }
    }

    /// What a link can be bound to.
    enum Field: String, CaseIterable, Sendable {
        case clientAddress = "address"
        case user
        case method
        case version

        /// What it is, in a sentence.
        var title: String {
            switch self {
            case .clientAddress: "client's address"
            case .user: "user"
            case .method: "method"
            case .version: "file's version"
            }
        }
    }

    subscript(_ field: Field) -> String? {
        switch field {
        case .clientAddress: self.clientAddress
        case .user: self.user
        case .method: self.method
        case .version: self.version
        }
    }
}
