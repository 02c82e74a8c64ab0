public import HTTPTypes
public import Logging
public import Sendfile
import SendfileBasics
public import SystemPackage

/// Serves everything below a directory to those who may have it.
///
/// ```swift
/// let responder = try DirectoryResponder(root: "/srv/files") { request, path in
///     guard let user = request.remoteUser else { return .deny(.unauthorized) }
///     return path.starts(with: FilePath(user)) ? .allow(SendfileOptions(attachment: .attachment)) : .deny(.forbidden)
/// }
/// try await FastCGIServer(handler: responder.respond).runService()
/// ```
///
/// `GET` and `HEAD` only, no listings, nothing outside of the directory. The path in the URL, percent-decoded once, is the file's
/// path below the root, without the path that the application is mounted at.
public struct DirectoryResponder: Sendable {
    /// Whether a request may have a file.
    public struct Verdict: Sendable {
        enum Kind: Sendable {
            case allow(SendfileOptions)
            case deny(Response)
        }

        let kind: Kind

        /// The file is sent.
        public static let allow = Self(kind: .allow(SendfileOptions()))

        /// The file is sent, with what these options say of it. No methods are added by them.
        public static func allow(_ options: SendfileOptions) -> Self { Self(kind: .allow(options)) }

        /// This is the answer.
        public static func deny(_ response: Response) -> Self { Self(kind: .deny(response)) }

        /// The answer is this status without a body.
        public static func deny(_ status: HTTPResponse.Status) -> Self { .deny(Response(status: status)) }
    }

    /// Decides whether a request may have a file, whose path is relative to the root.
    ///
    /// The path is the very one that is opened then: it has no empty component, no `.` and no `..`. What it names need not exist. What
    /// is thrown becomes status 500, or the status of a ``ResponseError``.
    public typealias Decision = @Sendable (_ request: Request, _ path: FilePath) async throws -> Verdict

    /// Changes the response about a file that was allowed: the file, or 304, 404, 412 or 416.
    ///
    /// Fields of the file are better given with the verdict, where they reach the client whatever the web server; and a file that
    /// the web server sends has to keep its status.
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
    ///   - prefix: The URL path that the directory is served at, such as `/downloads`; what is not below it is 404. `nil`: the path
    ///     that the web server says the application is mounted at (`SCRIPT_NAME`).
    ///   - index: The name of the file that stands for its directory, such as `index.html`; `nil` for none.
    ///   - allowsSymbolicLinksInRoot: Whether the path of the root may lead through symbolic links.
    ///   - backend: Who sends the bytes; `nil` leaves it to the web server or the process environment.
    ///   - logger: Is told why a file was refused.
    ///   - change: Changes responses.
    ///   - decide: Decides who may have which file.
    /// - Throws: `SendfileError` that names the root and what to do.
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

    /// Serves what is below a root that is open already, with its settings.
    ///
    /// - Parameters:
    ///   - sendfile: The root.
    ///   - prefix: The URL path that the directory is served at; `nil`: that of the application.
    ///   - index: The name of the file that stands for its directory; `nil` for none.
    ///   - change: Changes responses.
    ///   - decide: Decides who may have which file.
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

    /// Answers a request: what a ``FastCGIServer`` takes as its handler.
    public func respond(to request: Request) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Response(
                status: .methodNotAllowed, headerFields: [.allow: "GET, HEAD", .cacheControl: "private"])
        }
        guard let path = self.path(of: request) else {
            request.logger.debug("answered with 404: the URL is no path of a file below the root")
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

    /// The same as ``respond(to:)``.
    public func callAsFunction(_ request: Request) async throws -> Response { try await self.respond(to: request) }

    /// The path of the file that a request asks for; `nil` if the URL cannot mean one.
    private func path(of request: Request) -> FilePath? {
        guard var path = self.pathBelowMount(of: request), path.first == UInt8(ascii: "/") else { return nil }
        if path.last == UInt8(ascii: "/") {
            guard let index else { return nil }
            path += index
        }
        // What is decided about must be what is opened: a second spelling of a name is none.
        for component in PathComponent.all(of: path.dropFirst()) {
            guard PathComponent(component) == .name, !component.contains(0) else { return nil }
        }
        return FilePath(platformString: path.dropFirst().map { CChar(bitPattern: $0) } + [0])
    }

    private func pathBelowMount(of request: Request) -> [UInt8]? {
        let path = request.pathBytes
        if let mount = self.mount { return Self.path(path, below: mount) }
        // Some servers send all of the path as the name of the script, and no rest: then nothing is mounted.
        guard let rest = request.parameters.bytes("PATH_INFO"), !rest.isEmpty,
            let script = request.parameters.bytes("SCRIPT_NAME"), !script.isEmpty
        else { return path }
        // A path that the server has changed is what the server says.
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
