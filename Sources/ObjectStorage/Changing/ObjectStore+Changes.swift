import HTTPTypes
import Sendfile

/// Uploads and deletions.
extension ObjectStore {
    /// Stores an object with the content of a sequence of chunks, such as the body of a request.
    ///
    /// ```swift
    /// let stored = try await store.put("inbox/q3.pdf", request.body, contentType: "application/pdf")
    /// ```
    ///
    /// The content is read as fast as the store takes it, and at most about two parts of 8 MiB of it are in memory. The object appears
    /// when it is complete. If the content ends with an error, or the task is cancelled, nothing is stored. Once everything has been
    /// read, cancellation comes too late, and the object is stored.
    ///
    /// - Parameters:
    ///   - key: The object's key below the prefix. Every character is one of the key, as in a download.
    ///   - body: The content.
    ///   - size: Its size in bytes, if it is known. A content of another size is an error, and nothing is stored. Without it,
    ///     S3 takes 10,000 parts of 8 MiB (78 GiB).
    ///   - contentType: The media type that the store sends with the object; `nil` for the one of the key's extension.
    ///   - isReplacing: Whether an object with this key is replaced. `false` is an error then (`If-None-Match: *`). Of two uploads of
    ///     one key at the same time, Ceph's gateway may still replace one that was sent in parts or by TempURL.
    /// - Returns: The size and the `ETag`, for a database.
    /// - Throws: ``ObjectStoreError``, an error of `body`, or `CancellationError`.
    @discardableResult
    public func put<Body: AsyncSequence>(
        _ key: String, _ body: Body, size: Int64? = nil, contentType: String? = nil, isReplacing: Bool = true
    ) async throws -> StoredObject where Body.Element == [UInt8] {
        var chunks = body.makeAsyncIterator()
        return try await self.put(key, size: size, contentType: contentType, isReplacing: isReplacing) {
            try await chunks.next()
        }
    }

    /// Stores an object with these bytes.
    ///
    /// The parameters are those of ``put(_:_:size:contentType:isReplacing:)``.
    @discardableResult
    public func put(
        _ key: String, _ bytes: [UInt8], contentType: String? = nil, isReplacing: Bool = true
    ) async throws -> StoredObject {
        let size = Int64(bytes.count)
        return try await self.put(
            key, BytesContent(bytes: bytes), size: size, contentType: contentType, isReplacing: isReplacing)
    }

    /// Stores an object with the content that a closure returns chunk by chunk, such as a part of a form.
    ///
    /// ```swift
    /// var chunks = request.body.makeAsyncIterator()
    /// try await store.put("inbox/q3.pdf") { try await chunks.next() }
    /// ```
    ///
    /// `nextChunk` returns the next chunk, and `nil` at the end. The other parameters are those of
    /// ``put(_:_:size:contentType:isReplacing:)``.
    @discardableResult
    public func put(
        _ key: String, size: Int64? = nil, contentType: String? = nil, isReplacing: Bool = true,
        nextChunk: () async throws -> [UInt8]?
    ) async throws -> StoredObject {
        let object = try self.object(key)
        let connection = try Self.check(self.connection)
        let upload = Upload(
            store: self, connection: connection, object: object, key: key,
            contentType: contentType ?? FileMediaType.type(ofName: String(decoding: object.name, as: UTF8.self)),
            isReplacing: isReplacing)
        defer { connection.remembered.forget(object) }
        let length = try upload.partLength(for: size)
        var buffer = PartBuffer(size: size)
        let first = try await buffer.part(of: length, nextChunk)
        if !buffer.isComplete || !self.service.isS3 { try await upload.checkIsFree() }
        if buffer.isComplete { return try await upload.sendWhole(first) }
        return self.service.isS3
            ? try await upload.sendParts(first, &buffer, length, nextChunk)
            : try await upload.sendStream(first, &buffer, nextChunk)
    }

    /// Deletes an object. An object that does not exist is not an error, because S3 does not tell.
    ///
    /// An object that was put in parts is deleted with its parts by S3's interface. TempURL deletes an object that it has put.
    ///
    /// - Parameter key: The object's key below the prefix.
    /// - Throws: ``ObjectStoreError``, or `CancellationError`.
    public func delete(_ key: String) async throws {
        let object = try self.object(key)
        let connection = try Self.check(self.connection)
        defer { connection.remembered.forget(object) }
        do {
            _ = try await connection.change { try self.request(.delete, object, key, HTTPFields()) }
        } catch let error as ObjectStoreError where error.code == .missing {
            return
        }
    }

    func object(_ key: String) throws(ObjectStoreError) -> ObjectKey {
        guard let object = ObjectKey(key, below: self.prefix) else {
            throw ObjectStoreError(
                .invalidKey,
                key.isEmpty
                    ? "the key of an object is empty"
                    : "the key of an object has with its prefix more than \(ObjectKey.longest) bytes")
        }
        return object
    }
}
