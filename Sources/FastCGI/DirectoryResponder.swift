public import HTTPTypes
public import Logging
public import Sendfile
import SendfileBasics
public import SystemPackage

/// Serves all files below a directory, subject to a decision for each request.
///
/// ```swift
/// let responder = try DirectoryResponder(root: "/srv/files") { request, path in
///     guard let user = request.remoteUser else { return .deny(.unauthorized) }
///     return path.starts(with: FilePath(user)) ? .allow(SendfileOptions(attachment: .attachment)) : .deny(.forbidden)
/// }
/// try await FastCGIServer(handler: responder.respond).runService()
/// ```
///
/// It supports only `GET` and `HEAD`, has no listings, and serves no file outside of the directory. The path in the
/// URL, percent-decoded once, is the file's path below the root, without the application's mount path.
public struct DirectoryResponder: Sendable {
    /// The decision about a request.
    public struct Verdict: Sendable {
        enum Kind: Sendable {
            case allow(SendfileOptions)
            case deny(Response)
        }

        let kind: Kind

        /// Sends the file.
        public static let allow = Self(kind: .allow(SendfileOptions()))

        /// Sends the file with these options. Their additional methods are ignored.
        public static func allow(_ options: SendfileOptions) -> Self { Self(kind: .allow(options)) }

        /// Denies the request with this response.
        public static func deny(_ response: Response) -> Self { Self(kind: .deny(response)) }

        /// Denies the request with this status and no body.
        public static func deny(_ status: HTTPResponse.Status) -> Self { .deny(Response(status: status)) }
    }

    /// Decides whether a request may have a file, whose path is relative to the root.
    ///
    /// The path is exactly the one that is opened: it has no empty component, no `.` and no `..`. The file need not
    /// exist. An error becomes status 500, or the status of a ``ResponseError``.
    public typealias Decision = @Sendable (_ request: Request, _ path: FilePath) async throws -> Verdict

    /// Changes the response about a permitted file: the file, or 304, 404, 412 or 416.
    ///
    /// Pass header fields of the file with the verdict instead, so that they reach the client with any web server. Do
    /// not change the status of a file that the web server sends.
    public typealias Change =
        @Sendable (_ response: inout Response, _ request: Request, _ path: FilePath) async throws -> Void

    private let sendfile: Sendfile
    private let mount: [UInt8]?
    private let index: [UInt8]?
    private let change: Change?
    private let decide: Decision

    /// Opens a directory.
    ///
    /// - Parameters:
    ///   - root: The absolute path of the directory.
    ///   - prefix: The URL path of the directory, such as `/downloads`; other paths are answered with 404. `nil` uses
    ///     the application's mount path, which the web server sends (`SCRIPT_NAME`).
    ///   - index: The name of the file that is served for its directory, such as `index.html`; `nil` for none.
    ///   - allowsSymbolicLinksInRoot: Whether the root's path may contain symbolic links.
    ///   - backend: The sender of the bytes; `nil` uses the setting of the web server or of the process environment.
    ///   - logger: Receives the reasons why files were refused.
    ///   - change: Changes responses.
    ///   - decide: Decides about each request.
    /// - Throws: `SendfileError` that names the root and the remedy.
    public init(
        root: String, prefix: String? = nil, index: String? = nil, allowsSymbolicLinksInRoot: Bool = false,
        backend: BackendChoice? = nil, logger: Logger = Logger(label: "Sendfile"), change: Change? = nil,
        decide: @escaping Decision
    ) throws(SendfileError) {
        let sendfile = try Sendfile(
            configuration: SendfileConfiguration(root: Sendfile.rootPath(root), backend: backend), logger: logger,
            allowsSymbolicLinksInRoot: allowsSymbolicLinksInRoot)
        self.init(sendfile, prefix: prefix, index: index, change: change, decide: decide)
    }

    /// Serves the files of an open root, with its settings.
    ///
    /// - Parameters:
    ///   - sendfile: The root.
    ///   - prefix: The URL path of the directory; `nil` uses the application's mount path.
    ///   - index: The name of the file that is served for its directory; `nil` for none.
    ///   - change: Changes responses.
    ///   - decide: Decides about each request.
    public init(
        _ sendfile: Sendfile, prefix: String? = nil, index: String? = nil, change: Change? = nil,
        decide: @escaping Decision
    ) {
        self.sendfile = sendfile
        self.mount = prefix.map { prefix in
            prefix.utf8.split(separator: UInt8(ascii: "/")).flatMap { [UInt8(ascii: "/")] + $0 }
        }
        self.index = index.map { Array($0.utf8) }
        self.change = change
        self.decide = decide
    }

    /// Responds to a request. Pass it as the handler of a ``FastCGIServer``.
    public func respond(to request: Request) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Response(
                status: .methodNotAllowed, headerFields: [.allow: "GET, HEAD", .cacheControl: "private"])
        }
        guard let path = self.path(of: request) else {
            request.logger.debug("answered with 404: the URL is not the path of a file below the root")
            return Response(status: .notFound, headerFields: [.cacheControl: "private"])
        }
        switch try await self.decide(request, path).kind {
        case .deny(let response): return response
        case .allow(var options):
            options.additionalMethods = []
            var response = try self.sendfile(request, path, options)
            try await self.change?(&response, request, path)
            return response
        }
    }

    /// Calls ``respond(to:)``.
    public func callAsFunction(_ request: Request) async throws -> Response { try await self.respond(to: request) }

    /// The path of the requested file; `nil` if the URL cannot name a file.
    private func path(of request: Request) -> FilePath? {
        guard var path = self.pathBelowMount(of: request), path.first == UInt8(ascii: "/") else { return nil }
        if path.last == UInt8(ascii: "/") {
            guard let index else { return nil }
            path += index
        }
        // The name that is decided about must be the name that is opened: only one spelling of a name is accepted.
        for component in PathComponent.all(of: path.dropFirst()) {
            guard PathComponent(component) == .name, !component.contains(0) else { return nil }
        }
        return FilePath(platformString: path.dropFirst().map { CChar(bitPattern: $0) } + [0])
    }

    private func pathBelowMount(of request: Request) -> [UInt8]? {
        let path = request.pathBytes
        if let mount = self.mount { return Self.path(path, below: mount) }
        // Some servers send the whole path as SCRIPT_NAME and no PATH_INFO: the application then has no mount path.
        guard let rest = request.parameters.bytes("PATH_INFO"), !rest.isEmpty,
            let script = request.parameters.bytes("SCRIPT_NAME"), !script.isEmpty
        else { return path }
        // If the server has changed the path, use the server's path.
        return Self.path(path, below: script) ?? rest
    }

    private static func path(_ path: [UInt8], below mount: [UInt8]) -> [UInt8]? {
        let length = mount.last == UInt8(ascii: "/") ? mount.count - 1 : mount.count
        guard path.starts(with: mount.prefix(length)), path.count > length, path[length] == UInt8(ascii: "/") else {
            return nil
        }
        return Array(path[length...])
    }
}
