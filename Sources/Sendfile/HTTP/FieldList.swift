package import HTTPTypes

/// The header fields of a response: lines that are ready to be sent, until somebody wants to see fields.
///
/// Nearly every answer with a file has the same few fields, and nobody looks at them before they are sent. To make `HTTPFields`
/// of them, and of these the lines, was a third of the work of a decision.
package enum FieldList: Sendable {
    case fields(HTTPFields)
    case lines(FieldLines)

    /// The fields.
    package var fields: HTTPFields {
        switch self {
        case .fields(let fields): fields
        case .lines(let lines): lines.fields
        }
    }
}

/// The fields of a file that every web server sends or keeps, as lines: `Content-Type`, `Content-Disposition`, `ETag`,
/// `Last-Modified`, `Accept-Ranges`.
package struct FieldLines: Sendable {
    /// `Name: value` and CR LF for each field.
    package let bytes: [UInt8]

    /// Writes the lines. No value may hold a line end or a NUL: they are the library's own.
    ///
    /// - Returns: `nil` if the file's time is none that can be written.
    init?(type: String, disposition: String?, validators: Validators, acceptRanges: String?) {
        guard let date = validators.lastModified, date.isWritable else { return nil }
        let capacity = 160 + type.utf8.count + (disposition?.utf8.count ?? 0) + (acceptRanges?.utf8.count ?? 0)
        self.bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var writer = ByteWriter(buffer)
            writer.put("Content-Type: ")
            writer.put(type)
            if let disposition {
                writer.put("\r\nContent-Disposition: ")
                writer.put(disposition)
            }
            writer.put("\r\nETag: ")
            validators.writeEntityTag(to: &writer)
            writer.put("\r\nLast-Modified: ")
            date.write(to: &writer)
            if let acceptRanges {
                writer.put("\r\nAccept-Ranges: ")
                writer.put(acceptRanges)
            }
            writer.put("\r\n")
            count = writer.count
        }
    }

    /// The same as fields.
    var fields: HTTPFields {
        var fields = HTTPFields()
        var start = self.bytes.startIndex
        while let end = self.bytes[start...].firstIndex(of: UInt8(ascii: "\r")),
            let colon = self.bytes[start..<end].firstIndex(of: UInt8(ascii: ":"))
        {
            if let name = HTTPField.Name(String(decoding: self.bytes[start..<colon], as: UTF8.self)) {
                fields.append(
                    HTTPField(name: name, value: String(decoding: self.bytes[(colon + 2)..<end], as: UTF8.self)))
            }
            start = end + 2
        }
        return fields
    }
}
