import SendfileBasics

/// The name of an object in a bucket, as bytes.
///
/// A key is not a path: `?`, `#`, `%`, `//`, `..` and every other sequence are ordinary bytes of it, and nothing is decoded. It is
/// appended to a prefix byte by byte, so no key leads to another prefix or bucket.
struct ObjectKey: Sendable, Hashable {
    /// The maximum length of a key with its prefix, in bytes: that of S3, which is also the default of OpenStack Swift.
    static let longest = 1024

    let bytes: [UInt8]

    /// The key below a prefix; `nil` if no store has such a key.
    init?(_ key: String, below prefix: String) {
        self.bytes = Array(prefix.utf8) + Array(key.utf8)
        guard !key.isEmpty, self.bytes.count <= Self.longest else { return nil }
    }

    /// The place of the bucket itself, for requests that name no object.
    static let bucket = ObjectKey(bytes: [])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The bytes with every byte percent-encoded that is neither unreserved (RFC 3986 §2.3) nor `/`. SigV4 signs this form.
    var urlPath: String { PercentEncoding.text(self.bytes, keeping: PercentEncoding.pathCharacters) }

    /// The part after the last `/`, which names the object for a client.
    var name: ArraySlice<UInt8> {
        self.bytes[(self.bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
    }

    /// Whether a component is `.` or `..`. Browsers and other clients remove these from the URL of a redirect.
    var hasDotComponent: Bool { PathComponent.hasDots(self.bytes[...]) }
}
