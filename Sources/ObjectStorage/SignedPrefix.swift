import Logging
import SendfileBasics

extension ObjectStore {
    /// Signs the URLs of all objects below a prefix with one signature, for a page with many of them.
    ///
    /// ```swift
    /// let album = try store.signedPrefix("albums/2026/", life: .seconds(600))
    /// let url = album.url(of: "1.jpg")
    /// ```
    ///
    /// OpenStack Swift has such signatures (`temp_url_prefix`), S3 does not. Every holder of one URL can read all objects below the
    /// prefix, also those that are added later: give it to clients that may have all of them.
    ///
    /// - Parameters:
    ///   - prefix: The beginning of the keys, below the store's own prefix. The signature compares it byte by byte: `"albums/2026"`
    ///     is also the beginning of `"albums/2026-private/x"`, so a `/` is added at its end if it has none.
    ///   - life: The time for which the URLs are valid, from one second to seven days.
    ///   - addresses: The addresses of clients from which the URLs are valid; `nil` for all.
    /// - Throws: ``ObjectStoreError``: the prefix is empty, the service is not TempURL, or the credentials cannot be read.
    public func signedPrefix(
        _ prefix: String, life: Duration = .seconds(300), addresses: ClientAddresses? = nil
    ) throws(ObjectStoreError) -> SignedPrefix {
        let prefix = prefix.utf8.last == UInt8(ascii: "/") ? prefix : prefix + "/"
        let seconds = try Self.checked(life)
        guard prefix != "/", let place = ObjectKey(prefix, below: self.prefix) else {
            throw ObjectStoreError(
                .invalidKey, "the prefix of a signature is empty or has more than \(ObjectKey.longest) bytes")
        }
        let (expires, _) = self.now().addingReportingOverflow(seconds)
        let (containerURL, query) = try self.service.prefixURL(
            prefix: place.bytes, expires: expires, addresses: addresses
        ) { self.log(.error, $0, prefix) }
        return SignedPrefix(containerURL: containerURL, prefix: self.prefix + prefix, query: query)
    }
}

/// One signature for all objects below a prefix. Its description does not contain the signature.
public struct SignedPrefix: Sendable, CustomStringConvertible, CustomReflectable {
    private let containerURL: String
    private let prefix: String
    private let query: String

    init(containerURL: String, prefix: String, query: String) {
        (self.containerURL, self.prefix, self.query) = (containerURL, prefix, query)
    }

    /// The signed URL of an object; `nil` if no client can request it: the key is empty or too long, or has a component `.` or `..`,
    /// which clients remove from a URL.
    ///
    /// - Parameters:
    ///   - key: The object's key below the prefix.
    ///   - attachment: The name under which a client saves the object; `nil` to show it.
    public func url(of key: String, attachment: String? = nil) -> String? {
        guard let object = ObjectKey(key, below: self.prefix), !object.hasDotComponent else { return nil }
        let disposition = attachment.map { "filename=\(PercentEncoding.text($0.utf8))" } ?? "inline"
        return "\(self.containerURL)\(object.urlPath)?\(self.query)&\(disposition)"
    }

    /// The place of the objects.
    public var description: String { self.containerURL + self.prefix }

    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
