import HTTPTypes
import Sendfile
import SendfileBasics

/// An object in a list of a store.
public struct ListedObject: Sendable, Hashable {
    /// The key below the prefix of the store.
    public let key: String
    /// The size in bytes.
    public let size: Int64
    /// The store's `ETag`, with its quotes.
    public let etag: String
    /// The time of the last change, in seconds since 1970.
    public let modified: Int64
}

extension ObjectStore {
    /// The objects whose keys begin with a text, ordered by key.
    ///
    /// The store is asked once for each thousand objects. TempURL has no lists; a handler keeps the keys in a database then.
    ///
    /// - Parameters:
    ///   - beginning: The beginning of the keys below the prefix; empty for all.
    ///   - limit: The maximum number of objects.
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    public func objects(beginningWith beginning: String = "", limit: Int = 10_000) async throws -> [ListedObject] {
        try await self.objects(beginningWith: beginning, limit: limit, pageSize: 1000)
    }

    /// The objects, with this number of them in one answer of the store at most.
    package func objects(beginningWith beginning: String, limit: Int, pageSize: Int) async throws -> [ListedObject] {
        let connection = try Self.check(self.connection)
        guard self.service.isS3 else {
            throw ObjectStoreError(
                .unsupported, "TempURL has no lists of objects: use the interface of S3, or a database")
        }
        var objects: [ListedObject] = []
        var token: String?
        repeat {
            let parameters = Self.parameters(
                of: self.prefix + beginning, most: min(pageSize, limit - objects.count), after: token)
            let answer = try await connection.change {
                try self.request(.get, .bucket, beginning, HTTPFields(), parameters: parameters)
            }
            let list = StoreDocument(answer.body)
            guard list.hasElement("ListBucketResult") else {
                throw ObjectStoreError(.refused, "the store sent no list of objects")
            }
            objects += list.elements("Contents").compactMap(self.listed)
            let next = list.text("NextContinuationToken")
            guard next == nil || next != token else {
                throw ObjectStoreError(.refused, "the store sent the same part of a list of objects twice")
            }
            token = next
        } while token != nil && objects.count < limit
        return objects
    }

    /// The beginning of an object, for a handler that reads it itself, such as for a preview.
    ///
    /// - Parameters:
    ///   - key: The object's key below the prefix.
    ///   - limit: The maximum number of bytes.
    /// - Returns: The bytes, and whether they are the whole object.
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    public func beginning(of key: String, limit: Int) async throws -> (bytes: [UInt8], isWhole: Bool) {
        let object = try self.object(key)
        let request = try self.request(.get, object, key, [.range: "bytes=0-\(limit)"])
        switch try await Self.check(self.connection).send(request) {
        // An empty object has no byte 0.
        case .refused(.rangeNotSatisfiable): return ([], true)
        case .refused(let status): throw ObjectStoreError.answer(status, nil, to: request)
        case .value(let response):
            var bytes: [UInt8] = []
            for try await chunk in response.body {
                bytes += chunk
                if bytes.count > limit { return (Array(bytes.prefix(limit)), false) }
            }
            return (bytes, true)
        }
    }

    private static func parameters(
        of prefix: String, most: Int, after token: String?
    ) -> [(name: String, value: String)] {
        // Keys may have characters that XML does not contain, so the store is asked to encode them.
        let parameters = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix), ("max-keys", String(most))]
        return parameters + (token.map { [("continuation-token", $0)] } ?? [])
    }

    /// The object of an element; `nil` if its key is not UTF-8 or does not begin with the prefix.
    private func listed(_ element: StoreDocument) -> ListedObject? {
        guard let encoded = element.text("Key"), let size = element.text("Size").flatMap({ Int64($0) }),
            let etag = element.text("ETag").flatMap({ DescribedContent.Version.entityTag($0) }),
            let modified = element.text("LastModified").flatMap({ S3Time(iso8601: $0) })
        else { return nil }
        // Amazon encodes a space as a plus sign, and a plus sign as %2B.
        let bytes = PercentEncoding.decode(encoded.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
        guard bytes.starts(with: self.prefix.utf8),
            let key = String(validating: bytes.dropFirst(self.prefix.utf8.count), as: UTF8.self)
        else { return nil }
        return ListedObject(key: key, size: size, etag: etag, modified: modified.secondsSince1970)
    }
}
