public import Configuration
public import HTTPTypes
public import Logging
public import SystemPackage

/// Answers requests with files below one directory.
///
/// ```swift
/// let sendfile = try Sendfile(root: "/srv/reports")
/// let response = try sendfile(request, "team/q3.pdf", attachment: .named("Q3 report.pdf"))
/// ```
///
/// Your code decides who may have a file; this type decides everything else that needs no bytes: whether there is such a file
/// below the root, the client's preconditions, validators, header fields, ranges. Where a web server can be asked, it moves the
/// bytes; otherwise the response is a stream. Values of this type share one open root and may be used by any thread.
public struct Sendfile: Sendable {
    private let settings: Settings
    private let logger: Logger

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - configuration: The settings that are given in code.
    ///   - environment: Where the other ones are read, once. Parameters that the web server sets win over it.
    ///   - logger: Is told why a file was refused, and why one was streamed although a web server could be asked.
    /// - Throws: ``SendfileError`` that names the setting, its value and what to do. Without a root in code and in the
    ///   environment, nothing is thrown here: the web server may still name one.
    public init(
        configuration: SendfileConfiguration = .init(),
        environment: ConfigReader = SendfileConfiguration.processEnvironment,
        logger: Logger = Logger(label: "Sendfile")
    ) throws(SendfileError) {
        self.settings = try Settings(configuration, environment: environment)
        self.logger = logger
    }

    /// Opens a root; the other settings come from the web server or the process environment.
    ///
    /// - Parameters:
    ///   - root: The absolute path of the directory that files are served from.
    ///   - backend: Who sends the bytes.
    ///   - logger: Is told why a file was refused.
    /// - Throws: ``SendfileError`` that names the setting, its value and what to do.
    public init(
        root: FilePath, backend: BackendChoice? = nil, logger: Logger = Logger(label: "Sendfile")
    ) throws(SendfileError) {
        try self.init(configuration: SendfileConfiguration(root: root, backend: backend), logger: logger)
    }

    /// Opens a root; the other settings come from the web server or the process environment.
    ///
    /// - Parameters:
    ///   - root: The absolute path of the directory that files are served from.
    ///   - backend: Who sends the bytes.
    ///   - logger: Is told why a file was refused.
    /// - Throws: ``SendfileError`` that names the setting, its value and what to do.
    public init(
        root: String, backend: BackendChoice? = nil, logger: Logger = Logger(label: "Sendfile")
    ) throws(SendfileError) {
        try self.init(
            root: DocumentRoot.path(root, from: .code), backend: backend, logger: logger)
    }

