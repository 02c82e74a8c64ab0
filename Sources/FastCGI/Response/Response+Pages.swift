public import HTTPTypes

/// Pages and redirects.
extension Response {
    /// Creates a response with an HTML page, `text/html; charset=utf-8` unless `headerFields` name another type.
    public init(status: HTTPResponse.Status = .ok, headerFields: HTTPFields = HTTPFields(), html: HTML) {
        var fields = headerFields
        if fields[.contentType] == nil { fields[.contentType] = "text/html; charset=utf-8" }
        self.init(status: status, headerFields: fields, body: .string(html.description))
    }

    /// A redirect to another page of this site.
    ///
    /// ```swift
    /// return .redirect(to: "/reports/\(user)")
    /// ```
    ///
    /// - Parameters:
    ///   - url: The page. A ``LocalURL`` cannot lead to another site, so a client cannot choose one either.
    ///   - status: By default 303: the browser fetches the page with `GET`, also after a form.
    public static func redirect(to url: LocalURL, status: HTTPResponse.Status = .seeOther) -> Response {
        Response(status: status, headerFields: [.location: url.description])
    }

    /// A redirect to another site, such as one that signs users in.
    ///
    /// - Parameters:
    ///   - url: The complete URL, which is sent as it is. Use a constant, or look it up in a list: a redirect to a URL that a
    ///     client chose is an open redirect (CWE-601).
    ///   - status: By default 303: the browser fetches the page with `GET`, also after a form.
    public static func redirect(toOtherSite url: String, status: HTTPResponse.Status = .seeOther) -> Response {
        Response(status: status, headerFields: [.location: url])
    }
}
