import HTTPTypes
public import Logging
public import SystemPackage

/// Responds to requests with files below one directory.
///
/// ```swift
/// let sendfile = try Sendfile(root: "/srv/reports")
/// let response = try sendfile(request, "team/q3.pdf", attachment: .attachment(named: "Q3 report.pdf"))
/// ```
///
/// Your code decides which client may have a file. This type decides everything else that does not need the content:
/// whether the file exists below the root, the client's preconditions, validators, header fields and ranges. The web
/// server sends the bytes if it supports that; otherwise the response is a stream. Values of this type share one open
/// root and may be used by any thread.
public struct Sendfile: Sendable {
    private let settings: Settings
    private let logger: Logger

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - configuration: The settings given in code.
    ///   - environment: The source of the other settings, read once. Parameters set by the web server override it.
    ///   - logger: Receives the reasons why files were refused, or streamed although a web server could send them.
    /// - Throws: ``SendfileError`` that names the setting, its value and the remedy. A root that is neither in code nor
    ///   in the environment is not an error here, because the web server may set it.
    public init(
        configuration: SendfileConfiguration = .init(),
        environment: some SettingsReader = .process,
        logger: Logger = Logger(label: "Sendfile")
    ) throws(SendfileError) {
        try self.init(
            configuration: configuration, environment: environment, logger: logger, allowsSymbolicLinksInRoot: true)
    }

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - allowsSymbolicLinksInRoot: Whether the root's path may contain symbolic links, now and whenever it is opened
    ///     again.
    package init(
        configuration: SendfileConfiguration,
        environment: some SettingsReader = .process, logger: Logger,
        allowsSymbolicLinksInRoot: Bool
    ) throws(SendfileError) {
        try self.init(
            configuration: configuration, environment: environment, logger: logger,
            allowsSymbolicLinksInRoot: allowsSymbolicLinksInRoot, wall: .available)
    }

    init(
        configuration: SendfileConfiguration,
        environment: some SettingsReader = .process, logger: Logger,
        allowsSymbolicLinksInRoot: Bool = true, wall: Wall
    ) throws(SendfileError) {
        self.settings = try Settings(
            configuration, environment: environment, allowsSymbolicLinksInRoot: allowsSymbolicLinksInRoot, wall: wall)
        self.logger = logger
        if wall == .walk {
            logger.notice(
                "openat2(2) is not available to this process, so paths are resolved in the program; systemd's RestrictSUIDSGID= and DynamicUser= do that, as do the filters of some containers"
            )
        }
    }

    /// Opens a root; the other settings come from the web server or the process environment.
    ///
    /// - Parameters:
    ///   - root: The absolute path of the directory that files are served from.
    ///   - backend: The sender of the bytes.
    ///   - logger: Receives the reasons why files were refused.
    /// - Throws: ``SendfileError`` that names the setting, its value and the remedy.
    public init(
        root: FilePath, backend: BackendChoice? = nil, logger: Logger = Logger(label: "Sendfile")
    ) throws(SendfileError) {
        try self.init(configuration: SendfileConfiguration(root: root, backend: backend), logger: logger)
    }

    /// Opens a root; the other settings come from the web server or the process environment.
    ///
    /// - Parameters:
    ///   - root: The absolute path of the directory that files are served from.
    ///   - backend: The sender of the bytes.
    ///   - logger: Receives the reasons why files were refused.
    /// - Throws: ``SendfileError`` that names the setting, its value and the remedy.
    public init(
        root: String, backend: BackendChoice? = nil, logger: Logger = Logger(label: "Sendfile")
    ) throws(SendfileError) {
        try self.init(
            root: RootPath.path(root, from: .code), backend: backend, logger: logger)
    }

    /// The header fields with nginx's controls for a response without a file, for example to disable buffering of a
    /// stream.
    ///
    /// - Parameters:
    ///   - nginx: The controls.
    ///   - request: The request.
    /// - Returns: The fields; empty unless the backend for this request is nginx's.
    /// - Throws: ``SendfileError`` if a setting of the web server's is wrong.
    public func controlFields(
        _ nginx: NginxControls, for request: some SendfileRequest
    ) throws(SendfileError) -> [FileResponse.ServerField] {
        try self.settings.backend(for: UninspectedRequest(base: request))?.controlFields(for: nginx) ?? []
    }

    /// Decides about a request; also returns details for logs.
    func decide(
        _ request: some InspectedRequest, _ path: RequestedPath, _ options: SendfileOptions
    ) throws(SendfileError) -> FileResponse {
        guard options.allows(request.method) else { return options.methodNotAllowed.about(RequestedFile(path)) }
        // All threads share the usual settings: they are borrowed here without counting references.
        if self.settings.areUsual(for: request) {
            // The usual settings contain a root.
            return try self.decide(
                request, path, options, below: self.settings.usualRoot!, self.settings.usualBackend)
        }
        let root = try self.settings.root(for: request)
        let backend = try self.settings.backend(for: request)
        return try self.decide(request, path, options, below: root, backend)
    }

    /// Decides about a request whose response the program sends, even if a web server could.
    package func streamedResponse(
        to request: some InspectedRequest, _ path: RequestedPath, _ options: SendfileOptions
    ) throws(SendfileError) -> FileResponse {
        try self.decide(request, path, options, below: try self.settings.root(for: request), nil)
    }

