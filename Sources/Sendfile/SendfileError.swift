public import SystemPackage

/// A setting that cannot work, or a system that cannot open files.
///
/// What is wrong with one request is never an error: it is a response, such as 404.
public struct SendfileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// No root was given, neither in code nor by the web server nor in the process environment.
        public static let missingRoot = Self(description: "missingRoot")
        /// The root is no directory that this process can open files in.
        public static let invalidRoot = Self(description: "invalidRoot")
        /// The backend's name is unknown.
        public static let unknownBackend = Self(description: "unknownBackend")
        /// The internal URL prefix is no URL path.
        public static let invalidURLPrefix = Self(description: "invalidURLPrefix")
        /// An entry of the mapping is no directory and internal URL prefix.
        public static let invalidURLMapping = Self(description: "invalidURLMapping")
        /// The system cannot open a file for a reason that is not the file's, such as too many open descriptors.
        public static let fileSystem = Self(description: "fileSystem")
    }

    /// What kind of error it is.
    public let code: Code

    /// What the system said.
    public let underlyingError: Errno?

    /// The setting, its value, and what to do.
    public let description: String

    package init(_ code: Code, _ description: String, underlying: Errno? = nil) {
        self.code = code
        self.description = description
        self.underlyingError = underlying
    }
}
