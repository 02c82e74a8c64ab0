public import Sendfile

extension Sendfile {
    /// Answers a FastCGI request with a file.
    ///
    /// ```swift
    /// let report = try sendfile(request, "team/q3.pdf", attachment: .attachment(named: "Q3 report.pdf"))
    /// let page = try sendfile(request, "page", SendfileOptions(contentType: "text/html; charset=utf-8"))
    /// ```
    ///
    /// - Parameters:
    ///   - request: The request. Settings that were not given in code may come from parameters that the web server sets.
    ///   - path: The file's path relative to the root: a `String`, or a `FilePath` for a name in any encoding.
    ///   - options: All other options of the response.
    ///   - attachment: Whether the client shows or saves the file, and under which name; it replaces the one of `options`.
    /// - Returns: 200, 206, 304, 404, 405, 412, 416, or 503 if the root is gone. A file that cannot be opened is 404 for every reason; the log
    ///   contains the reason.
    /// - Throws: `SendfileError` if a setting of the web server is invalid or missing, or if the system cannot open files.
    public func callAsFunction(
        _ request: Request, _ path: some SendfilePath, _ options: SendfileOptions = SendfileOptions(),
        attachment: ContentDisposition? = nil
    ) throws(SendfileError) -> Response {
        Response(try self.response(to: request, path.requestedPath, options, attachment: attachment))
    }
}
