import Logging
import ObjectStorage
import Sendfile
import SendfileBasics

/// The settings of a bucket that is served in place of a directory: `SENDFILE_ROOT=s3://bucket/prefix`.
struct StoreSettings: Sendable {
    /// `SENDFILE_ROOT`.
    let root: String
    /// The bucket and its protocol, with the addressing of the settings.
    let service: ObjectStoreService
    /// The same bucket with the other addressing; `nil` if there is none.
    let otherAddressing: ObjectStoreService?
    let prefix: String
    /// `OBJECT_DELIVERY`, which the web server's parameter overrides.
    let delivery: String?
    /// The web server's internal location.
    let internalURL: String
    /// `OBJECT_REGION`; `nil` for a store without regions.
    let region: String?
    /// The life of a signed URL.
    let life: Duration
    /// Whether the bucket's name is part of the host.
    let isVirtualHost: Bool
    private let reader: EnvironmentVariables

    /// The life of a signed URL in seconds.
    var seconds: Int { Int(self.life.components.seconds) }

    /// The names before `://` of a root that is a bucket.
    private static let schemes = ["s3", "swift"]

    /// Whether a root is a bucket.
    static func isStore(_ root: String) -> Bool { Self.schemes.contains { root.hasPrefix("\($0)://") } }

    /// - Returns: `nil` if the root is not a bucket.
    init?(_ source: SettingsSource) throws(GateError) {
        guard let root = source["SENDFILE_ROOT"], Self.isStore(root) else { return nil }
        self.root = root
        let isS3 = root.hasPrefix("s3://")
        let name = root.drop { $0 != ":" }.dropFirst(3)
        let bucket = String(name.prefix { $0 != "/" })
        self.prefix = String(name.dropFirst(bucket.count + 1))
        guard let endpoint = source["OBJECT_ENDPOINT"] else {
            throw GateError(
                .configuration,
                "SENDFILE_ROOT is \(root.debugDescription), and OBJECT_ENDPOINT is not set: set it to the store's URL, such as "
                    + (isS3 ? "https://s3.example.org" : "https://swift.example.org/v1/AUTH_reports"))
        }
        self.life = try Self.life(source)
        self.delivery = source["OBJECT_DELIVERY"]
        self.internalURL = source["OBJECT_URL"] ?? "/object-store/"
        self.region = isS3 ? source["OBJECT_REGION"] ?? "us-east-1" : nil
        // The secrets stay in this value, and are in no other reader.
        self.reader = EnvironmentVariables(
            source.values.mapValues { String(decoding: $0, as: UTF8.self) }.filter { !$0.key.hasPrefix("SENDFILE_") })
        let credentials: ObjectStoreCredentials =
            if let file = source["OBJECT_CREDENTIALS_FILE"] { .file(file) } else { .environment(self.reader) }
        do {
            self.isVirtualHost = try isS3 && Self.isVirtualHost(source)
            guard isS3 else {
                let digest = try Self.digest(source)
                self.service = try .tempURL(
                    account: endpoint, container: bucket, credentials: credentials, digest: digest)
                self.otherAddressing = nil
                return
            }
            let isVirtualHost = self.isVirtualHost
            let region = source["OBJECT_REGION"] ?? "us-east-1"
            func service(_ addressing: ObjectStoreService.Addressing) throws(ObjectStoreError) -> ObjectStoreService {
                try .s3(
                    endpoint: endpoint, bucket: bucket, region: region, credentials: credentials, addressing: addressing
                )
            }
            self.service = try service(isVirtualHost ? .virtualHost : .path)
            self.otherAddressing = try? service(isVirtualHost ? .path : .virtualHost)
        } catch let error as ObjectStoreError {
            throw Self.named(error)
        } catch {
            throw GateError(error)
        }
    }

    /// The store of these settings.
    ///
    /// - Parameter service: The bucket with another addressing.
    func store(
        _ service: ObjectStoreService? = nil, transport: (any ObjectStoreTransport)?, logger: Logger
    ) throws(GateError) -> ObjectStore {
        do {
            return try ObjectStore(
                service ?? self.service, prefix: self.prefix, life: self.life, transport: transport,
                environment: self.reader, logger: logger)
        } catch {
            throw Self.named(error)
        }
    }

    /// The error with the setting that it is about.
    static func named(_ error: ObjectStoreError) -> GateError {
        let setting: String? =
            switch error.code {
            case .invalidEndpoint: "OBJECT_ENDPOINT"
            case .invalidBucket: "SENDFILE_ROOT"
            case .invalidRegion: "OBJECT_REGION"
            case .invalidLife: "OBJECT_LIFE"
            case .invalidInternalURL: "OBJECT_URL"
            default: nil
            }
        if error.code == .missingTransport {
            return GateError(
                .configuration,
                "OBJECT_DELIVERY is \"stream\", which this program was built without: use redirect or server, or build it with the "
                    + "trait ObjectStorageClient")
        }
        return GateError(.configuration, (setting.map { "\($0) is invalid: " } ?? "") + error.description)
    }

    private static func life(_ source: SettingsSource) throws(GateError) -> Duration {
        guard let text = source["OBJECT_LIFE"] else { return .seconds(300) }
        guard case .lasting(let duration) = LinkDuration(text) else {
            throw GateSettings.wrong("OBJECT_LIFE", text, LinkDuration.form)
        }
        return duration
    }

    private static func isVirtualHost(_ source: SettingsSource) throws(GateError) -> Bool {
        switch source["OBJECT_ADDRESSING"] {
        case nil, "path": false
        case "virtual-host": true
        case let text?: throw GateSettings.wrong("OBJECT_ADDRESSING", text, "path or virtual-host")
        }
    }

    private static func digest(_ source: SettingsSource) throws(GateError) -> TempURLDigest {
        switch source["OBJECT_TEMPURL_DIGEST"] {
        case nil, "sha256": .sha256
        case "sha1": .sha1
        case "sha512": .sha512
        case let text?: throw GateSettings.wrong("OBJECT_TEMPURL_DIGEST", text, "sha1, sha256 or sha512")
        }
    }
}
