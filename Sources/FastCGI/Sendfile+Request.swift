public import HTTPTypes
public import Sendfile
public import SystemPackage

extension Sendfile {
    /// Answers a FastCGI request with a file.
    ///
    /// - Parameters:
    ///   - request: The request. Settings that were not given in code may come from parameters that the web server sets.
    ///   - path: The file's path relative to the root.
    ///   - options: What is to be said about the file.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: `SendfileError` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func callAsFunction(
        _ request: Request, _ path: String, _ options: SendfileOptions
    ) throws(SendfileError) -> Response {
        Response(try self.response(to: request, path: path, options: options))
    }

    /// Answers a FastCGI request with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func callAsFunction(
        _ request: Request, _ path: FilePath, _ options: SendfileOptions
    ) throws(SendfileError) -> Response {
        Response(try self.response(to: request, path: path, options: options))
    }

    /// Answers a FastCGI request with a file.
    ///
    /// - Parameters:
    ///   - request: The request. Settings that were not given in code may come from parameters that the web server sets.
    ///   - path: The file's path relative to the root.
    ///   - attachment: Whether the client shows or saves the file, and under which name.
    ///   - contentType: The media type; without one, by the extension of `path`.
    ///   - contentEncoding: What the `Content-Encoding` field says; by default nothing.
    ///   - headerFields: Further fields for the client. An `ETag`, `Last-Modified`, `Content-Type`, `Content-Encoding` or
    ///     `Content-Disposition` replaces the library's, and preconditions are judged by it.
    ///   - additionalMethods: Methods to accept besides `GET` and `HEAD`.
    ///   - precompressed: Whether `path` with `.br` or `.gz` is sent to clients that accept it; see
    ///     `SendfileOptions.precompressed`.
    ///   - deleteAfterSending: Whether the file is deleted when it is sent whole; see
    ///     `SendfileOptions.deleteAfterSending`.
    ///   - nginx: What nginx is told besides; sent by the nginx backend only.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: `SendfileError` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func callAsFunction(
        _ request: Request, _ path: String, attachment: ContentDisposition = .inline, contentType: String? = nil,
        contentEncoding: ContentEncoding = .none, headerFields: HTTPFields = HTTPFields(),
        additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false, deleteAfterSending: Bool = false,
        nginx: NginxControls = NginxControls()
    ) throws(SendfileError) -> Response {
        try self(
            request, path,
            SendfileOptions(
                attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
                headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
                deleteAfterSending: deleteAfterSending, nginx: nginx))
    }

    /// Answers a FastCGI request with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func callAsFunction(
        _ request: Request, _ path: FilePath, attachment: ContentDisposition = .inline, contentType: String? = nil,
        contentEncoding: ContentEncoding = .none, headerFields: HTTPFields = HTTPFields(),
        additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false, deleteAfterSending: Bool = false,
        nginx: NginxControls = NginxControls()
    ) throws(SendfileError) -> Response {
        try self(
            request, path,
            SendfileOptions(
                attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
                headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
                deleteAfterSending: deleteAfterSending, nginx: nginx))
    }
}
