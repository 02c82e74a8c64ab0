import HTTPTypes

/// The header fields that follow from what a handler said about a file.
extension SendfileOptions {
    /// Fields that the library makes or that describe the bytes sent: the handler's are never just passed on.
    private static let ownNames: [HTTPField.Name] = [
        .contentType, .contentDisposition, .contentEncoding, .eTag, .lastModified, .acceptRanges, .contentLength,
        .contentRange,
    ]

    /// A file is for the client that asked, unless the handler says otherwise: shared caches (RFC 9111) know nothing of cookies, and
    /// an answer with validators may be stored without any leave.
    static let defaultCacheControl = "private"

    /// Whether a method may end in a file.
    func allows(_ method: HTTPRequest.Method) -> Bool {
        method == .get || method == .head || self.additionalMethods.contains(method)
    }

    /// Whether compressed files are looked for.
    var looksForCompressed: Bool {
        self.precompressed && !self.deleteAfterSending && self.contentEncoding == .none
            && !self.headerFields.contains(.contentEncoding)
    }

    /// Whether the client is told that the file is encoded.
    func isEncoded(_ representation: Representation) -> Bool {
        representation.coding != nil || self.encoding(ofName: representation.name.lastComponent) != nil
    }

    /// The fields for a client that gets the file, without the length and the range.
    ///
    /// - Parameter acceptRanges: The value of `Accept-Ranges`; `nil` if the field is not among them.
    func fields(
        for representation: Representation, _ validators: Validators, acceptRanges: String?
    ) -> HTTPFields {
        let name = representation.name.lastComponent
        let encoding = representation.coding.map { (value: $0.rawValue, stem: name) } ?? self.encoding(ofName: name)
        let type =
            self.contentType ?? self.handlersField(.contentType)
            ?? MediaTypes.shared.type(ofName: encoding?.stem ?? name)

        var fields = HTTPFields(
            type: type, entityTag: validators.entityTag, lastModified: validators.lastModified?.text,
            acceptRanges: acceptRanges,
            disposition: self.attachment.fieldValue(fileName: name) ?? self.handlersField(.contentDisposition))
        if let encoding { fields[.contentEncoding] = encoding.value }
        if self.headerFields.isEmpty {
            fields.append(HTTPField(name: .cacheControl, value: Self.defaultCacheControl))
        } else {
            for field in self.headerFields where !Self.ownNames.contains(field.name) { fields.append(field) }
            Self.addCacheControl(to: &fields)
        }
        self.addVary(to: &fields)
        return fields
    }

    private static func addCacheControl(to fields: inout HTTPFields) {
        if !fields.contains(.cacheControl) { fields[.cacheControl] = self.defaultCacheControl }
    }

    /// The same, as lines if nothing is said about the file that is out of the ordinary.
    func fieldList(
        for representation: Representation, _ validators: Validators, acceptRanges: String?
    ) -> FieldList {
        if self.headerFields.isEmpty, self.contentType == nil, self.contentEncoding == .none, !self.precompressed,
            !validators.areCustom
        {
            let name = representation.name.lastComponent
            let lines = FieldLines(
                type: MediaTypes.shared.type(ofName: name), disposition: self.attachment.fieldValue(fileName: name),
                tag: validators.fileTag, acceptRanges: acceptRanges)
            if let lines { return .lines(lines) }
        }
        return .fields(self.fields(for: representation, validators, acceptRanges: acceptRanges))
    }

    /// 304 with the fields that update what the client has stored (RFC 9110 §15.4.5), and what does not describe the file.
    func notModified(_ validators: Validators) -> FileResponse {
        var fields: HTTPFields = [.eTag: validators.entityTag]
        for field in self.headerFields where !Self.ownNames.contains(field.name) && field.name != .contentLanguage {
            fields.append(field)
        }
        Self.addCacheControl(to: &fields)
        self.addVary(to: &fields)
        return FileResponse(status: .notModified, headerFields: fields, delivery: .none)
    }

    /// A status that denies the file. What the handler said about the file and about storing it is not meant for this answer.
    func failure(_ status: HTTPResponse.Status, _ own: HTTPFields = [:]) -> FileResponse {
        var fields = own
        for field in self.headerFields where !Self.ownNames.contains(field.name) {
            switch field.name {
            case .contentLanguage, .contentLocation, .cacheControl, .expires: continue
            default: fields.append(field)
            }
        }
        Self.addCacheControl(to: &fields)
        return FileResponse(status: status, headerFields: fields, delivery: .none)
    }

    /// 405, with the methods that are allowed (RFC 9110 §10.2.1).
    var methodNotAllowed: FileResponse {
        let methods = [.get, .head] + self.additionalMethods
        return self.failure(.methodNotAllowed, [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    /// A field that the handler gave.
    private func handlersField(_ name: HTTPField.Name) -> String? {
        self.headerFields.isEmpty ? nil : self.headerFields[name]
    }

    /// The value of `Content-Encoding`, and the name whose extension says the media type: `report.txt` of `report.txt.gz`.
    private func encoding(ofName name: ArraySlice<UInt8>) -> (value: String, stem: ArraySlice<UInt8>)? {
        let value: String?
        switch self.contentEncoding.kind {
        case .none: value = self.handlersField(.contentEncoding)
        case .coding(let coding): value = coding
        case .guessed:
            if let given = self.handlersField(.contentEncoding) {
                value = given
            } else if self.isAttachment {
                value = nil
            } else {
                return ContentEncoding.split(name).map { ($0.coding, $0.stem) }
            }
        }
        return value.map { value in
            let split = ContentEncoding.split(name)
            return (value, split?.coding == value ? split?.stem ?? name : name)
        }
    }

    /// Whether the client is told to save the file, by the option or by a field of the handler's.
    private var isAttachment: Bool {
        if self.attachment.isAttachment { return true }
        return self.handlersField(.contentDisposition).map { !$0.lowercased().hasPrefix("inline") } ?? false
    }

    /// Says that the answer depends on `Accept-Encoding` (RFC 9110 §12.5.5), in the one field that nginx keeps.
    private func addVary(to fields: inout HTTPFields) {
        guard self.looksForCompressed else { return }
        guard let others = fields[.vary], !others.isEmpty else {
            fields[.vary] = "Accept-Encoding"
            return
        }
        let names = others.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }
        if !names.contains("*"), !names.contains("accept-encoding") { fields[.vary] = others + ", Accept-Encoding" }
    }
}
