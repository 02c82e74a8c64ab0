/// Keys or a format that cannot work, or a path that no link can lead to.
public struct SignedLinksError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// There is no key.
        public static let noKey = Self(description: "noKey")
        /// A key's secret is empty.
        public static let emptySecret = Self(description: "emptySecret")
        /// A key's name has characters that would have to be encoded in a URL, or is too long.
        public static let invalidKeyID = Self(description: "invalidKeyID")
        /// Two keys have the same name.
        public static let duplicateKeyID = Self(description: "duplicateKeyID")
        /// The timeout is not positive.
        public static let invalidTimeout = Self(description: "invalidTimeout")
        /// The expression or an argument's name of an nginx format is not one.
        public static let invalidExpression = Self(description: "invalidExpression")
        /// No URL can have the path.
        public static let invalidPath = Self(description: "invalidPath")
        /// The format cannot express the expiry.
        public static let invalidExpiry = Self(description: "invalidExpiry")
        /// The format cannot be bound to what is asked for, or needs something to be bound to.
        public static let invalidBinding = Self(description: "invalidBinding")
    }

    /// What kind of error it is.
    public let code: Code

    /// The thing, its value, and what to do. Never a secret.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
