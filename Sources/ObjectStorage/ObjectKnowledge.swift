import Sendfile

/// The source of an object's size, `ETag` and time.
///
/// | knowledge | cost | conditions, ranges, `HEAD` and validators |
/// |---|---|---|
/// | ``known(size:etag:modified:)`` | none: a database has it | judged by the library as for a file |
/// | ``asked(for:)`` | a `HEAD` to the store, unless it was asked shortly before | judged by the library, with the store's validators |
/// | ``left`` | none | judged by the store, whose validators the client sees |
public struct ObjectKnowledge: Sendable {
    enum Kind: Sendable {
        case left
        case known(DescribedContent.Version)
        case asked(Duration)
    }

    let kind: Kind

    /// Conditions and ranges are left to the store.
    public static let left = Self(kind: .left)

    /// The store is asked by a `HEAD`, and its answer is remembered.
    ///
    /// The bytes are requested with the remembered `ETag` as `If-Match`, so a client never gets bytes of another version under it. An
    /// object that was replaced meanwhile is asked for again with ``ObjectDelivery/stream``; with ``ObjectDelivery/server``, the answer
    /// is 412 until the time has passed.
    ///
    /// - Parameter time: The time for which an answer is remembered, for at most 4096 objects; zero asks each time.
    public static func asked(for time: Duration) -> Self { Self(kind: .asked(time)) }

    /// The version that the handler knows, for example from a database.
    ///
    /// The values describe the bytes that the store has. If they do not, a range is cut from other bytes than the client expects.
    ///
    /// - Parameters:
    ///   - size: The size in bytes.
    ///   - etag: A text that changes with the content, with or without the quotes of an `ETag`. It need not be the store's.
    ///   - modified: The time of the last change, in seconds since 1970.
    /// - Throws: ``ObjectStoreError`` if the size is negative, or the `etag` has characters that a field does not contain.
    public static func known(size: Int64, etag: String, modified: Int64? = nil) throws(ObjectStoreError) -> Self {
        guard size >= 0 else {
            throw ObjectStoreError(
                .invalidObject, "the size of an object is \(size) bytes; pass the size that the store has")
        }
        guard let entityTag = DescribedContent.Version.entityTag(etag) else {
            throw ObjectStoreError(
                .invalidObject,
                "the etag \"\(etag.printable)\" of an object has characters that an ETag does not contain: spaces, quotes or controls"
            )
        }
        return Self(kind: .known(DescribedContent.Version(size: size, entityTag: entityTag, modified: modified)))
    }
}
