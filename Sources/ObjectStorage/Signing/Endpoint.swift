import SendfileBasics

/// The scheme, host and port of a store.
struct Endpoint: Sendable, Hashable {
    let scheme: String
    /// The host, and the port unless it is the scheme's own: clients omit that from `Host`, which SigV4 signs.
    let authority: String
    /// The path after the authority, without a slash at its end.
    let path: String

    var origin: String { "\(self.scheme)://\(self.authority)" }

    /// Reads a URL. It contains neither a user nor a query.
    init(_ url: String) throws(ObjectStoreError) {
        func invalid(_ reason: String) -> ObjectStoreError {
            ObjectStoreError(
                .invalidEndpoint,
                "the endpoint of the object store \(reason); use a URL such as https://s3.example.org, without a user, a password "
                    + "or a query")
        }
        guard let scheme = ["https", "http"].first(where: { url.lowercased().utf8.starts(with: "\($0)://".utf8) })
        else {
            throw invalid("does not begin with https:// or http://")
        }
        let rest = url.utf8.dropFirst(scheme.utf8.count + 3)
        let host = rest.prefix { $0 != UInt8(ascii: "/") }
        guard !host.isEmpty, host.allSatisfy(Self.hostCharacters.contains) else {
            // The text may contain a password, so it is not repeated.
            throw invalid("has an invalid host")
        }
        var path = rest.dropFirst(host.count)
        while path.last == UInt8(ascii: "/") { path.removeLast() }
        guard path.allSatisfy(PercentEncoding.pathCharacters.contains), !PathComponent.hasDots(path) else {
            throw invalid("has characters in its path that a URL does not contain")
        }
        var authority = String(decoding: host, as: UTF8.self).lowercased()
        let standardPort = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(standardPort) { authority.removeLast(standardPort.utf8.count) }
        (self.scheme, self.authority, self.path) = (scheme, authority, String(decoding: path, as: UTF8.self))
    }

    private init(scheme: String, authority: String) {
        (self.scheme, self.authority, self.path) = (scheme, authority, "")
    }

    /// The endpoint of a bucket that has a host name of its own.
    func withBucket(_ bucket: String) -> Endpoint {
        Endpoint(scheme: self.scheme, authority: "\(bucket).\(self.authority)")
    }

    private static let hostCharacters = PercentEncoding.ByteSet(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]")
}
