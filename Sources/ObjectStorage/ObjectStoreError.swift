/// An invalid setting of an object store, credentials that cannot be read, or an upload or a deletion that failed.
///
/// A fault in a request for an object is never an error but a response, such as 404. No error contains a credential.
public struct ObjectStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The endpoint is not the URL of a store.
        public static let invalidEndpoint = Self(description: "invalidEndpoint")
        /// The bucket or container has a name that no store accepts, or that is not part of a host name.
        public static let invalidBucket = Self(description: "invalidBucket")
        /// The region is not a name.
        public static let invalidRegion = Self(description: "invalidRegion")
        /// The credentials are missing, or are not in the file that was named.
        public static let invalidCredentials = Self(description: "invalidCredentials")
        /// The delivery's name is unknown.
        public static let unknownDelivery = Self(description: "unknownDelivery")
        /// The internal URL is not a URL path.
        public static let invalidInternalURL = Self(description: "invalidInternalURL")
        /// A signed URL cannot be valid for this time.
        public static let invalidLife = Self(description: "invalidLife")
        /// A delivery or a knowledge needs a transport, and the store has none.
        public static let missingTransport = Self(description: "missingTransport")
        /// The delivery is that of a web server which cannot fetch objects.
        public static let unsupportedServer = Self(description: "unsupportedServer")
        /// The addresses of clients are not a range, or the web server passes no address of the client.
        public static let invalidAddresses = Self(description: "invalidAddresses")
        /// No store has an object with this key: it is empty or too long.
        public static let invalidKey = Self(description: "invalidKey")
        /// The service has no such operation.
        public static let unsupported = Self(description: "unsupported")
        /// The content is larger than the service stores by this way.
        public static let tooLarge = Self(description: "tooLarge")
        /// The content has another size than was declared.
        public static let wrongSize = Self(description: "wrongSize")
        /// An object has this key already, and was not to be replaced.
        public static let exists = Self(description: "exists")
        /// The store received other bytes than were sent.
        public static let damaged = Self(description: "damaged")
        /// The bucket or the object does not exist.
        public static let missing = Self(description: "missing")
        /// The store refused the request.
        public static let refused = Self(description: "refused")
        /// The store did not answer, or cannot do so at the moment. The change may have been made.
        public static let unavailable = Self(description: "unavailable")
        /// An invalid ``ObjectKnowledge``: a negative size, or an `ETag` with characters that a field does not contain.
        public static let invalidObject = Self(description: "invalidObject")
    }

    /// The kind of the error.
    public let code: Code

    /// The setting and the remedy.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
