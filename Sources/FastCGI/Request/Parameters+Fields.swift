import HTTPTypes

extension Parameters {
    /// The client's header fields in the order in which the web server sent them, each line by itself: the `HTTP_` parameters,
    /// `CONTENT_TYPE` and `CONTENT_LENGTH`.
    var clientFields: HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(16)
        self.visit { name, value in
            if let fieldName = Self.fieldName(of: name, value) {
                fields.append(HTTPField(name: fieldName, value: String(decoding: value, as: UTF8.self)))
            }
            return true
        }
        return fields
    }

    /// The name of the client's field in this parameter; `nil` if it contains none.
    private static func fieldName(
        of name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> HTTPField.Name? {
        if SeenNames.isField(name.assumingMemoryBound(to: UInt8.self)) {
            let letters = UnsafeRawBufferPointer(rebasing: name[5...])
            // nginx sends these two fields in this form, too.
            guard !Self.isContentType(letters), !Self.isContentLength(letters) else { return nil }
            return HTTPField.Name(
                String(unsafeUninitializedCapacity: letters.count) { text in
                    for index in letters.indices { text[index] = Self.asFieldName(letters[index]) }
                    return letters.count
                })
        }
        guard !value.isEmpty else { return nil }
        return Self.isContentType(name) ? .contentType : Self.isContentLength(name) ? .contentLength : nil
    }

    private static func isContentType(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count == 12 && name.elementsEqual("CONTENT_TYPE".utf8)
    }

    private static func isContentLength(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count == 14 && name.elementsEqual("CONTENT_LENGTH".utf8)
    }

    /// A letter of a parameter's name in its form in a field name (RFC 3875 §4.1.18).
    private static func asFieldName(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "_"): UInt8(ascii: "-")
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter + 32
        default: letter
        }
    }
}
