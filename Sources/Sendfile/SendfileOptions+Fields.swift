import HTTPTypes

/// The header fields that result from a handler's options.
extension SendfileOptions {
    /// Fields that the library creates or that describe the bytes: a handler's values are never passed on unchanged.
    private static let ownNames: [HTTPField.Name] = [
        .contentType, .contentDisposition, .contentEncoding, .eTag, .lastModified, .acceptRanges, .contentLength,
        .contentRange,
    ]

    /// The default is private because shared caches (RFC 9111) do not look at cookies, and may store a response with
    /// validators without explicit permission.
    static let defaultCacheControl = "private"

    /// Whether a method may return the file.
    func allows(_ method: HTTPRequest.Method) -> Bool {
        method == .get || method == .head || self.additionalMethods.contains(method)
    }

    /// Whether compressed variants are used.
    var looksForCompressed: Bool {
        self.precompressed && !self.deleteAfterSending && self.contentEncoding == .none
            && !self.headerFields.contains(.contentEncoding)
    }

    /// Whether the response has a `Content-Encoding`.
    func isEncoded(_ representation: Representation) -> Bool {
        representation.coding != nil || self.isEncoded(named: representation.name.lastComponent)
    }

    /// Whether the response with content of this name has a `Content-Encoding`.
    func isEncoded(named name: ArraySlice<UInt8>) -> Bool { self.encoding(ofName: name) != nil }

    /// The fields of a response with the file, without length and range.
    ///
    /// - Parameter acceptRanges: The value of `Accept-Ranges`; `nil` omits the field.
    func fields(
        for representation: Representation, _ validators: Validators, acceptRanges: String?
    ) -> HTTPFields {
        self.fields(
            named: representation.name.lastComponent, representation.coding, validators, acceptRanges: acceptRanges)
    }

    /// The fields of a response with content of a name, without length and range.
    func fields(
        named name: ArraySlice<UInt8>, _ coding: AcceptEncoding.Coding?, _ validators: Validators,
        acceptRanges: String?
    ) -> HTTPFields {
        let encoding = coding.map { (value: $0.rawValue, stem: name) } ?? self.encoding(ofName: name)
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

    /// The fields of a response with the file, as lines if all options have common values.
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

    /// 304 with the fields that update the client's stored response (RFC 9110 §15.4.5), and others that do not describe
    /// the file.
    func notModified(_ validators: Validators) -> FileResponse {
        var fields: HTTPFields = [.eTag: validators.entityTag]
        for field in self.headerFields where !Self.ownNames.contains(field.name) && field.name != .contentLanguage {
            fields.append(field)
        }
        Self.addCacheControl(to: &fields)
        self.addVary(to: &fields)
        return FileResponse(status: .notModified, headerFields: fields, delivery: .none)
    }

    /// A response that denies the file. The handler's fields about the file and its storage do not apply to it.
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

    /// 405 with the allowed methods (RFC 9110 §10.2.1).
    var methodNotAllowed: FileResponse {
        let methods = [.get, .head] + self.additionalMethods
        return self.failure(.methodNotAllowed, [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    /// A field that the handler set.
    private func handlersField(_ name: HTTPField.Name) -> String? {
        self.headerFields.isEmpty ? nil : self.headerFields[name]
    }

    /// The value of `Content-Encoding`, and the name whose extension determines the media type: `report.txt` for
    /// `report.txt.gz`.
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

    /// Whether the client saves the file, by the option or by a field of the handler.
    private var isAttachment: Bool {
        if self.attachment.isAttachment { return true }
        return self.handlersField(.contentDisposition).map { !$0.lowercased().hasPrefix("inline") } ?? false
    }

    /// Adds the dependency on `Accept-Encoding` (RFC 9110 §12.5.5), in a single field because nginx keeps only one.
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
