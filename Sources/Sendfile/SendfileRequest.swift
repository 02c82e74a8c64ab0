public import HTTPTypes

/// What a download decision reads of a request.
///
/// `HTTPRequest` conforms, so any HTTP framework can ask; the FastCGI library's `Request` conforms and adds the parameters
/// that the web server sets.
public protocol SendfileRequest {
    /// The request method.
    var method: HTTPRequest.Method { get }

    /// The value of a header field that the client sent, or `nil`; several fields of one name are joined with `", "`.
    func fieldValue(_ name: HTTPField.Name) -> String?

    /// A parameter that the web server's own configuration sets, such as `SENDFILE_BACKEND` or `SERVER_SOFTWARE`.
    ///
    /// A client's header field must never be found here: the delivery is chosen with these.
    func serverParameter(_ name: String) -> String?

    /// Whether a parameter may be there whose name begins with `SENDFILE_`; by default `true`.
    ///
    /// A type that knows spares the library to look for each setting.
    var mayHaveSettings: Bool { get }

    /// Whether a `Range` field, or one whose name begins with `If-`, may be there; by default `true`.
    ///
    /// A type that knows spares the library to look for each of them.
    var mayHaveConditions: Bool { get }
}

extension SendfileRequest {
    public var mayHaveSettings: Bool { true }

    public var mayHaveConditions: Bool { true }
}

extension HTTPRequest: SendfileRequest {
    public func fieldValue(_ name: HTTPField.Name) -> String? { self.headerFields[name] }

    /// Always `nil`: an HTTP request holds nothing that a client could not have sent.
    public func serverParameter(_ name: String) -> String? { nil }
}
