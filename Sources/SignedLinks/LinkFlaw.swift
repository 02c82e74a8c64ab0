/// The reason why a link is invalid, for the log.
///
/// The description contains nothing from the request except the name of a key, which consists of letters, digits, `-`,
/// `.`, `_` and `~`.
public struct LinkFlaw: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of flaw.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The request has no signature at all, so it is not a link.
        public static let missingSignature = Self(description: "missingSignature")
        /// The link does not have the format.
        public static let malformed = Self(description: "malformed")
        /// No key has the name that the link contains.
        public static let unknownKey = Self(description: "unknownKey")
        /// The signature is wrong: another path, another expiry, another secret, or bound to something else.
        public static let wrongSignature = Self(description: "wrongSignature")
        /// The link was made in the future, by a clock that is ahead by more than the timeout. lighttpd refuses it too.
        public static let notYetValid = Self(description: "notYetValid")
        /// The format cannot be bound to a value that the caller passes, so every link is rejected.
        public static let unsupportedBinding = Self(description: "unsupportedBinding")
        /// The format must be bound to a value that the caller did not pass.
        public static let missingBinding = Self(description: "missingBinding")
        /// The grant covers other files.
        public static let otherPath = Self(description: "otherPath")
        /// The grant is for other methods.
        public static let otherMethod = Self(description: "otherMethod")
        /// The client's address is in none of the grant's networks.
        public static let otherAddress = Self(description: "otherAddress")
        /// The grant is for another user.
        public static let otherUser = Self(description: "otherUser")
        /// The grant is for another version of the file.
        public static let otherVersion = Self(description: "otherVersion")
    }

    /// The kind of flaw.
    public let code: Code

    /// A sentence without a full stop.
    public let description: String

    private init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    package static let missingSignature = Self(.missingSignature, "the link has no signature")

    package static func malformed(_ part: String) -> Self { Self(.malformed, "the link is malformed: \(part)") }

    package static func unknownKey(_ id: String) -> Self { Self(.unknownKey, "no key is named \"\(id)\"") }

    package static let wrongSignature = Self(
        .wrongSignature, "the signature is wrong: changed, of another key, or bound to something else")

    package static let notYetValid = Self(.notYetValid, "the link was made in the future: compare the clocks")

    package static let grantNotYetValid = Self(.notYetValid, "the grant is not valid yet")

    package static let otherPath = Self(.otherPath, "the grant covers other files")

    package static let otherMethod = Self(.otherMethod, "the grant is for other methods")

    package static let otherAddress = Self(.otherAddress, "the client's address is in none of the grant's networks")

    package static let otherUser = Self(.otherUser, "the grant is for another user")

    package static let otherVersion = Self(.otherVersion, "the grant is for another version of the file")

    /// A value of the request to which a grant is limited, and which the program does not know.
    package static func unknownValue(_ name: String) -> Self {
        Self(.missingBinding, "the grant is limited to a \(name), which is not known")
    }

    /// A limit that the program requires of each grant.
    package static func unlimitedGrant(_ name: String) -> Self {
        Self(.missingBinding, "the grant is not limited to a \(name), which is required")
    }

    package static let uncountedGrant = Self(
        .missingBinding, "the grant is limited to a number of downloads, which this program does not count")

    /// Whether the flaw is one of a grant with a correct signature.
    var isOfGrant: Bool {
        switch self.code {
        case .otherMethod, .otherAddress, .otherUser, .otherVersion, .missingBinding, .notYetValid: true
        default: false
        }
    }

    package static func unsupportedBinding(_ name: String) -> Self {
        Self(.unsupportedBinding, "links of this format cannot be bound to the \(name)")
    }

    package static func missingBinding(_ name: String) -> Self {
        Self(.missingBinding, "links of this format are bound to the \(name), which is not known")
    }
}
