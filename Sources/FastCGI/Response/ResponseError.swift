public import HTTPTypes

/// An error that knows the response that it becomes.
///
/// ```swift
/// struct TooManyDownloads: ResponseError {
///     let status = HTTPResponse.Status.tooManyRequests
///     let headerFields: HTTPFields = [.retryAfter: "60", .contentType: "text/html; charset=utf-8"]
///     let body: ResponseBody = "<h1>Too many downloads</h1><p>Try again in a minute.</p>"
/// }
/// ```
public protocol ResponseError: Error {
    /// The status to answer with.
    var status: HTTPResponse.Status { get }
    /// Header fields to answer with; none by default.
    var headerFields: HTTPFields { get }
    /// The body to answer with; by default the status as text, such as `404 Not Found`.
    var body: ResponseBody { get }
}

extension ResponseError {
    public var headerFields: HTTPFields { [:] }

    public var body: ResponseBody { .name(of: self.status) }
}
