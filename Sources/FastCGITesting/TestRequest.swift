public import FastCGI
public import HTTPTypes

/// A client's request, with the parameters of the web server.
///
/// ```swift
/// var request = TestRequest(.put, "/files/q3.pdf?version=2", user: "alice")
/// request.headerFields[.contentType] = "application/pdf"
/// request.body = bytes
/// ```
public struct TestRequest: Sendable {
    /// The request method.
    public var method: HTTPRequest.Method

    /// The path and the query as the client sends them, percent-encoded: `/a%20b?c=d`.
    public var target: String

    /// The client's header fields.
    public var headerFields: HTTPFields

    /// The body.
    public var body: [UInt8]

    /// The user that the web server has authenticated (`REMOTE_USER`).
    public var user: String?

    /// The client's address (`REMOTE_ADDR`).
    public var remoteAddress = "127.0.0.1"

    /// `https` or `http` (`REQUEST_SCHEME`, `HTTPS` and `SERVER_PORT`).
    public var scheme = "https"

    /// The requested host (`HTTP_HOST` and `SERVER_NAME`); a `Host` in ``headerFields`` overrides it.
    public var host = "localhost"

    /// The decoded beginning of the path, which names the program (`SCRIPT_NAME`); the rest is `PATH_INFO`. Empty by
    /// default: the program handles all paths of the host.
    public var scriptName = ""

    /// The simulated web server; `nil` for one that cannot send files.
    public var webServer: WebServer?

    /// Parameters set by the web server's configuration. They override all others; `nil` removes one.
    public var parameters: [String: String?] = [:]

    /// A web server that is set up as in this package's folder `conf`.
    public struct WebServer: Sendable, Hashable, CaseIterable, CustomStringConvertible {
        /// The value of `SENDFILE_BACKEND`.
        public let backend: String

        /// `SERVER_SOFTWARE`.
        let software: String

        /// Whether the server sends `REMOTE_USER` without a value where there is no user.
        let sendsEmptyUser: Bool

        public var description: String { self.backend }

        /// lighttpd: `SENDFILE_BACKEND` is `lighttpd`.
        public static let lighttpd = Self(backend: "lighttpd", software: "lighttpd/1.4.69", sendsEmptyUser: false)
        /// nginx, whose internal location is `/protected/`: `SENDFILE_BACKEND` is `nginx`.
        public static let nginx = Self(backend: "nginx", software: "nginx/1.22.1", sendsEmptyUser: true)
        /// Apache with mod_xsendfile: `SENDFILE_BACKEND` is `apache`.
        public static let apache = Self(
            backend: "apache", software: "Apache/2.4.65 (Debian)", sendsEmptyUser: false)
        /// Caddy: `SENDFILE_BACKEND` is `caddy`.
        public static let caddy = Self(backend: "caddy", software: "Caddy/2.6.2", sendsEmptyUser: true)

        /// Every web server; a later version may have more.
        public static let allCases: [Self] = [.lighttpd, .nginx, .apache, .caddy]
    }

    /// The role of the request: the authorizer role calls the authorizer of the tested server. nginx's `auth_request`
    /// is the responder role with the parameter `FCGI_ROLE` set to `AUTHORIZER`.
    public var role = Request.Role.responder

    /// Creates a request; everything has a default.
    public init(
        _ method: HTTPRequest.Method = .get, _ target: String = "/", user: String? = nil,
        headerFields: HTTPFields = [:], body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.user = user
        self.headerFields = headerFields
        self.body = body
    }

    /// All FastCGI parameters in the order in which they are sent.
    var allParameters: [(name: String, value: String)] {
        let (path, query) = self.pathAndQuery
        let decoded = FastCGI.Request(parameters: Parameters([("REQUEST_URI", path)])).path
        var all: [(name: String, value: String)] = [
            ("GATEWAY_INTERFACE", "CGI/1.1"), ("SERVER_SOFTWARE", self.webServer?.software ?? "FastCGITesting"),
            ("SERVER_PROTOCOL", "HTTP/1.1"), ("SERVER_NAME", self.host), ("SERVER_ADDR", "127.0.0.1"),
            ("SERVER_PORT", self.scheme == "https" ? "443" : "80"), ("REMOTE_ADDR", self.remoteAddress),
            ("REMOTE_PORT", "49152"), ("REQUEST_SCHEME", self.scheme), ("REQUEST_METHOD", self.method.rawValue),
            ("REQUEST_URI", self.target), ("SCRIPT_NAME", self.scriptName),
            ("PATH_INFO", self.pathInfo(of: decoded)),
            ("QUERY_STRING", query),
        ]
        if self.scheme == "https" { all.append(("HTTPS", "on")) }
        if let user = self.user ?? (self.webServer?.sendsEmptyUser == true ? "" : nil) {
            all.append(("REMOTE_USER", user))
        }
        if let webServer { all.append(("SENDFILE_BACKEND", webServer.backend)) }
        all += self.fieldParameters
        for (name, value) in self.parameters.sorted(by: { $0.key < $1.key }) {
            all.removeAll { $0.name == name }
            if let value { all.append((name, value)) }
        }
        return all
    }

    /// The rest of a path after the program's name. As in a web server, bytes are compared: a slash and a combining character after it are
    /// one `Character`, and the two forms of an accented letter are equal.
    private func pathInfo(of path: String) -> String {
        guard path.utf8.starts(with: self.scriptName.utf8) else { return path }
        let rest = path.utf8.dropFirst(self.scriptName.utf8.count)
        return rest.isEmpty || rest.first == UInt8(ascii: "/") ? String(decoding: rest, as: UTF8.self) : path
    }

    private var pathAndQuery: (path: String, query: String) {
        guard let mark = self.target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (self.target, "") }
        return (String(self.target[..<mark]), String(Substring(self.target.utf8[mark...].dropFirst())))
    }

    /// The client's header fields as parameters (RFC 3875 §4.1.18), one for each name.
    private var fieldParameters: [(name: String, value: String)] {
        var fields = self.headerFields
        if fields[Self.hostField] == nil { fields[Self.hostField] = self.host }
        if fields[.contentLength] == nil, !self.body.isEmpty { fields[.contentLength] = String(self.body.count) }
        var parameters: [(name: String, value: String)] = []
        var names: Set<HTTPField.Name> = []
        for field in fields where names.insert(field.name).inserted {
            let value = fields[values: field.name].joined(separator: field.name == .cookie ? "; " : ", ")
            switch field.name {
            case .contentType: parameters.append(("CONTENT_TYPE", value))
            case .contentLength: parameters.append(("CONTENT_LENGTH", value))
            default:
                let name = field.name.canonicalName.uppercased().replacing("-", with: "_")
                parameters.append(("HTTP_" + name, value))
            }
        }
        return parameters
    }

    private static let hostField = HTTPField.Name("Host")!
}
