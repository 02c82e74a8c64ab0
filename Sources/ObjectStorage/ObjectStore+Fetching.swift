import HTTPTypes
import Sendfile

/// Requests of the program itself to the store.
extension ObjectStore {
    /// The version of an object from the store.
    func asked(
        _ object: ObjectKey, _ key: String, for time: Duration
    ) async throws -> StoreConnection.Answer<DescribedContent.Version> {
        let connection = try Self.check(self.connection)
        return try await connection.version(of: object, for: time) {
            try self.request(.head, object, key, HTTPFields())
        }
    }

    /// The fields of a request to the store: the judged range, or what the client leaves to the store.
    func conditions(
        of request: some SendfileRequest, range: Range<Int64>?, version: DescribedContent.Version?, ifMatch: String?
    ) -> HTTPFields {
        var fields = HTTPFields()
        if let range { fields[.range] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)" }
        fields[.ifMatch] = ifMatch
        guard version == nil else { return fields }
        // OpenStack Swift ignores If-Range, and would send a range of another version. It answers several ranges with
        // multipart/byteranges, whose parts have the store's media type. Without the range, the client gets a whole object, which
        // RFC 9110 §14.2 permits.
        let isLeft = request.fieldValue(.ifRange) == nil && request.fieldValue(.range)?.contains(",") != true
        for name in Self.conditions where name != .range || isLeft {
            fields[name] = request.fieldValue(name)
        }
        return fields
    }

    /// The response with the bytes that the program fetches.
    func streamed(
        _ request: some SendfileRequest, _ object: ObjectKey, _ key: String, _ fields: HTTPFields,
        _ toStore: HTTPFields,
        version: DescribedContent.Version?, range: Range<Int64>?
    ) async throws -> StoreConnection.Answer<FileResponse> {
        let connection = try Self.check(self.connection)
        let method: HTTPRequest.Method = request.method == .head ? .head : .get
        let toStore = try self.request(method, object, key, toStore)
        let response: ObjectStoreResponse
        switch try await connection.send(toStore) {
        case .refused(let status): return .refused(status)
        case .value(let value): response = value
        }
        var fields = fields
        if version == nil {
            for name in [HTTPField.Name.eTag, .lastModified, .acceptRanges] {
                fields[name] = response.headerFields[name]
            }
            fields[.eTag] = fields[.eTag].flatMap { DescribedContent.Version.entityTag($0) }
            // The range was withheld from the store, or the store does not apply it. The web server must not apply it either, as
            // lighttpd does to some of the responses that it forwards.
            if response.status == .ok, request.fieldValue(.range) != nil { fields[.acceptRanges] = "none" }
        }
        if response.status == .notModified {
            // Only a client's own condition leads here.
            for name in [HTTPField.Name.contentType, .contentDisposition] { fields[name] = nil }
            return .value(FileResponse(status: .notModified, headerFields: fields, delivery: .none))
        }
        if response.status == .partialContent {
            let contentRange = response.headerFields[.contentRange]
            let expected = range.map { "bytes \($0.lowerBound)-\($0.upperBound - 1)/\(version?.size ?? 0)" }
            guard let contentRange, version == nil || contentRange == expected else {
                connection.log("answered with 502: the store sent another range than was requested", toStore)
                return .refused(.badGateway)
            }
            fields[.contentRange] = contentRange
        }
        if let version {
            let expected = response.status == .partialContent ? Int64(range?.count ?? 0) : version.size
            guard response.length == nil || response.length == expected else {
                connection.log("answered with 502: the object has another size than is known of it", toStore)
                return .refused(.badGateway)
            }
            fields[.contentLength] = String(expected)
        } else {
            fields[.contentLength] = response.headerFields[.contentLength]
        }
        let (size, sent) = Self.content(response.status, fields, version)
        return .value(
            FileResponse(
                status: response.status, headerFields: fields,
                delivery: method == .head ? .none : .chunks(response.body)
            ).about(RequestedFile(object: key, size: size, ranges: sent.map { [$0] })))
    }

    /// The size of the object and the range that is sent, as far as the store has told them.
    private static func content(
        _ status: HTTPResponse.Status, _ fields: HTTPFields, _ version: DescribedContent.Version?
    ) -> (size: Int64?, range: Range<Int64>?) {
        guard status == .partialContent else {
            return (version?.size ?? fields[.contentLength].flatMap { Int64($0) }, nil)
        }
        let match = fields[.contentRange]?.wholeMatch(of: /bytes (?<first>[0-9]+)-(?<last>[0-9]+)\/(?<size>[0-9]+|\*)/)
        guard let match, let first = Int64(match.output.first), let last = Int64(match.output.last), first <= last,
            last < .max
        else { return (version?.size, nil) }
        return (version?.size ?? Int64(match.output.size), first..<last + 1)
    }

    /// A signed request.
    ///
    /// - Parameter parameters: Parameters of S3's interface in the query.
    func request(
        _ method: HTTPRequest.Method, _ object: ObjectKey, _ key: String, _ fields: HTTPFields,
        parameters: [(name: String, value: String)] = [], content: ObjectStoreContent? = nil
    ) throws(ObjectStoreError) -> ObjectStoreRequest {
        let signed = ObjectRequest(
            method: method.rawValue, key: object, parameters: parameters, time: self.now(), life: self.life)
        return ObjectStoreRequest(
            method: method, url: try self.url(for: signed, key), headerFields: fields, content: content)
    }

    @discardableResult
    static func check(_ connection: StoreConnection?) throws(ObjectStoreError) -> StoreConnection {
        guard let connection else {
            throw ObjectStoreError(
                .missingTransport,
                "the object store has no transport, which the delivery \"stream\", the knowledge .asked and changes need: pass an "
                    + "ObjectStoreClient of the product ObjectStorageClient")
        }
        return connection
    }

    /// The fields of a request that a store judges.
    private static let conditions: [HTTPField.Name] = [
        .range, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince,
    ]
}
