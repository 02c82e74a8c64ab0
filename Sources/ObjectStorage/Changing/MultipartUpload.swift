import HTTPTypes
import Logging
import Sendfile

/// An upload in parts by the interface of S3, from its beginning until it is completed or aborted.
struct MultipartUpload: Sendable {
    private let upload: Upload
    private let identifier: String

    /// Begins an upload.
    ///
    /// The request is sent once: an answer that is lost would leave an upload without parts behind for each further one.
    init(_ upload: Upload, _ fields: HTTPFields) async throws {
        var fields = fields
        // The condition belongs to the completion.
        fields[.ifNoneMatch] = nil
        self.upload = upload
        let answer = try await upload.connection.change(attempts: 1) { [fields] in
            try upload.request(.post, [("uploads", "")], fields)
        }
        guard let identifier = StoreDocument(answer.body).text("UploadId"), !identifier.isEmpty else {
            throw ObjectStoreError(.refused, "the store began no upload in parts: its answer has no UploadId")
        }
        self.identifier = identifier
    }

    /// Sends a part, and repeats it if necessary.
    ///
    /// - Returns: The `ETag` of the part, for the completion.
    func send(_ bytes: [UInt8], number: Int) async throws -> String {
        var fields = HTTPFields()
        self.upload.addChecksum(of: bytes, to: &fields)
        let content = ObjectStoreContent.bytes(bytes)
        let answer = try await self.upload.connection.change { [fields] in
            try self.upload.request(
                .put, [("partNumber", String(number)), ("uploadId", self.identifier)], fields, content: content)
        }
        guard let tag = answer.fields.entityTag else {
            throw ObjectStoreError(.refused, "the store sent no ETag for part \(number) of an object")
        }
        return tag
    }

    /// Makes the object appear.
    ///
    /// - Returns: The `ETag` of the object.
    func complete(_ tags: [String], _ fields: HTTPFields) async throws -> String? {
        var fields = fields
        fields[.contentType] = "application/xml"
        let list = tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(StoreDocument.escaped(tag))</ETag></Part>"
        }.joined()
        let document =
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list)</CompleteMultipartUpload>"
        let content = ObjectStoreContent.bytes(Array(document.utf8), isRepeatable: false)
        let answer = try await self.upload.connection.change(attempts: self.upload.attempts) { [fields] in
            try self.upload.request(.post, [("uploadId", self.identifier)], fields, content: content)
        }
        // A store sends the head early, and the result in the body when it has put the parts together.
        let result = StoreDocument(answer.body)
        guard result.hasElement("CompleteMultipartUploadResult") else {
            let status: HTTPResponse.Status =
                result.text("Code") == "PreconditionFailed" ? .preconditionFailed : .internalServerError
            throw ObjectStoreError.answer(
                status, result.text("Code"), to: try self.upload.request(.post, [], HTTPFields()))
        }
        return result.text("ETag").flatMap { DescribedContent.Version.entityTag($0) }
    }

    /// Removes the parts.
    func abort() async {
        do {
            _ = try await self.upload.connection.change {
                try self.upload.request(.delete, [("uploadId", self.identifier)], HTTPFields())
            }
        } catch let error as ObjectStoreError where error.code == .missing {
            // The store has ended the upload itself.
        } catch {
            self.upload.store.log(
                .error,
                "the parts of an upload that failed remain in the store, because it cannot be aborted: \(error)",
                self.upload.key)
        }
    }
}

extension Upload {
    /// A signed request for an upload in parts.
    func request(
        _ method: HTTPRequest.Method, _ parameters: [(name: String, value: String)], _ fields: HTTPFields,
        content: ObjectStoreContent? = nil
    ) throws -> ObjectStoreRequest {
        try self.store.request(
            method, self.object, self.key, fields, parameters: parameters,
            content: content ?? (method == .post ? .bytes([], isRepeatable: false) : nil))
    }
}
