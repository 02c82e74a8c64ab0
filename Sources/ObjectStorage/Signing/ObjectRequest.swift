/// A request for one object, for a signer.
struct ObjectRequest: Sendable {
    /// The method that the URL is for. It is part of the signature.
    var method = "GET"
    let key: ObjectKey
    /// Parameters of S3's interface in the query, such as `uploadId`. TempURL has none.
    var parameters: [(name: String, value: String)] = []
    /// The addresses from which a TempURL is valid; `nil` for all.
    var addresses: ClientAddresses?
    /// The fields that the store is asked to send with the object. A signer omits what its store does not support.
    var overrides = Overrides()
    /// The time at which the URL is signed, in seconds since 1970.
    let time: Int64
    /// The seconds for which the URL is valid.
    let life: Int64

    /// Header fields of the store's response, for a client that fetches the object from the store itself.
    struct Overrides: Sendable {
        var contentType: String?
        var contentDisposition: String?
        var cacheControl: String?
        /// The name in the disposition.
        var fileName: String?
        /// Whether the client saves the object.
        var isAttachment = false
    }
}
