public import HTTPTypes
package import Logging

/// The properties of a request that a decision about a file uses.
///
/// `HTTPRequest` conforms, so any HTTP framework can use this library. The FastCGI library's `Request` conforms, too,
/// and adds the parameters that the web server sets.
public protocol SendfileRequest {
    /// The request method.
    var method: HTTPRequest.Method { get }

    /// The value of a header field that the client sent, or `nil`; several fields of one name are joined with `", "`.
    func fieldValue(_ name: HTTPField.Name) -> String?

    /// A parameter that the web server's own configuration sets, such as `SENDFILE_BACKEND` or `SERVER_SOFTWARE`.
    ///
    /// A client's header field must never be found here: the delivery is chosen with these.
    func serverParameter(_ name: String) -> String?

    /// The type of the response to such a request: ``FileResponse`` by default, and `Response` for a request of FastCGI's.
    associatedtype FileAnswer = FileResponse

    /// Makes the response from a decision.
    func answer(_ decision: FileResponse) -> FileAnswer
}

extension SendfileRequest where FileAnswer == FileResponse {
    /// Returns the decision itself.
    public func answer(_ decision: FileResponse) -> FileResponse { decision }
}

extension HTTPRequest: SendfileRequest {
    public func fieldValue(_ name: HTTPField.Name) -> String? { self.headerFields[name] }

    /// Always `nil`: an HTTP request contains nothing that a client could not have sent.
    public func serverParameter(_ name: String) -> String? { nil }
}

/// A request whose type has examined all parameters and header fields, so that the decision need not look for each of
/// them.
package protocol InspectedRequest: SendfileRequest {
    /// Whether there may be a parameter whose name begins with `SENDFILE_`.
    var mayHaveSettings: Bool { get }

    /// Whether there may be a `Range` field, or one whose name begins with `If-`.
    var mayHaveConditions: Bool { get }

    /// Whether the response is written as `HTTPFields`, whose values are read as text: a value in another encoding than UTF-8
    /// would arrive at the web server with other bytes.
    var isAnsweredInText: Bool { get }

    /// Whether the client sent a range that this request does not have, because it ignores ranges. A web server that sends the file
    /// would apply it.
    var hidesRange: Bool { get }

    /// The values that a log line about the request contains, such as its number.
    var logMetadata: Logger.Metadata { get }
}

extension InspectedRequest {
    package var logMetadata: Logger.Metadata { [:] }
    package var isAnsweredInText: Bool { false }
    package var hidesRange: Bool { false }
}

/// A request of any type: every setting and every condition has to be looked for.
struct UninspectedRequest<Base: SendfileRequest>: InspectedRequest {
    let base: Base

    var method: HTTPRequest.Method { self.base.method }
    var mayHaveSettings: Bool { true }
    var mayHaveConditions: Bool { true }
    var isAnsweredInText: Bool { Base.self == HTTPRequest.self }

    func fieldValue(_ name: HTTPField.Name) -> String? { self.base.fieldValue(name) }
    func serverParameter(_ name: String) -> String? { self.base.serverParameter(name) }
}
