/// A choice of backend: the value of `SENDFILE_BACKEND`.
public struct BackendChoice: Sendable, CustomStringConvertible {
    private enum Kind {
        case automatic
        case xsendfile
        case stream
        case web(any Backend)
        case nginx
        case localRedirect
    }

    private let kind: Kind

    private init(kind: Kind, description: String) {
        self.kind = kind
        self.description = description
    }

    /// The value of `SENDFILE_BACKEND`; for a backend of your own, its name.
    public let description: String

    /// The program sends the bytes, which works everywhere and reveals nothing. The default.
    public static let stream = Self(kind: .stream, description: "stream")

    /// Chosen by `SERVER_SOFTWARE`, which only the web server sets; for an unknown server, the file is streamed.
    ///
    /// Use this only with a server that is configured for the header: another one passes the header, which contains the
    /// file's path, on to the client.
    public static let automatic = Self(kind: .automatic, description: "automatic")

    /// lighttpd's `X-Sendfile`; needs `x-sendfile` and `x-sendfile-docroot` in `fastcgi.server`.
    public static let lighttpd = Self(kind: .web(LighttpdBackend()), description: "lighttpd")

    /// Apache's `X-Sendfile`; needs mod_xsendfile with `XSendFile on` and `XSendFilePath`.
    public static let apache = Self(kind: .web(ApacheBackend()), description: "apache")

    /// nginx's `X-Accel-Redirect`; needs an `internal` location at the internal URL prefix.
    public static let nginx = Self(kind: .nginx, description: "nginx")

    /// `X-Sendfile` in the dialect of Caddy; needs a `handle_response` that rewrites the path and serves the file.
    public static let caddy = Self(kind: .web(CaddyBackend()), description: "caddy")

    /// ``caddy`` for a Caddy whose root is `/`, so that it can send the files of several roots.
    package static let caddyWithRootDirectory = Self(
        kind: .web(CaddyBackend(namesAbsolutePaths: true)), description: "caddy")

    /// The CGI local redirect (RFC 3875 §6.2.2), for Apache's mod_fcgid without mod_xsendfile; needs a path at the internal URL
    /// prefix that outside requests cannot reach, as in `conf/apache/local-redirect.conf`.
    ///
    /// For any other server, and for mod_proxy_fcgi, the file is streamed, because they would show the path to the
    /// client.
    public static let localRedirect = Self(kind: .localRedirect, description: "local-redirect")

    /// `X-Sendfile` in the dialect of lighttpd or Apache, by `SERVER_SOFTWARE`; streamed for any other server.
    public static let xsendfile = Self(kind: .xsendfile, description: "xsendfile")

    /// A backend of your own.
    ///
    /// From now on no response of this process carries one of its ``Backend/reservedFieldNames`` that a handler has set.
    public static func custom(_ backend: some Backend) -> Self {
        ReservedFields.reserve(backend.reservedFieldNames)
        return Self(kind: .web(backend), description: backend.name)
    }

    /// The choices that have a name.
    private static let named: [Self] = [
        automatic, lighttpd, apache, nginx, caddy, localRedirect, stream, xsendfile,
    ]

    /// The names of the choices that have one.
    static var names: [String] { Self.named.map(\.description) }

    private static let choices = Dictionary(uniqueKeysWithValues: Self.named.map { ($0.description, $0) })

    /// Parses the value of `SENDFILE_BACKEND`.
    init(_ name: String, from source: SettingSource) throws(SendfileError) {
        if let choice = Self.choices[name] ?? Self.named(asBefore: name) {
            self = choice
            return
        }
        let allowed = Self.names.joined(separator: ", ")
        throw SendfileError(
            .unknownBackend,
            "\(source.name(of: .backend)) is \"\(name.printable)\", which is not a backend; use one of \(allowed)"
        )
    }

    /// Whether the choice depends on the web server of the request.
    var dependsOnRequest: Bool {
        switch self.kind {
        case .automatic, .xsendfile, .localRedirect: true
        case .stream, .web, .nginx: false
        }
    }

    /// Whether files need internal URLs.
    var hasURLs: Bool {
        switch self.kind {
        case .automatic, .nginx, .localRedirect: true
        case .xsendfile, .stream, .web: false
        }
    }

    /// The backend to use; `nil` to stream.
    ///
    /// - Parameters:
    ///   - serverSoftware: The parameter `SERVER_SOFTWARE`, read only if it is needed.
    ///   - isFromFcgid: Whether Apache's mod_fcgid has started this program, determined only if it is needed.
    ///   - url: The internal URLs, determined only if they are needed.
    func backend(
        serverSoftware: () -> String?, isFromFcgid: () -> Bool, url: () throws(SendfileError) -> InternalURL
    ) throws(SendfileError) -> (any Backend)? {
        switch self.kind {
        case .stream: return nil
        case .web(let backend): return backend
        case .nginx: return NginxBackend(url: try url())
        case .localRedirect: return LocalRedirectBackend(url: try url(), isFollowed: isFromFcgid())
        case .automatic, .xsendfile:
            guard let software = serverSoftware() else { return nil }
            if software.isVersion(of: "lighttpd") { return LighttpdBackend() }
            if software.isVersion(of: "Apache") { return ApacheBackend() }
            guard case .automatic = self.kind else { return nil }
            if software.isVersion(of: "nginx") { return NginxBackend(url: try url()) }
            if software.isVersion(of: "Caddy") { return CaddyBackend() }
            return nil
        }
    }
}

extension String {
    /// Whether this is a product's name, alone or with a version (`Apache`, `nginx/1.22.1`, `Apache/2.4.1 (Debian)`).
    func isVersion(of product: String) -> Bool {
        guard self.utf8.starts(with: product.utf8) else { return false }
        let rest = self.utf8.dropFirst(product.utf8.count)
        return rest.isEmpty || rest.first == UInt8(ascii: "/") || rest.first == UInt8(ascii: " ")
    }
}
