/// An invalid key, format, path, binding or grant.
public struct SignedLinksError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error.
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
        /// The expression or an argument's name of an nginx format is invalid.
        public static let invalidExpression = Self(description: "invalidExpression")
        /// The path cannot be that of a link.
        public static let invalidPath = Self(description: "invalidPath")
        /// The format cannot express the expiry.
        public static let invalidExpiry = Self(description: "invalidExpiry")
        /// The format does not support names, or the name is invalid.
        public static let invalidName = Self(description: "invalidName")
        /// The format cannot be bound to a value that was passed, or requires one that was not.
        public static let invalidBinding = Self(description: "invalidBinding")
        /// A value of a grant is invalid.
        public static let invalidGrant = Self(description: "invalidGrant")
        /// A public key, or the key of a CDN's tokens, cannot be read.
        public static let invalidKey = Self(description: "invalidKey")
        /// The URL of a CDN is invalid.
        public static let invalidURL = Self(description: "invalidURL")
        /// The token of a grant is too long for a cookie, or for its place in a URL.
        public static let tooLong = Self(description: "tooLong")
    }

    /// The kind of error.
    public let code: Code

    /// The setting, its value, and what to do. It never contains a secret.
    public let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
