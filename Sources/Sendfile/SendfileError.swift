public import SystemPackage

/// An invalid setting, or a failure of the system to open files.
///
/// A fault in a request is never an error but a response, such as 404.
public struct SendfileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The root is set neither in code nor by the web server nor in the process environment.
        public static let missingRoot = Self(description: "missingRoot")
        /// The root is not a directory in which this process can open files.
        public static let invalidRoot = Self(description: "invalidRoot")
        /// The backend's name is unknown.
        public static let unknownBackend = Self(description: "unknownBackend")
        /// The internal URL prefix is not a URL path.
        public static let invalidURLPrefix = Self(description: "invalidURLPrefix")
        /// An entry of the mapping is not a directory with an internal URL prefix.
        public static let invalidURLMapping = Self(description: "invalidURLMapping")
        /// The system cannot open a file for a reason unrelated to the file, such as too many open descriptors.
        public static let fileSystem = Self(description: "fileSystem")
        /// A file became shorter, or was overwritten, while ``FileBody/chunks(size:)`` read it.
        public static let fileChanged = Self(description: "fileChanged")
    }

    /// The kind of the error.
    public let code: Code

    /// The system's error.
    public let underlyingError: Errno?

    /// The setting, its value and the remedy.
    public let description: String

    package init(_ code: Code, _ description: String, underlying: Errno? = nil) {
        self.code = code
        self.description = description
        self.underlyingError = underlying
    }
}
