import Glibc
import HTTPTypes
public import Logging
public import Sendfile
import SendfileBasics

/// Responds to requests with objects of one bucket.
///
/// ```swift
/// let store = try ObjectStore(
///     .s3(endpoint: "https://s3.example.org", bucket: "reports", region: "eu-1", credentials: .environment))
/// let response = try await store(request, "team/q3.pdf", attachment: .attachment(named: "Q3 report.pdf"))
/// ```
///
/// Your code decides which client may have an object. This type decides the rest as `Sendfile` does for a file, and signs a URL
/// that is valid for this object and a short time. The web server or the client fetches the bytes by it.
public struct ObjectStore: Sendable, CustomStringConvertible {
    let service: ObjectStoreService
    package let prefix: String
    let life: Int64
    private var logger: Logger
    let now: @Sendable () -> Int64
    /// `nil` without a transport.
    private(set) var connection: StoreConnection?

    /// A value, and whether a parameter of the web server may still replace it.
    private let delivery: (value: ObjectDelivery, isFixed: Bool)
    private let internalURL: (value: String, isFixed: Bool)

    /// Creates a store.
    ///
    /// - Parameters:
    ///   - service: The bucket, and the protocol that signs its URLs.
    ///   - prefix: The beginning of every key, which a handler's key cannot leave. A `/` is added at its end if it has none.
    ///   - delivery: The sender of the bytes; otherwise `OBJECT_DELIVERY`, otherwise ``ObjectDelivery/redirect``.
    ///   - internalURL: The web server's internal location that fetches objects; otherwise `OBJECT_URL`, otherwise
    ///     `/object-store/`.
    ///   - life: The time for which a signed URL is valid, from one second to seven days. It has to cover the difference between
    ///     the clocks of this machine and the store, and the time in which a redirect is followed.
    ///   - transport: Sends requests to the store, for ``ObjectDelivery/stream`` and ``ObjectKnowledge/asked(for:)``.
    ///   - environment: The source of the other settings, read once. Parameters set by the web server override it.
    ///   - logger: Receives the reasons why objects were refused. It receives no credentials and no signed URL.
    /// - Throws: ``ObjectStoreError`` that names the setting, its value and the remedy.
    public init(
        _ service: ObjectStoreService, prefix: String = "", delivery: ObjectDelivery? = nil, internalURL: String? = nil,
        life: Duration = .seconds(300), transport: (any ObjectStoreTransport)? = nil,
        environment: some SettingsReader = .process,
        logger: Logger = Logger(label: "ObjectStorage")
    ) throws(ObjectStoreError) {
        try self.init(
            service, prefix: prefix, delivery: delivery, internalURL: internalURL, life: life, transport: transport,
            environment: environment,
            logger: logger, now: { Int64(time(nil)) })
    }

    init(
        _ service: ObjectStoreService, prefix: String, delivery: ObjectDelivery?, internalURL: String?, life: Duration,
        transport: (any ObjectStoreTransport)? = nil, environment: some SettingsReader, logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) throws(ObjectStoreError) {
        self.life = try Self.checked(life)
        self.service = service
        self.prefix = prefix.isEmpty || prefix.utf8.last == UInt8(ascii: "/") ? prefix : prefix + "/"
        self.logger = logger
        self.now = now
        self.connection = transport.map { StoreConnection(transport: $0, logger: logger) }
        if let delivery {
            self.delivery = (delivery, true)
        } else if let name = ObjectSetting.delivery.value({ environment.setting(named: $0) }) {
            self.delivery = (try ObjectDelivery(name, from: ObjectSetting.delivery.rawValue), false)
        } else {
            self.delivery = (.redirect, false)
        }
        if self.delivery.value == .stream { try Self.check(self.connection) }
        let location = internalURL ?? ObjectSetting.url.value { environment.setting(named: $0) } ?? Self.standardURL
        self.internalURL = (try Self.checked(location), internalURL != nil)
    }

