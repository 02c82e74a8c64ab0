public import HTTPTypes

/// An error that knows the status of the response that it should become.
public protocol ResponseError: Error {
    /// The status to answer with.
    var status: HTTPResponse.Status { get }
    /// Header fields to answer with.
    var headerFields: HTTPFields { get }
}

extension ResponseError {
    public var headerFields: HTTPFields { [:] }
}
