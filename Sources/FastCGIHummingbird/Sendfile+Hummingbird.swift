import FastCGI
import HTTPTypes
public import Hummingbird
import Logging
public import Sendfile

extension Sendfile {
    /// Responds to a request with a file.
    ///
    /// ```swift
    /// import FastCGIHummingbird
    /// import Hummingbird
    /// import Sendfile
    ///
    /// func addReports(to router: Router<FastCGIRequestContext>, _ sendfile: Sendfile) {
    ///     router.get("reports/:name") { request, context in
    ///         try sendfile(
    ///             request, context, "\(context.user)/\(context.parameters.requireDecoded("name"))", attachment: .attachment)
    ///     }
    /// }
    /// ```
    ///
    /// Over FastCGI, the web server sends the file if it is set up for that; otherwise the program sends it without copying its bytes.
    /// On Hummingbird's own server, the response has the fields for the proxy in front if a backend is set, and the bytes
    /// otherwise, in constant memory. (If the application has an event loop group of its own, that needs a context with
    /// ``FastCGIContext/httpChannel``.) Middleware may add fields to the response. If middleware transforms the body, the program
    /// sends the transformed bytes.
    ///
    /// - Parameters:
    ///   - request: The request; its path is not used.
    ///   - context: The request's context, of any type.
    ///   - path: The file's path relative to the root: a `String`, or a `FilePath` for a name in any encoding.
    ///   - options: All other options of the response.
    ///   - attachment: Whether the client shows or saves the file, and under which name; it replaces the one of `options`.
    /// - Returns: 200, 206, 304, 404, 405, 412, 416, or 503 if the root is gone. A file that cannot be opened is 404 for every reason; the log
    ///   contains the reason.
    /// - Throws: `SendfileError` if a setting is invalid or missing, or if the system cannot open files.
    public func callAsFunction(
        _ request: Hummingbird.Request, _ context: some RequestContext, _ path: some SendfilePath,
        _ options: SendfileOptions = SendfileOptions(), attachment: ContentDisposition? = nil
    ) throws(SendfileError) -> Hummingbird.Response {
        let channel = RequestChannel.current
        let path = path.requestedPath
        let request = RoutedRequest(head: request.head, request: channel?.request, logger: context.logger)
        let decision = try self.response(to: request, path, options, attachment: attachment)
        let connection = (context as? any FastCGIContext)?.httpChannel
        let loop = channel != nil ? ChunkPace.Loop.none : connection.map { .connection($0) } ?? .unknown
        let file = FileAnswer(decision, on: loop) {
            try self.streamedResponse(to: request.withoutConditions, path, options)
        }
        channel?.file = file
        return file.response(overHTTP: channel == nil)
    }
}

extension FileAnswer {
    /// The response of a route.
    ///
    /// - Parameter isOverHTTP: Whether the server is not FastCGI's: a proxy in front is asked for the file by header fields.
    fileprivate func response(overHTTP isOverHTTP: Bool) -> Hummingbird.Response {
        let (decision, fields) = (self.decision, self.decision.headerFields)
        let asksProxy = isOverHTTP && !decision.delivery.serverFields.isEmpty
        var response = Hummingbird.Response(
            status: decision.status, headers: isOverHTTP ? decision.allHeaderFields : fields,
            body: asksProxy ? Hummingbird.ResponseBody() : self.body)
        // A length of 0 would be that of the file (RFC 9110 §8.6). A proxy that sends the file knows its length.
        if asksProxy || decision.status == .notModified { response.headers[.contentLength] = nil }
        return response
    }
}

/// A request as the route has it, which middleware may have changed, with the parameters of the web server.
private struct RoutedRequest: InspectedRequest {
    let head: HTTPRequest
    let request: FastCGI.Request?
    /// The logger of the request's context.
    let logger: Logger

    var method: HTTPRequest.Method { self.head.method }
    var mayHaveSettings: Bool { self.request?.mayHaveSettings ?? false }
    var mayHaveConditions: Bool { true }
    /// NIO's header fields are text.
    var isAnsweredInText: Bool { self.request == nil }
    var hidesRange: Bool { self.request?.hidesRange ?? false }

    /// A request for the whole file.
    var withoutConditions: Self {
        Self(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil), request: self.request,
            logger: self.logger)
    }

    /// The numbers of the request in the lines that Hummingbird and the FastCGI server log.
    var logMetadata: Logger.Metadata {
        var metadata = self.request?.logMetadata ?? [:]
        metadata["hb.request.id"] = self.logger[metadataKey: "hb.request.id"]
        return metadata
    }

    func fieldValue(_ name: HTTPField.Name) -> String? { self.head.headerFields[name] }
    func serverParameter(_ name: String) -> String? { self.request?.serverParameter(name) }
}