    /// Decides about file, preconditions, range and delivery.
    private func decide(
        _ request: some InspectedRequest, _ path: RequestedPath, _ options: SendfileOptions,
        below root: DocumentRoot, _ chosen: ChosenBackend?
    ) throws(SendfileError) -> FileResponse {
        if let change = root.directory.look() { self.log(change) }
        var notes = RequestedFile(path)
        let isLocated = chosen != nil && !options.deleteAfterSending
        let representation: Representation
        do throws(FileRefusal) {
            let path = try RelativePath(path, below: isLocated ? root.configuredPath : nil)
            func open() throws(FileRefusal) -> Representation {
                try self.representation(of: path, for: request, options, below: root, locating: isLocated)
            }
            do throws(FileRefusal) {
                representation = try open()
            } catch {
                // The root may have been replaced since the last check. After an error of the system, such as a stale
                // handle, the path is resolved once more.
                guard error == .missing || error.isAboutTheSystem else { throw error }
                let change = root.directory.lookAgain(isStale: error == .staleHandle)
                if let change { self.log(change) }
                guard change != nil || error.isAboutTheSystem else { throw error }
                representation = try open()
            }
        } catch {
            if error == .rootIsGone || error == .staleHandle {
                self.log(error.logLevel, "answered with 503: \(error.reason)", path, request)
                return options.failure(.serviceUnavailable).about(notes)
            }
            if case .system(let errno) = error {
                throw SendfileError(
                    .fileSystem, "a file below the root cannot be opened: \(errno)", underlying: errno)
            }
            self.log(error.logLevel, "answered with 404: \(error.reason)", path, request)
            return options.failure(.notFound).about(notes)
        }

        let file = representation.file
        (notes.size, notes.backendName) = (file.size, chosen?.name)
        var validators = Validators(of: file, overriddenBy: options.headerFields)
        if let coding = representation.coding { validators = validators.encoded(by: coding) }
        var ranges: [Range<Int64>]?
        // A web server would derive Last-Modified or its ETag from the second in which the file was just modified.
        var serverAgrees = file.youngNanoseconds == nil
        var acceptRanges = "bytes"
        if request.mayHaveConditions {
            switch options.judgement(
                of: request, size: file.size, isEncoded: options.isEncoded(representation), validators)
            {
            case .answered(let answer): return answer.about(notes)
            case .sent(let content):
                serverAgrees = serverAgrees && content.serverAgrees && !request.hidesRange
                (ranges, acceptRanges, validators) = (content.ranges, content.acceptRanges, content.validators)
            }
        }

        notes.ranges = ranges
        let controlFields = chosen?.controlFields(for: options.nginx) ?? []
        if serverAgrees, isLocated {
            let addsAcceptRanges = ranges == nil && chosen?.backend.addsAcceptRanges == true
            let fields = options.fieldList(
                for: representation, validators, acceptRanges: addsAcceptRanges ? nil : acceptRanges)
            if let location = representation.place.location {
                let decision = FileDecision(
                    location: location, fieldList: fields, hasCustomValidators: validators.areCustom,
                    isRange: ranges != nil)
                if let serverFields = chosen?.serverFields(for: decision) {
                    if !request.isAnsweredInText || serverFields.allSatisfy({ $0.httpField != nil }) {
                        return FileResponse(
                            status: .ok, fieldList: fields, delivery: .webServer(serverFields),
                            controlFields: controlFields, about: notes)
                    }
                    self.log(
                        .info, "streamed instead: the file's path is not text that a field of swift-http-types keeps",
                        path, request)
                } else {
                    self.logStreamed(decision, by: chosen, path, request)
                }
            } else {
                self.log(
                    .info, "streamed instead: the root's path does not lead to the directory that is open", path,
                    request)
            }
        }
        let response = StreamBackend.response(
            file, to: request.method, ranges: ranges,
            headerFields: options.fields(for: representation, validators, acceptRanges: acceptRanges),
            controlFields: controlFields)
        if options.deleteAfterSending, let body = response.delivery.body, body.holdsWholeFile {
            do throws(FileRefusal) {
                try root.remove(representation.name, openedAs: file)
            } catch {
                self.log(.error, "sent and not deleted: \(error.reason)", path, request)
            }
        }
        return response.about(notes)
    }

    /// Opens the file, or a compressed variant of it, below one directory.
    private func representation(
        of path: RelativePath, for request: some InspectedRequest, _ options: SendfileOptions, below root: DocumentRoot,
        locating: Bool
    ) throws(FileRefusal) -> Representation {
        try root.consistently { () throws(FileRefusal) in
            guard options.looksForCompressed, let acceptEncoding = request.fieldValue(.acceptEncoding) else {
                return try root.representation(of: path, locating: locating)
            }
            return try root.representation(of: path, acceptEncoding, locating: locating) { path, refusal in
                self.log(
                    refusal.logLevel, "a compressed file is not used: \(refusal.reason)",
                    String(decoding: path.bytes, as: UTF8.self).printable, request)
            }
        }
    }

    /// A separate function, because it is rarely called.
    @inline(never)
    private func log(_ change: RootDirectory.Change) {
        switch change {
        case .replaced: self.logger.notice("the root was replaced; files come from the new directory")
        case .back: self.logger.notice("the root is back")
        case .away(let problem):
            self.logger.error("\(problem); until it is back, files come from the directory that was open before")
        }
    }

    /// A separate function, because the message's values are captured here.
    private func logStreamed(
        _ decision: FileDecision, by chosen: ChosenBackend?, _ path: RequestedPath, _ request: some InspectedRequest
    ) {
        self.log(.info, "streamed instead: \(chosen?.reasonToStream(decision) ?? "")", path, request)
    }

    private func log(
        _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message, _ path: some CustomStringConvertible,
        _ request: some InspectedRequest
    ) {
        self.logger.log(
            level: level, message(),
            metadata: request.logMetadata.merging(["path": "\(path.description)"]) { $1 })
    }
}