    /// Answers a request with a file.
    ///
    /// - Parameters:
    ///   - request: The request; its path means nothing here.
    ///   - path: The file's path relative to the root.
    ///   - attachment: Whether the client shows or saves the file, and under which name.
    ///   - contentType: The media type; without one, by the extension of `path`.
    ///   - headerFields: Further fields for the client. An `ETag`, `Last-Modified`, `Content-Type` or `Content-Disposition`
    ///     replaces the library's, and preconditions are judged by it.
    ///   - additionalMethods: Methods to accept besides `GET` and `HEAD`.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: ``SendfileError`` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func callAsFunction(
        _ request: HTTPRequest, _ path: String, attachment: ContentDisposition = .inline, contentType: String? = nil,
        headerFields: HTTPFields = [:], additionalMethods: [HTTPRequest.Method] = []
    ) throws(SendfileError) -> FileResponse {
        try self.response(
            to: request, path: path, attachment: attachment, contentType: contentType, headerFields: headerFields,
            additionalMethods: additionalMethods)
    }

    /// Answers a request with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func callAsFunction(
        _ request: HTTPRequest, _ path: FilePath, attachment: ContentDisposition = .inline, contentType: String? = nil,
        headerFields: HTTPFields = [:], additionalMethods: [HTTPRequest.Method] = []
    ) throws(SendfileError) -> FileResponse {
        try self.response(
            to: request, path: path, attachment: attachment, contentType: contentType, headerFields: headerFields,
            additionalMethods: additionalMethods)
    }

    /// Answers a request of any type with a file.
    ///
    /// The same as calling this value, for request types of other frameworks.
    public func response(
        to request: some SendfileRequest, path: String, attachment: ContentDisposition = .inline,
        contentType: String? = nil, headerFields: HTTPFields = [:], additionalMethods: [HTTPRequest.Method] = []
    ) throws(SendfileError) -> FileResponse {
        let options = FileOptions(
            disposition: attachment, contentType: contentType, headerFields: headerFields,
            additionalMethods: additionalMethods)
        return try self.decide(request, .text(path), options)
    }

    /// Answers a request of any type with a file whose name may be in any encoding.
    ///
    /// The same as calling this value, for request types of other frameworks.
    public func response(
        to request: some SendfileRequest, path: FilePath, attachment: ContentDisposition = .inline,
        contentType: String? = nil, headerFields: HTTPFields = [:], additionalMethods: [HTTPRequest.Method] = []
    ) throws(SendfileError) -> FileResponse {
        let options = FileOptions(
            disposition: attachment, contentType: contentType, headerFields: headerFields,
            additionalMethods: additionalMethods)
        return try self.decide(request, .filePath(path), options)
    }

    /// The one way through: method, file, preconditions, range, delivery.
    private func decide(
        _ request: some SendfileRequest, _ path: RequestedPath, _ options: FileOptions
    ) throws(SendfileError) -> FileResponse {
        guard options.allows(request.method) else { return options.methodNotAllowed }
        let root = try self.settings.root(for: request)
        let backend = try self.settings.backend(for: request)

        let name: RelativePath
        let file: OpenFile
        let location: FileLocation?
        do throws(FileRefusal) {
            name = try RelativePath(path)
            (file, location) = try root.open(name, locating: backend != nil)
        } catch {
            if case .system(let errno) = error {
                throw SendfileError(
                    .fileSystem, "a file below the root cannot be opened: \(errno)", underlying: errno)
            }
            self.logger.log(level: error.logLevel, "answered with 404: \(error.reason)", metadata: ["path": "\(path)"])
            return options.failure(.notFound)
        }

        let validators = Validators(of: file, backend: backend, overriddenBy: options.headerFields)
        switch Preconditions.verdict(on: request, validators) {
        case .notModified: return options.notModified(validators)
        case .failed: return options.failure(.preconditionFailed)
        case .proceed: break
        }

        var ranges: [Range<Int64>]?
        var serverAgrees = true
        range: if let field = request.fieldValue(.range) {
            // Ranges are defined for GET only (RFC 9110 §14.2); web servers cut the file that they are given all the same.
            if request.method != .get {
                serverAgrees = false
            } else {
                let ifRange = request.fieldValue(.ifRange)
                serverAgrees =
                    ByteRanges.isRegular(field)
                    && ifRange.map { Preconditions.isRegular(ifRange: $0, validators) } ?? true
                guard Preconditions.rangeApplies(ifRange: ifRange, validators) else { break range }
                switch ByteRanges(field, size: file.size) {
                case .some(let some): ranges = some
                case .whole: serverAgrees = false
                case .unsatisfiable:
                    return options.failure(.rangeNotSatisfiable, [.contentRange: "bytes */\(file.size)"])
                }
            }
        }

        var fields = options.fields(name: name, validators)
        if serverAgrees, let backend {
            let decision = location.map {
                FileDecision(location: $0, headerFields: fields, hasCustomValidators: validators.areCustom)
            }
            if let serverFields = decision.flatMap({ backend.serverFields(for: $0) }) {
                if backend.addsAcceptRanges, ranges == nil { fields[.acceptRanges] = nil }
                return FileResponse(status: .ok, headerFields: fields, delivery: .webServer(serverFields))
            }
            let reason =
                decision == nil
                ? "its name cannot be known, as after the root was moved"
                : "the web server cannot be told this name, or would lose a header field"
            self.logger.info("streamed instead: \(reason)", metadata: ["path": "\(path)"])
        }
        return StreamBackend.response(file, to: request.method, ranges: ranges, headerFields: fields)
    }
}
