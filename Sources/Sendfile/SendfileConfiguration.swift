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
    ///
    /// `SCRIPT_NAME/files/` is `/files/` below the path that the application is mounted at, which the web server says in the
    /// parameter `SCRIPT_NAME`: `/app/files/` for an application at `/app`. The web server's configuration has to name that path
    /// itself; one that makes `SCRIPT_NAME` of what the client asks for would let the client choose the location.
    public var internalURLPrefix: String?

    /// Internal locations of several directories; otherwise `SENDFILE_MAPPING`, by default none.
    ///
    /// ```swift
    /// var configuration = SendfileConfiguration(root: "/srv")
    /// configuration.internalURLMapping = ["/srv/a": "/files-a/", "/srv/b": "/files-b/"]
    /// ```
    ///
    /// A file's absolute path, without symbolic links below the root, decides: of the directories that hold it, the longest. A
    /// file in none of them gets ``internalURLPrefix`` if one is given, and is streamed otherwise; the log says so. The paths are
    /// compared byte by byte and component by component, and begin as the root was written.
    public var internalURLMapping: [FilePath: String]?

    /// Creates settings; what is left out comes from the web server or the process environment.
    public init(
        root: FilePath? = nil, backend: BackendChoice? = nil, internalURLPrefix: String? = nil,
        internalURLMapping: [FilePath: String]? = nil
    ) {
        self.root = root
        self.backend = backend
        self.internalURLPrefix = internalURLPrefix
        self.internalURLMapping = internalURLMapping
    }

    /// The process environment: `sendfile.root` is `SENDFILE_ROOT`.
    public static var processEnvironment: ConfigReader { ConfigReader(provider: EnvironmentVariablesProvider()) }
}
