extension Sendfile {
    /// Answers a request with a file.
    ///
    /// ```swift
    /// let report = try sendfile(request, "team/q3.pdf", attachment: .attachment(named: "Q3 report.pdf"))
    /// let page = try sendfile(request, "page", SendfileOptions(contentType: "text/html; charset=utf-8"))
    /// ```
    ///
    /// - Parameters:
    ///   - request: The request; its path is not used.
    ///   - path: The file's path relative to the root: a `String`, or a `FilePath` for a name in any encoding.
    ///   - options: All other options of the response.
    ///   - attachment: Whether the client shows or saves the file, and under which name; it replaces the one of `options`.
    /// - Returns: 200, 206, 304, 404, 405, 412, 416, or 503 if the root is gone. A file that cannot be opened is 404 for every reason; the log
    ///   contains the reason.
    /// - Throws: ``SendfileError`` if a setting of the web server is invalid or missing, or if the system cannot open files.
    public func callAsFunction(
        _ request: some SendfileRequest, _ path: some SendfilePath, _ options: SendfileOptions = SendfileOptions(),
        attachment: ContentDisposition? = nil
    ) throws(SendfileError) -> FileResponse {
        try self.decide(UninspectedRequest(base: request), path.requestedPath, options.with(attachment))
    }

    /// Answers a request whose type knows what its parameters and header fields contain.
    package func response(
        to request: some InspectedRequest, _ path: RequestedPath, _ options: SendfileOptions,
        attachment: ContentDisposition?
    ) throws(SendfileError) -> FileResponse {
        try self.decide(request, path, options.with(attachment))
    }
}

extension SendfileOptions {
    /// These options with another disposition; `nil` keeps theirs.
    package func with(_ attachment: ContentDisposition?) -> SendfileOptions {
        guard let attachment, attachment != self.attachment else { return self }
        var options = self
        options.attachment = attachment
        return options
    }
}
