import SendfileBasics

/// A bucket of a store, with the protocol by which its URLs are signed.
public struct ObjectStoreService: Sendable, CustomStringConvertible {
    /// The place of the bucket's name in a URL of S3.
    public struct Addressing: Sendable, Hashable {
        let isVirtualHost: Bool

        /// `https://s3.example.org/bucket/key`, which every store supports.
        public static let path = Self(isVirtualHost: false)
        /// `https://bucket.s3.example.org/key`, which Amazon requires for new buckets.
        public static let virtualHost = Self(isVirtualHost: true)
    }

    private enum Signer: Sendable {
        case s3(S3Signer)
        case tempURL(TempURLSigner)
    }

    /// The clients for which the URL of a redirect is valid.
    public struct RedirectedClients: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case all, requesting
            case addresses(ClientAddresses)
        }

        let kind: Kind

        /// Every holder of the URL.
        public static let all = Self(kind: .all)
        /// The client that is redirected, by its address (`REMOTE_ADDR`). The store has to see the same address: a proxy or a network
        /// translation between client and store, or a client that reaches the one by IPv4 and the other by IPv6, gets 401 of it.
        public static let requesting = Self(kind: .requesting)
        /// Clients of one network, such as an organization's.
        public static func addresses(_ addresses: ClientAddresses) -> Self { Self(kind: .addresses(addresses)) }
    }

    private let signer: Signer
    private let endpoint: Endpoint
    /// The path of the bucket, percent-encoded and not, with a slash at its end.
    private let (encodedBucketPath, bucketPath): (String, [UInt8])
    private let credentials: ObjectStoreCredentials
    private let bucket: String
    private var redirectedClients = RedirectedClients.all

    /// A bucket of a store with the interface of Amazon S3.
    ///
    /// - Parameters:
    ///   - endpoint: The store's URL, such as `https://s3.example.org`. Its host must be the one to which clients, and the web
    ///     server, send their requests, because it is signed.
    ///   - bucket: The bucket's name.
    ///   - region: The region's name, such as `eu-central-1`; stores that have none accept `us-east-1`.
    ///   - credentials: The access key and its secret key.
    ///   - addressing: The place of the bucket's name in the URL.
    /// - Throws: ``ObjectStoreError`` that names the setting and the remedy.
    public static func s3(
        endpoint: String, bucket: String, region: String, credentials: ObjectStoreCredentials,
        addressing: Addressing = .path
    ) throws(ObjectStoreError) -> Self {
        let endpoint = try Endpoint(endpoint)
        guard endpoint.path.isEmpty else {
            throw ObjectStoreError(
                .invalidEndpoint, "the endpoint of S3 has a path: pass the bucket as an argument of its own")
        }
        guard !region.isEmpty, region.utf8.allSatisfy(Self.hostCharacters.contains) else {
            throw ObjectStoreError(
                .invalidRegion,
                "the region of S3 is not a name such as eu-central-1; stores that have none accept us-east-1")
        }
        try self.check(bucket)
        let signer = Signer.s3(S3Signer(region: region))
        guard addressing.isVirtualHost else {
            return Self(signer, endpoint, path: "/\(bucket)/", bucket: bucket, credentials)
        }
        guard bucket.utf8.allSatisfy(Self.hostCharacters.contains) else {
            throw ObjectStoreError(
                .invalidBucket,
                "the bucket's name has characters that a host name does not contain: use the addressing .path")
        }
        return Self(signer, endpoint.withBucket(bucket), path: "/", bucket: bucket, credentials)
    }

    /// A container of OpenStack Swift, or of Ceph's gateway, whose URLs are signed by TempURL.
    ///
    /// - Parameters:
    ///   - account: The account's URL, such as `https://swift.example.org/v1/AUTH_reports`; of Ceph's gateway
    ///     `https://ceph.example.org/swift/v1`, followed by the account where it has `rgw_swift_account_in_url`.
    ///   - container: The container's name.
    ///   - credentials: The key of the account or the container.
    ///   - digest: The digest of the signature, which the store has to allow.
    ///   - redirectedClients: The clients for which the URL of a redirect is valid. URLs by which the web server or the program fetch
    ///     objects have no such restriction.
    /// - Throws: ``ObjectStoreError`` that names the setting and the remedy.
    public static func tempURL(
        account: String, container: String, credentials: ObjectStoreCredentials, digest: TempURLDigest = .sha256,
        redirectedClients: RedirectedClients = .all
    ) throws(ObjectStoreError) -> Self {
        let endpoint = try Endpoint(account)
        guard "\(endpoint.path)/".hasPrefix("\(Self.cephPath)/") || endpoint.path.hasPrefix("/v1/") else {
            throw ObjectStoreError(
                .invalidEndpoint,
                "the account's URL has the path \"\(endpoint.path)\", which begins neither with /v1/ nor with \(Self.cephPath): use a "
                    + "URL such as https://swift.example.org/v1/AUTH_reports, or https://ceph.example.org\(Self.cephPath) of "
                    + "Ceph's gateway, which is in the field X-Storage-Url of an answer to an authentication"
            )
        }
        try self.check(container)
        var service = Self(
            .tempURL(TempURLSigner(digest: digest)), endpoint, path: "\(endpoint.path)/\(container)/",
            bucket: container,
            credentials)
        service.redirectedClients = redirectedClients
        return service
    }

    private init(
        _ signer: Signer, _ endpoint: Endpoint, path: String, bucket: String, _ credentials: ObjectStoreCredentials
    ) {
        self.signer = signer
        self.endpoint = endpoint
        self.bucketPath = Array(path.utf8)
        self.encodedBucketPath = PercentEncoding.text(path.utf8, keeping: PercentEncoding.pathCharacters)
        self.credentials = credentials
        self.bucket = bucket
    }

    private static func check(_ bucket: String) throws(ObjectStoreError) {
        guard (1...256).contains(bucket.utf8.count), bucket != ".", bucket != "..",
            bucket.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") })
        else {
            throw ObjectStoreError(
                .invalidBucket,
                "the bucket's name is empty, too long, or has characters that no store accepts, such as /")
        }
    }

    /// The beginning of the paths of Ceph's gateway (`rgw_swift_url_prefix`). An account is part of them only on request.
    private static let cephPath = "/swift/v1"

    private static let hostCharacters = PercentEncoding.ByteSet(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")

    /// Signs a request.
    func url(for request: ObjectRequest, report: (String) -> Void) throws(ObjectStoreError) -> String {
        switch self.signer {
        case .s3(let signer):
            return signer.url(
                for: request, at: self.endpoint, path: self.encodedBucketPath + request.key.urlPath,
                by: try self.credentials.values(for: .s3, report: report))
        case .tempURL(let signer):
            return signer.url(
                for: request, at: self.endpoint, path: self.bucketPath + request.key.bytes,
                encodedPath: self.encodedBucketPath + request.key.urlPath,
                secret: try self.credentials.values(for: .tempURL, report: report).secret)
        }
    }

    /// The parameters of a TempURL that is valid for all objects whose names begin with a prefix, and the URL of the container.
    func prefixURL(
        prefix: [UInt8], expires: Int64, addresses: ClientAddresses?, report: (String) -> Void
    ) throws(ObjectStoreError) -> (containerURL: String, query: String) {
        guard case .tempURL(let signer) = self.signer else {
            throw ObjectStoreError(
                .unsupported,
                "S3 has no signatures for a prefix: sign the URL of each object, or use a container of TempURL")
        }
        let secret = try self.credentials.values(for: .tempURL, report: report).secret
        let query = signer.prefixQuery(
            method: "GET", bucketPath: self.bucketPath, prefix: prefix, expires: expires, addresses: addresses, secret)
        return (self.endpoint.origin + self.encodedBucketPath, query)
    }

    /// The addresses from which the URL of a redirect is valid; `nil` for all.
    func addresses(of clientAddress: String?) throws(ObjectStoreError) -> ClientAddresses? {
        switch self.redirectedClients.kind {
        case .all: return nil
        case .addresses(let addresses): return addresses
        case .requesting:
            guard let clientAddress else {
                throw ObjectStoreError(
                    .invalidAddresses,
                    "the web server passes no REMOTE_ADDR, to which the URLs of redirects are restricted")
            }
            return try ClientAddresses(clientAddress)
        }
    }

    /// Whether the interface is that of S3, which has uploads in parts and lists.
    var isS3: Bool { if case .s3 = self.signer { true } else { false } }

    /// The protocol, the store's address and the bucket, without credentials.
    public var description: String {
        switch self.signer {
        case .s3: "S3 bucket \(self.bucket) at \(self.endpoint.origin)"
        case .tempURL: "Swift container \(self.bucket) at \(self.endpoint.origin)\(self.endpoint.path)"
        }
    }
}