    /// The seconds for which a signed URL is valid.
    static func checked(_ life: Duration) throws(ObjectStoreError) -> Int64 {
        let seconds = life.components.seconds
        guard (1...S3Signer.longestLife).contains(seconds) else {
            throw ObjectStoreError(
                .invalidLife, "a signed URL cannot be valid for \(life): use a time from one second to seven days")
        }
        return seconds
    }

    private static let standardURL = "/object-store/"

    /// An internal location, percent-encoded, with a slash at both ends.
    private static func checked(_ location: String) throws(ObjectStoreError) -> String {
        let components = location.utf8.split(separator: UInt8(ascii: "/"))
        guard !components.isEmpty, !PathComponent.hasDots(location.utf8),
            !location.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            throw ObjectStoreError(
                .invalidInternalURL,
                "the internal location of an object store is \"\(location.printable)\", which is not a URL path below /; use the "
                    + "web server's internal location, such as /object-store/")
        }
        return "/" + components.map { PercentEncoding.text($0) + "/" }.joined()
    }

    /// Answers a request with an object.
    ///
    /// - Parameters:
    ///   - request: The request; its path is not used.
    ///   - key: The object's key below the prefix. Every character is one of the key: nothing is decoded, and `..` is a name.
    ///   - options: All other options of the response. `precompressed`, `deleteAfterSending` and
    ///     `nginx` have no effect.
    ///   - attachment: Whether the client shows or saves the object, and under which name; it replaces the one of `options`.
    ///   - knowledge: What is known of the object's version.
    /// - Returns: 200, 206, 304, 404, 405, 412, 416, the redirect 307, or 502 and 504 if the program cannot get an answer from the store.
    ///   The response is of the type that the request has: `Response` for FastCGI, `FileResponse` for others.
    /// - Throws: ``ObjectStoreError`` if the credentials cannot be read, or a setting of the web server is invalid;
    ///   `CancellationError` if the client goes away while the store is asked.
    public func callAsFunction<Request: SendfileRequest>(
        _ request: Request, _ key: String, _ options: SendfileOptions = SendfileOptions(),
        attachment: ContentDisposition? = nil, knowledge: ObjectKnowledge = .left
    ) async throws -> Request.FileAnswer {
        var options = options.with(attachment)
        options.precompressed = false
        let response = try await self.logging(request).decide(request, key, options, knowledge)
        // For the access log.
        return request.answer(
            response.storage.requestedFile == nil ? response.about(RequestedFile(object: key)) : response)
    }

    /// The store for one request, whose log lines contain the request's number.
    private func logging(_ request: some SendfileRequest) -> ObjectStore {
        guard let metadata = (request as? any InspectedRequest)?.logMetadata, !metadata.isEmpty else { return self }
        var store = self
        for (name, value) in metadata { store.logger[metadataKey: name] = value }
        store.connection?.logger = store.logger
        return store
    }

    private func decide(
        _ request: some SendfileRequest, _ key: String, _ options: SendfileOptions, _ knowledge: ObjectKnowledge
    ) async throws -> FileResponse {
        guard let object = ObjectKey(key, below: self.prefix) else {
            let reason = key.isEmpty ? "it is empty" : "with its prefix it has more than \(ObjectKey.longest) bytes"
            self.log(.info, "answered with 404: no store has such a key: \(reason)", key)
            return options.refusal(.notFound)
        }
        let delivery = try self.delivery(for: request)
        let name = object.name
        guard delivery != .redirect else {
            // The client of a redirect has the store's validators, so the store judges its conditions.
            switch options.decision(on: request, about: DescribedContent(name: name, version: nil)) {
            case .answered(let answer): return answer
            case .sent(let fields, _): return try self.redirect(request, object, key, options, fields)
            }
        }
        // A method that is not allowed needs no version.
        if case .answered(let answer) = options.decision(on: request, about: DescribedContent(name: name, version: nil))
        {
            return answer
        }
        var isRetry = false
        while true {
            var ifMatch: String?
            let version: DescribedContent.Version?
            switch knowledge.kind {
            case .left: version = nil
            case .known(let known): version = known
            case .asked(let time):
                switch try await self.asked(object, key, for: time) {
                case .refused(let status): return options.refusal(status)
                case .value(let value): (version, ifMatch) = (value, value.entityTag)
                }
            }
            switch options.decision(on: request, about: DescribedContent(name: name, version: version)) {
            case .answered(let answer): return answer
            case .sent(let fields, let range):
                let toStore = self.conditions(of: request, range: range, version: version, ifMatch: ifMatch)
                guard delivery == .stream else {
                    return try self.serverResponse(request, object, key, fields, toStore)
                        .about(RequestedFile(object: key, size: version?.size, ranges: range.map { [$0] }))
                }
                switch try await self.streamed(request, object, key, fields, toStore, version: version, range: range) {
                case .value(let response): return response
                case .refused(.preconditionFailed) where ifMatch != nil && !isRetry:
                    // The object was replaced after the store was asked.
                    self.connection?.remembered.forget(object)
                    isRetry = true
                case .refused(let status): return options.refusal(status)
                }
            }
        }
    }

    /// The response that sends the client to the store.
    private func redirect(
        _ request: some SendfileRequest, _ object: ObjectKey, _ key: String, _ options: SendfileOptions,
        _ fields: HTTPFields
    ) throws(ObjectStoreError) -> FileResponse {
        guard !object.hasDotComponent else {
            self.log(
                .warning,
                "answered with 404: clients remove . and .. from the URL of a redirect; use the delivery \"server\"",
                key)
            return options.refusal(.notFound)
        }
        var signed = ObjectRequest(key: object, time: self.now(), life: self.life)
        signed.method = request.method == .head ? "HEAD" : "GET"
        signed.addresses = try self.service.addresses(of: request.serverParameter("REMOTE_ADDR"))
        let disposition = fields[.contentDisposition]
        signed.overrides = ObjectRequest.Overrides(
            contentType: fields[.contentType], contentDisposition: disposition, cacheControl: fields[.cacheControl],
            fileName: options.attachment.givenName(fileName: object.name), isAttachment: options.attachment.isAttachment
        )
        return options.temporaryRedirect(to: try self.url(for: signed, key))
    }

    func url(for request: ObjectRequest, _ key: String) throws(ObjectStoreError) -> String {
        try self.service.url(for: request) { self.log(.error, $0, key) }
    }

    private func delivery(for request: some SendfileRequest) throws(ObjectStoreError) -> ObjectDelivery {
        guard !self.delivery.isFixed, let name = ObjectSetting.delivery.value({ request.serverParameter($0) }) else {
            return self.delivery.value
        }
        let delivery = try ObjectDelivery(name, from: "the FastCGI parameter \(ObjectSetting.delivery.rawValue)")
        if delivery == .stream { try Self.check(self.connection) }
        return delivery
    }

    func internalURL(for request: some SendfileRequest) throws(ObjectStoreError) -> String {
        guard !self.internalURL.isFixed, let location = ObjectSetting.url.value({ request.serverParameter($0) }) else {
            return self.internalURL.value
        }
        return try Self.checked(location)
    }

    func log(_ level: Logger.Level, _ message: String, _ key: String) {
        self.logger.log(level: level, "\(message)", metadata: ["key": "\((self.prefix + key).printable)"])
    }

    /// The bucket and the prefix, without credentials.
    public var description: String { "\(self.service), prefix \"\(self.prefix)\"" }
}

extension ObjectSetting {
    /// The setting's value in a source; `nil` if it is missing or empty.
    fileprivate func value(_ source: (String) -> String?) -> String? {
        source(self.rawValue).flatMap { $0.isEmpty ? nil : $0 }
    }
}
