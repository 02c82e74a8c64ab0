public import HTTPTypes

/// A way to send requests to a store, for ``ObjectDelivery/stream`` and ``ObjectKnowledge/asked(for:)``.
///
/// `ObjectStoreClient` of the product ObjectStorageClient is one. A program with an HTTP client of its own makes that one conform.
public protocol ObjectStoreTransport: Sendable {
    /// Sends a request and returns when the response's head has arrived.
    ///
    /// Redirects are returned and not followed, and the body is neither decoded nor collected. The cancellation of the task ends the
    /// request.
    ///
    /// - Throws: ``ObjectStoreTimeout`` if the store does not answer in time, or any other error.
    func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse
}

/// A request for a store.
public struct ObjectStoreRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// `GET` or `HEAD`.
    public let method: HTTPRequest.Method
    /// The signed URL, which gives every holder access to the object.
    public let url: String
    /// All fields to send, except `Host`.
    public let headerFields: HTTPFields

    /// The method and the URL without its signature.
    public var description: String { "\(self.method) \(self.url.prefix { $0 != "?" })" }

    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The response of a store.
public struct ObjectStoreResponse: Sendable {
    /// The status.
    public let status: HTTPResponse.Status
    /// The header fields.
    public let headerFields: HTTPFields
    /// The body, which is read as fast as the client takes it. It throws if it ends early.
    public let body: any AsyncSequence<[UInt8], any Error> & Sendable

    /// Creates a response.
    public init(
        status: HTTPResponse.Status, headerFields: HTTPFields, body: any AsyncSequence<[UInt8], any Error> & Sendable
    ) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }
}

/// The store did not answer in time.
public struct ObjectStoreTimeout: Error, Sendable, CustomStringConvertible {
    /// Creates the error.
    public init() {}

    /// The reason.
    public var description: String { "the object store does not answer in time" }
}
