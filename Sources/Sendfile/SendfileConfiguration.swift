public import Configuration
public import SystemPackage

/// The settings of a ``Sendfile`` that are given in code.
///
/// What is `nil` here comes from a FastCGI parameter that the web server sets, or else from the process environment; a value
/// given here wins over both.
public struct SendfileConfiguration: Sendable {
    /// The absolute path of the directory that files are served from; otherwise `SENDFILE_ROOT`. There is no default.
    public var root: FilePath?

    /// Who sends the bytes; otherwise `SENDFILE_BACKEND`, otherwise ``BackendChoice/stream``.
    public var backend: BackendChoice?

    /// The web server's internal location for the files, as in nginx's `location`; otherwise `SENDFILE_URL`, otherwise
    /// `/protected/`. With or without slashes means the same.
    public var internalURLPrefix: String?

    /// Creates settings; what is left out comes from the web server or the process environment.
    public init(root: FilePath? = nil, backend: BackendChoice? = nil, internalURLPrefix: String? = nil) {
        self.root = root
        self.backend = backend
        self.internalURLPrefix = internalURLPrefix
    }

    /// The process environment: `sendfile.root` is `SENDFILE_ROOT`.
    public static var processEnvironment: ConfigReader { ConfigReader(provider: EnvironmentVariablesProvider()) }
}
