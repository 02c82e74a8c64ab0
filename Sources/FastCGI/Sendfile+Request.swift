public import HTTPTypes
public import Sendfile
public import SystemPackage

extension Sendfile {
    /// Answers a FastCGI request with a file.
    ///
    /// - Parameters:
    ///   - request: The request. Settings that were not given in code may come from parameters that the web server sets.
    ///   - path: The file's path relative to the root.
    ///   - attachment: Whether the client shows or saves the file, and under which name.
    ///   - contentType: The media type; without one, by the extension of `path`.
    ///   - headerFields: Further fields for the client. An `ETag`, `Last-Modified`, `Content-Type` or `Content-Disposition`
    ///     replaces the library's, and preconditions are judged by it.
    ///   - additionalMethods: Methods to accept besides `GET` and `HEAD`.
    /// - Returns: 200, 206, 304, 404, 405, 412 or 416. What cannot be opened is 404, whatever the reason; the log knows it.
    /// - Throws: `SendfileError` if a setting of the web server's is wrong or missing, or the system cannot open files.
    public func callAsFunction(
        _ request: Request, _ path: String, attachment: ContentDisposition = .inline, contentType: String? = nil,
        headerFields: HTTPFields = [:], additionalMethods: [HTTPRequest.Method] = []
    ) throws(SendfileError) -> Response {
        Response(
            try self.response(
                to: request, path: path, attachment: attachment, contentType: contentType, headerFields: headerFields,
                additionalMethods: additionalMethods))
    }

    /// Answers a FastCGI request with a file whose name may be in any encoding.
    ///
    /// The same as with a `String`.
    public func callAsFunction(
        _ request: Request, _ path: FilePath, attachment: ContentDisposition = .inline, contentType: String? = nil,
        headerFields: HTTPFields = [:], additionalMethods: [HTTPRequest.Method] = []
    ) throws(SendfileError) -> Response {
        Response(
            try self.response(
                to: request, path: path, attachment: attachment, contentType: contentType, headerFields: headerFields,
                additionalMethods: additionalMethods))
    }
}
