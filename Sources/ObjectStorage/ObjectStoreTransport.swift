public import HTTPTypes

/// A way to send requests to a store, for ``ObjectDelivery/stream``, ``ObjectKnowledge/asked(for:)``, uploads and deletions.
///
/// `ObjectStoreClient` of the product ObjectStorageClient is one. A program with an HTTP client of its own makes that one conform.
public protocol ObjectStoreTransport: Sendable {
    /// Sends a request and returns when the response's head has arrived.
    ///
    /// Redirects are returned and not followed, and the body is neither decoded nor collected. The cancellation of the task, and an
    /// error of the request's content, end the request and its connection, so that the store never takes a part of a content for the
    /// whole.
    ///
    /// - Throws: ``ObjectStoreTimeout`` if the store does not answer in time, or any other error.
    func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse
}

/// A request for a store.
public struct ObjectStoreRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// `GET` or `HEAD`; `PUT`, `POST` or `DELETE` for changes.
    public let method: HTTPRequest.Method
    /// The signed URL, which gives every holder access to the object.
    public package(set) var url: String
    /// All fields to send, except `Host`, `Content-Length` and `Transfer-Encoding`.
    public package(set) var headerFields: HTTPFields
    /// The content of a `PUT` or `POST`.
    public package(set) var content: ObjectStoreContent?

    /// The method and the URL without its signature.
    public var description: String { "\(self.method) \(self.url.prefix { $0 != "?" })" }

    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The content of a request.
public struct ObjectStoreContent: Sendable {
    /// The length in bytes, for `Content-Length`; `nil` if it is unknown, which needs `Transfer-Encoding: chunked`.
    public let length: Int64?
    /// The bytes. The next chunk is read when the one before has been sent.
    public let chunks: any AsyncSequence<[UInt8], any Error> & Sendable
    /// Whether the request may be sent a second time, with the chunks read again, after the store has closed its connection.
    public let isRepeatable: Bool

    package init(length: Int64?, chunks: any AsyncSequence<[UInt8], any Error> & Sendable, isRepeatable: Bool) {
        (self.length, self.chunks, self.isRepeatable) = (length, chunks, isRepeatable)
    }
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
