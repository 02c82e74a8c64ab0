import HTTPTypes

/// What a handler said about a file, and the header fields that follow from it.
struct FileOptions: Sendable {
    let disposition: ContentDisposition
    let contentType: String?
    let headerFields: HTTPFields
    let additionalMethods: [HTTPRequest.Method]

    /// Fields that the library makes or that describe the bytes sent: the handler's are never just passed on.
    private static let ownNames: [HTTPField.Name] = [
        .contentType, .contentDisposition, .eTag, .lastModified, .acceptRanges, .contentLength, .contentRange,
    ]

    private static let acceptRanges = HTTPField(name: .acceptRanges, value: "bytes")

    /// Whether a method may end in a file.
    func allows(_ method: HTTPRequest.Method) -> Bool {
        method == .get || method == .head || self.additionalMethods.contains(method)
    }

    /// The fields for a client that gets the file, without the length and the range.
    func fields(name: RelativePath, _ validators: Validators) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(8 + self.headerFields.count)
        let type =
            self.contentType ?? self.headerFields[.contentType] ?? MediaTypes.shared.type(ofName: name.lastComponent)
        fields.append(HTTPField(name: .contentType, value: type))
        if let disposition = self.disposition.fieldValue(fileName: name.lastComponent)
            ?? self.headerFields[.contentDisposition]
        {
            fields.append(HTTPField(name: .contentDisposition, value: disposition))
        }
        fields.append(HTTPField(name: .eTag, value: validators.entityTag))
        if let date = validators.lastModified?.text { fields.append(HTTPField(name: .lastModified, value: date)) }
        fields.append(Self.acceptRanges)
        for field in self.headerFields where !Self.ownNames.contains(field.name) { fields.append(field) }
        return fields
    }

    /// 304 with the fields that update what the client has stored (RFC 9110 §15.4.5), and what does not describe the file.
    func notModified(_ validators: Validators) -> FileResponse {
        var fields: HTTPFields = [.eTag: validators.entityTag]
        for field in self.headerFields where !Self.ownNames.contains(field.name) {
            if field.name == .contentEncoding || field.name == .contentLanguage { continue }
            fields.append(field)
        }
        return FileResponse(status: .notModified, headerFields: fields, delivery: .none)
    }

    /// A status that denies the file. What the handler said about the file and about storing it is not meant for this answer.
    func failure(_ status: HTTPResponse.Status, _ own: HTTPFields = [:]) -> FileResponse {
        var fields = own
        for field in self.headerFields where !Self.ownNames.contains(field.name) {
            switch field.name {
            case .contentEncoding, .contentLanguage, .contentLocation, .cacheControl, .expires: continue
            default: fields.append(field)
            }
        }
        return FileResponse(status: status, headerFields: fields, delivery: .none)
    }

    /// 405, with the methods that are allowed (RFC 9110 §10.2.1).
    var methodNotAllowed: FileResponse {
        let methods = [.get, .head] + self.additionalMethods
        return self.failure(.methodNotAllowed, [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }
}
