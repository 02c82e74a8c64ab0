import FastCGI
import HTTPTypes
public import Hummingbird
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
    /// otherwise. Middleware may add fields to the response. If middleware transforms the body, the program sends the transformed bytes.
    ///
    /// - Parameters:
    ///   - request: The request; its path is not used.
    ///   - context: The request's context, of any type.
    ///   - path: The file's path relative to the root: a `String`, or a `FilePath` for a name in any encoding.
    ///   - options: All other options of the response.
    ///   - attachment: Whether the client shows or saves the file, and under which name; it replaces the one of `options`.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. A file that cannot be opened is 404 for every reason; the log
    ///   contains the reason.
    /// - Throws: `SendfileError` if a setting is invalid or missing, or if the system cannot open files.
    public func callAsFunction(
        _ request: Hummingbird.Request, _ context: some RequestContext, _ path: some SendfilePath,
        _ options: SendfileOptions = SendfileOptions(), attachment: ContentDisposition? = nil
    ) throws(SendfileError) -> Hummingbird.Response {
        let channel = RequestChannel.current
        let path = path.requestedPath
        let request = RoutedRequest(head: request.head, request: channel?.request)
        let decision = try self.response(to: request, path, options, attachment: attachment)
        let file = FileAnswer(decision) { try self.streamedResponse(to: request.withoutConditions, path, options) }
        guard let channel else {
            if let response = decision.responseOverHTTP(file) { return response }
            // The name is not UTF-8, and NIO's header fields are.
            let streamed = try self.streamedResponse(to: request, path, options.with(attachment))
            return FileAnswer(streamed) { streamed }.response
        }
        channel.file = file
        return file.response
    }
}

extension FileAnswer {
    /// The response without fields for a web server.
    fileprivate var response: Hummingbird.Response {
        var response = Hummingbird.Response(
            status: self.decision.status, headers: self.decision.headerFields, body: self.body)
        // A length of 0 would be that of the file (RFC 9110 §8.6).
        if self.decision.status == .notModified { response.headers[.contentLength] = nil }
        return response
    }
}

extension FileResponse {
    /// The response for a server that is not FastCGI's: a proxy in front may be asked for the file by fields. `nil` if a field's
    /// value is not UTF-8.
    fileprivate func responseOverHTTP(_ file: FileAnswer) -> Hummingbird.Response? {
        let serverFields = self.delivery.serverFields
        var response = serverFields.isEmpty ? file.response : .init(status: self.status, headers: self.headerFields)
        for field in serverFields + self.controlFields {
            guard let name = HTTPField.Name(field.name), let value = String(validating: field.value, as: UTF8.self)
            else {
                return nil
            }
            response.headers.append(HTTPField(name: name, value: value))
        }
        return response
    }
}

/// A request as the route has it, which middleware may have changed, with the parameters of the web server.
private struct RoutedRequest: InspectedRequest {
    let head: HTTPRequest
    let request: FastCGI.Request?

    var method: HTTPRequest.Method { self.head.method }
    var mayHaveSettings: Bool { self.request?.mayHaveSettings ?? false }
    var mayHaveConditions: Bool { true }

    /// A request for the whole file.
    var withoutConditions: Self {
        Self(head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil), request: self.request)
    }

    func fieldValue(_ name: HTTPField.Name) -> String? { self.head.headerFields[name] }
    func serverParameter(_ name: String) -> String? { self.request?.serverParameter(name) }
}
