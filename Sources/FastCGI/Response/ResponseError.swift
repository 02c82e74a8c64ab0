public import HTTPTypes

/// An error that determines its own response.
///
/// ```swift
/// struct TooManyDownloads: ResponseError {
///     let status = HTTPResponse.Status.tooManyRequests
///     let headerFields: HTTPFields = [.retryAfter: "60", .contentType: "text/html; charset=utf-8"]
///     let body: ResponseBody = "<h1>Too many downloads</h1><p>Try again in a minute.</p>"
/// }
/// ```
public protocol ResponseError: Error {
    /// The status of the response.
    var status: HTTPResponse.Status { get }
    /// The header fields of the response; none by default.
    var headerFields: HTTPFields { get }
    /// The body of the response; by default the status as text, such as `404 Not Found`.
    var body: ResponseBody { get }
}

extension ResponseError {
    public var headerFields: HTTPFields { [:] }

    public var body: ResponseBody { .name(of: self.status) }
}
