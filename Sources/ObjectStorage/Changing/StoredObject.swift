/// An object as a store has taken it.
///
/// Its values are those of `ObjectKnowledge.known(size:etag:modified:)`: a handler that keeps them in a database needs no request to the
/// store for a download.
public struct StoredObject: Sendable, Hashable {
    /// The size in bytes.
    public let size: Int64
    /// The store's `ETag`, with its quotes; `nil` if the store sent none.
    public let etag: String?
}
