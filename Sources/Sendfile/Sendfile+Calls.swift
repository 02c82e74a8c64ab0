public import HTTPTypes
public import SystemPackage

extension Sendfile {
    /// Answers a request with a file.
    ///
    /// - Parameters:
    ///   - request: The request; its path means nothing here.
    ///   - path: The file's path relative to the root.
    ///   - options: What is to be said about the file.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: ``SendfileError`` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func callAsFunction(
        _ request: HTTPRequest, _ path: String, _ options: SendfileOptions
    ) throws(SendfileError) -> FileResponse {
        try self.decide(request, .text(path), options)
    }

    /// Answers a request with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func callAsFunction(
        _ request: HTTPRequest, _ path: FilePath, _ options: SendfileOptions
    ) throws(SendfileError) -> FileResponse {
        try self.decide(request, .filePath(path), options)
    }

    /// Answers a request with a file.
    ///
    /// - Parameters:
    ///   - request: The request; its path means nothing here.
    ///   - path: The file's path relative to the root.
    ///   - attachment: Whether the client shows or saves the file, and under which name.
    ///   - contentType: The media type; without one, by the extension of `path`.
    ///   - contentEncoding: What the `Content-Encoding` field says; by default nothing.
    ///   - headerFields: Further fields for the client. An `ETag`, `Last-Modified`, `Content-Type`, `Content-Encoding` or
    ///     `Content-Disposition` replaces the library's, and preconditions are judged by it.
    ///   - additionalMethods: Methods to accept besides `GET` and `HEAD`.
    ///   - precompressed: Whether `path` with `.br` or `.gz` is sent to clients that accept it; see
    ///     ``SendfileOptions/precompressed``.
    ///   - deleteAfterSending: Whether the file is deleted when it is sent whole; see
    ///     ``SendfileOptions/deleteAfterSending``.
    ///   - nginx: What nginx is told besides; sent by the nginx backend only.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: ``SendfileError`` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func callAsFunction(
        _ request: HTTPRequest, _ path: String, attachment: ContentDisposition = .inline, contentType: String? = nil,
        contentEncoding: ContentEncoding = .none, headerFields: HTTPFields = HTTPFields(),
        additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false, deleteAfterSending: Bool = false,
        nginx: NginxControls = NginxControls()
    ) throws(SendfileError) -> FileResponse {
        try self.decide(
            request, .text(path),
            SendfileOptions(
                attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
                headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
                deleteAfterSending: deleteAfterSending, nginx: nginx))
    }

    /// Answers a request with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func callAsFunction(
        _ request: HTTPRequest, _ path: FilePath, attachment: ContentDisposition = .inline, contentType: String? = nil,
        contentEncoding: ContentEncoding = .none, headerFields: HTTPFields = HTTPFields(),
        additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false, deleteAfterSending: Bool = false,
        nginx: NginxControls = NginxControls()
    ) throws(SendfileError) -> FileResponse {
        try self.decide(
            request, .filePath(path),
            SendfileOptions(
                attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
                headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
                deleteAfterSending: deleteAfterSending, nginx: nginx))
    }
}

// Any other type of request.
extension Sendfile {
    /// Answers a request of any type with a file.
    ///
    /// The same as calling this value, for request types of other frameworks.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - path: The file's path relative to the root.
    ///   - options: What is to be said about the file.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: ``SendfileError`` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func response(
        to request: some SendfileRequest, path: String, options: SendfileOptions
    ) throws(SendfileError) -> FileResponse {
        try self.decide(request, .text(path), options)
    }

    /// Answers a request of any type with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func response(
        to request: some SendfileRequest, path: FilePath, options: SendfileOptions
    ) throws(SendfileError) -> FileResponse {
        try self.decide(request, .filePath(path), options)
    }

    /// Answers a request of any type with a file.
    ///
    /// The same as calling this value, for request types of other frameworks.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - path: The file's path relative to the root.
    ///   - attachment: Whether the client shows or saves the file, and under which name.
    ///   - contentType: The media type; without one, by the extension of `path`.
    ///   - contentEncoding: What the `Content-Encoding` field says; by default nothing.
    ///   - headerFields: Further fields for the client. An `ETag`, `Last-Modified`, `Content-Type`, `Content-Encoding` or
    ///     `Content-Disposition` replaces the library's, and preconditions are judged by it.
    ///   - additionalMethods: Methods to accept besides `GET` and `HEAD`.
    ///   - precompressed: Whether `path` with `.br` or `.gz` is sent to clients that accept it; see
    ///     ``SendfileOptions/precompressed``.
    ///   - deleteAfterSending: Whether the file is deleted when it is sent whole; see
    ///     ``SendfileOptions/deleteAfterSending``.
    ///   - nginx: What nginx is told besides; sent by the nginx backend only.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: ``SendfileError`` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func response(
        to request: some SendfileRequest, path: String, attachment: ContentDisposition = .inline,
        contentType: String? = nil,
        contentEncoding: ContentEncoding = .none, headerFields: HTTPFields = HTTPFields(),
        additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false, deleteAfterSending: Bool = false,
        nginx: NginxControls = NginxControls()
    ) throws(SendfileError) -> FileResponse {
        try self.decide(
            request, .text(path),
            SendfileOptions(
                attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
                headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
                deleteAfterSending: deleteAfterSending, nginx: nginx))
    }

    /// Answers a request of any type with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func response(
        to request: some SendfileRequest, path: FilePath, attachment: ContentDisposition = .inline,
        contentType: String? = nil,
        contentEncoding: ContentEncoding = .none, headerFields: HTTPFields = HTTPFields(),
        additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false, deleteAfterSending: Bool = false,
        nginx: NginxControls = NginxControls()
    ) throws(SendfileError) -> FileResponse {
        try self.decide(
            request, .filePath(path),
            SendfileOptions(
                attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
                headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
                deleteAfterSending: deleteAfterSending, nginx: nginx))
    }
}
