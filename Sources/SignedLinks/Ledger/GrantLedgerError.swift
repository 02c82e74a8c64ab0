/// The reason why a ledger cannot decide.
public struct GrantLedgerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The ledger does not exist, cannot be reached, or did not answer in time.
        public static let unavailable = Self(description: "unavailable")
        /// The ledger's data are damaged, or those of another program.
        public static let invalidData = Self(description: "invalidData")
        /// The place of the ledger is not well-formed.
        public static let invalidPlace = Self(description: "invalidPlace")
    }

    /// The kind of error.
    public let code: Code

    /// The ledger, the reason, and what to do. It contains no password.
    public let description: String

    /// Creates an error.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
