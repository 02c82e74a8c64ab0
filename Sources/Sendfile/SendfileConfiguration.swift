public import SystemPackage

/// The settings of a ``Sendfile`` that are given in code.
///
/// A value that is `nil` here comes from a FastCGI parameter that the web server sets, or otherwise from the process
/// environment. A value given here overrides both.
public struct SendfileConfiguration: Sendable {
    /// The absolute path of the directory that files are served from; otherwise `SENDFILE_ROOT`. There is no default.
    public var root: FilePath?

    /// The sender of the bytes; otherwise `SENDFILE_BACKEND`, otherwise ``BackendChoice/stream``.
    public var backend: BackendChoice?

    /// The web server's internal location for the files, as in nginx's `location`; otherwise `SENDFILE_URL`, otherwise
    /// `/protected/`. Leading and trailing slashes are optional.
    ///
    /// `SCRIPT_NAME/files/` is `/files/` below the application's mount path, which the web server sends in the
    /// parameter `SCRIPT_NAME`: `/app/files/` for an application at `/app`. The web server's configuration must set
    /// that path to a constant; if it derives `SCRIPT_NAME` from the request, a client can choose the location.
    public var internalURLPrefix: String?

    /// The internal locations of several directories; otherwise `SENDFILE_MAPPING`, by default none.
    ///
    /// ```swift
    /// var configuration = SendfileConfiguration(root: "/srv")
    /// configuration.internalURLMapping = ["/srv/a": "/files-a/", "/srv/b": "/files-b/"]
    /// ```
    ///
    /// The location is determined by the file's absolute path, without symbolic links below the root; of several
    /// matching directories, the longest counts. A file in none of them uses ``internalURLPrefix`` if that is set, and
    /// is streamed otherwise, with a log message. The paths are compared byte by byte and component by component, and
    /// begin with the root as it was configured.
    public var internalURLMapping: [FilePath: String]?

    /// Creates settings; omitted ones come from the web server or the process environment.
    public init(
        root: FilePath? = nil, backend: BackendChoice? = nil, internalURLPrefix: String? = nil,
        internalURLMapping: [FilePath: String]? = nil
    ) {
        self.root = root
        self.backend = backend
        self.internalURLPrefix = internalURLPrefix
        self.internalURLMapping = internalURLMapping
    }
}
