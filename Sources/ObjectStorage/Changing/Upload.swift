import Crypto
import HTTPTypes
import Sendfile
import SendfileBasics

/// The upload of one object.
struct Upload: Sendable {
    let store: ObjectStore
    let connection: StoreConnection
    let object: ObjectKey
    let key: String
    let contentType: String
    let isReplacing: Bool

    /// The size of a part in bytes: S3 takes parts of at least 5 MiB, except for the last.
    static let partLength = 8 << 20
    /// The maximum number of parts of S3.
    static let mostParts = 10_000
    /// The largest object of S3.
    private static let largestOfS3: Int64 = 5 << 40
    /// The largest object of OpenStack Swift without a manifest, by default.
    static let largestOfSwift: Int64 = 5 << 30

    /// The size of each part for a content of this size.
    func partLength(for size: Int64?) throws(ObjectStoreError) -> Int {
        guard let size else { return Self.partLength }
        let largest = self.store.service.isS3 ? Self.largestOfS3 : Self.largestOfSwift
        guard size >= 0, size <= largest else { throw self.tooLarge }
        guard self.store.service.isS3 else { return Self.partLength }
        // Whole mebibytes.
        let needed = ((size / Int64(Self.mostParts)) >> 20) + 1
        return max(Self.partLength, Int(needed) << 20)
    }

    var tooLarge: ObjectStoreError {
        ObjectStoreError(
            .tooLarge,
            self.store.service.isS3
                ? "the size of an object is negative or more than S3 stores: 5 TiB, or \(Self.mostParts) parts of 8 MiB of unknown size"
                : "the size of an object is negative or more than 5 GiB, which TempURL stores: larger ones need a manifest, which only "
                    + "S3 or a token of the account can write")
    }

    /// The fields of a request that makes the object appear.
    private var creatingFields: HTTPFields {
        var fields: HTTPFields = [.contentType: self.contentType]
        if !self.isReplacing { fields[.ifNoneMatch] = "*" }
        return fields
    }

    /// The number of times that such a request is sent. With `If-None-Match`, the second would be refused because of the first.
    var attempts: Int { self.isReplacing ? StoreConnection.mostAttempts : 1 }

    /// Adds the checksum by which the store verifies bytes.
    func addChecksum(of bytes: [UInt8], to fields: inout HTTPFields) {
        let checksum = Insecure.MD5.hash(data: bytes)
        if self.store.service.isS3 {
            fields[Self.contentMD5] = Base64.standard.encode(checksum)
        } else {
            fields[.eTag] = Hexadecimal.encode(checksum)
        }
    }

    private static let contentMD5 = HTTPField.Name("Content-MD5")!

    /// Asks the store whether the key is taken, and throws if it is and the object is not to be replaced.
    ///
    /// Ceph's gateway ignores `If-None-Match` for uploads in parts and for TempURL. A store that refuses to answer has yet to judge the
    /// condition itself.
    func checkIsFree() async throws {
        guard !self.isReplacing else { return }
        do {
            _ = try await self.connection.change {
                try self.store.request(.head, self.object, self.key, HTTPFields())
            }
        } catch let error as ObjectStoreError where [.missing, .refused].contains(error.code) {
            return
        }
        throw ObjectStoreError(.exists, "an object with this key exists already and was not replaced")
    }

    /// Stores a content that is in memory.
    func sendWhole(_ bytes: [UInt8]) async throws -> StoredObject {
        try await Self.uncancelled {
            var fields = self.creatingFields
            self.addChecksum(of: bytes, to: &fields)
            let content = ObjectStoreContent.bytes(bytes, isRepeatable: self.isReplacing)
            let answer = try await self.connection.change(attempts: self.attempts) { [fields] in
                try self.store.request(.put, self.object, self.key, fields, content: content)
            }
            return StoredObject(size: Int64(bytes.count), etag: answer.fields.entityTag)
        }
    }

    /// Stores a content as it arrives, in one request.
    func sendStream(
        _ first: [UInt8], _ buffer: inout PartBuffer, _ nextChunk: () async throws -> [UInt8]?
    ) async throws -> StoredObject {
        let pipe = ChunkPipe()
        let content = ObjectStoreContent(length: buffer.size, chunks: pipe, isRepeatable: false)
        let request = try self.store.request(.put, self.object, self.key, self.creatingFields, content: content)
        var checksum = Insecure.MD5()
        let answer = try await withThrowingTaskGroup(of: HTTPFields.self) { group in
            group.addTask {
                // The store may answer before it has taken everything.
                defer { pipe.close() }
                return try await self.connection.change(attempts: 1) { request }.fields
            }
            do {
                var part = first
                while true {
                    checksum.update(data: part)
                    guard await pipe.write(part), !buffer.isComplete else { break }
                    guard buffer.count <= Self.largestOfSwift else { throw self.tooLarge }
                    part = try await buffer.part(of: 1 << 16, nextChunk)
                }
                try Task.checkCancellation()
            } catch {
                pipe.finish(.failure(error))
                throw error
            }
            pipe.finish(.success(()))
            // The group has one task.
            return try await group.next() ?? HTTPFields()
        }
        let expected = "\"\(Hexadecimal.encode(checksum.finalize()))\""
        let tag = answer.entityTag
        guard buffer.isComplete, tag == nil || tag == expected else {
            try await Self.uncancelled { try await self.store.delete(self.key) }
            throw ObjectStoreError(.damaged, "the store received other bytes than were sent; the object was deleted")
        }
        return StoredObject(size: buffer.count, etag: tag)
    }

    /// Stores a content in parts, of which the last makes the object appear. After any error the parts are removed.
    func sendParts(
        _ first: [UInt8], _ buffer: inout PartBuffer, _ length: Int, _ nextChunk: () async throws -> [UInt8]?
    ) async throws -> StoredObject {
        let parts = try await Self.uncancelled { try await MultipartUpload(self, self.creatingFields) }
        do {
            var tags: [String] = []
            var part = first
            while true {
                guard tags.count < Self.mostParts else { throw self.tooLarge }
                let (bytes, number) = (part, tags.count + 1)
                tags.append(try await Self.uncancelled { try await parts.send(bytes, number: number) })
                if buffer.isComplete { break }
                part = try await buffer.part(of: length, nextChunk)
            }
            let (all, fields) = (tags, self.creatingFields)
            let tag = try await Self.uncancelled { try await parts.complete(all, fields) }
            return StoredObject(size: buffer.count, etag: tag)
        } catch {
            await Self.aborted(parts)
            throw error
        }
    }

    private static func aborted(_ parts: MultipartUpload) async {
        await Task { await parts.abort() }.value
    }

    /// Performs requests that the cancellation of the task does not interrupt, so that their result is known. The transport limits
    /// their time.
    private static func uncancelled<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task(operation: operation).value
    }
}

extension HTTPFields {
    /// The value of `ETag` with its quotes; `nil` if there is none.
    var entityTag: String? { self[.eTag].flatMap { DescribedContent.Version.entityTag($0) } }
}
