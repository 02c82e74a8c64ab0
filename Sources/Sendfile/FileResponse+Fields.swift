public import HTTPTypes

extension FileResponse {
    /// All header fields of the response, for a server that sends `HTTPFields`: ``headerFields``, and those for the web server in
    /// front, which never reach the client.
    ///
    /// ```swift
    /// let head = HTTPRequest(method: .get, scheme: "https", authority: "example.org", path: "/q3.pdf")
    /// let file = try sendfile(head, "team/q3.pdf")
    /// let response = HTTPResponse(status: file.status, headerFields: file.allHeaderFields)
    /// ```
    public var allHeaderFields: HTTPFields {
        var fields = self.headerFields
        for field in self.delivery.serverFields + self.controlFields {
            if let field = field.httpField { fields.append(field) }
        }
        return fields
    }
}

extension FileResponse.ServerField {
    /// The value as text; `nil` if its bytes are not UTF-8.
    public var text: String? { String(validating: self.value, as: UTF8.self) }

    /// The field as a type of swift-http-types; `nil` if that would change a byte of the value.
    ///
    /// A response to an `HTTPRequest` contains no such field: the file is streamed instead.
    public var httpField: HTTPField? {
        guard let text = self.text, HTTPField.isValidValue(text) else { return nil }
        return HTTPField.Name(self.name).map { HTTPField(name: $0, value: text) }
    }
}
