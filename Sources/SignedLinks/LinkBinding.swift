/// Values that a link is bound to, in addition to its path and its expiry: the link is valid only if all of them are
/// the same when it is verified.
///
/// A link does not contain the values or their names: the verifying program decides. Verified with a binding, a link
/// that was made without it or for another value is invalid; verified without one, a link that was made with a binding
/// is invalid.
public struct LinkBinding: Sendable, Hashable {
    /// The client's address in the web server's notation, such as `203.0.113.9` or `2001:db8::1`.
    public var clientAddress: String?
    /// The name of the user.
    public var user: String?
    /// The request's method, such as `GET`. A link that is bound to `GET` is invalid for `HEAD`.
    public var method: String?
    /// The file's version, such as its ETag: a link to a file that has changed since is invalid.
    public var version: String?

    /// Creates a binding; a value that is `nil` does not affect the link.
    public init(
        clientAddress: String? = nil, user: String? = nil, method: String? = nil, version: String? = nil
    ) {
        self.clientAddress = clientAddress
        self.user = user
        self.method = method
        self.version = version
    }

    /// The values that are set, with their names in a signed message, in the order of that message.
    var fields: [(name: Field, value: String)] {
        Field.allCases.compactMap { field in self[field].map { (field, $0) } }
    }

    /// A value that a link can be bound to.
    enum Field: String, CaseIterable, Sendable {
        case clientAddress = "address"
        case user
        case method
        case version

        /// The field's name in an error message.
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
