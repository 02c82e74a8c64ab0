package import HTTPTypes
package import SendfileBasics

/// The header fields of a response, stored in the form of their lines until fields are requested.
///
/// Nearly all responses with a file have the same few fields, which are not read before they are sent. Creating
/// `HTTPFields` from them, and the lines from those, took a third of the time of a decision.
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

/// The fields of a file that every web server sends or keeps, to be written as lines: `Content-Type`, `Content-Disposition`,
/// `ETag`, `Last-Modified`, `Accept-Ranges`, and the `Cache-Control` of a file whose handler gave none.
///
/// It is a class, so that a response with lines is copied as cheaply as one with fields.
package final class FieldLines: Sendable {
    private let type: String
    private let disposition: String?
    private let tag: FileTag
    private let acceptRanges: String?

    private var lastModified: HTTPDate { HTTPDate(seconds: self.tag.modificationTime) }

    /// Takes the values. None contains a line end or a NUL, because they are the library's own.
    ///
    /// - Returns: `nil` if the file's time cannot be written as a date.
    init?(type: String, disposition: String?, tag: FileTag, acceptRanges: String?) {
        guard HTTPDate(seconds: tag.modificationTime).isWritable else { return nil }
        self.type = type
        self.disposition = disposition
        self.tag = tag
        self.acceptRanges = acceptRanges
    }

    /// The maximum size of the lines in bytes.
    package var largestCount: Int {
        192 + self.type.utf8.count + (self.disposition?.utf8.count ?? 0) + (self.acceptRanges?.utf8.count ?? 0)
    }

    /// Writes `Name: value` and CR LF for each field.
    package func write(to writer: inout ByteWriter) {
        writer.put(static: "Content-Type: ")
        writer.put(self.type)
        if let disposition {
            writer.put(static: "\r\nContent-Disposition: ")
            writer.put(disposition)
        }
        writer.put(static: "\r\nETag: ")
        self.tag.write(to: &writer)
        writer.put(static: "\r\nLast-Modified: ")
        self.lastModified.write(to: &writer)
        if let acceptRanges {
            writer.put(static: "\r\nAccept-Ranges: ")
            writer.put(acceptRanges)
        }
        writer.put(static: "\r\nCache-Control: private\r\n")
    }

    /// The lines as fields.
    var fields: HTTPFields {
        var fields = HTTPFields(
            type: self.type, entityTag: self.tag.text, lastModified: self.lastModified.text,
            acceptRanges: self.acceptRanges, disposition: self.disposition)
        fields.append(HTTPField(name: .cacheControl, value: SendfileOptions.defaultCacheControl))
        return fields
    }
}

extension HTTPFields {
    /// The fields of every response with a file.
    ///
    /// A literal is filled in directly; append(_:) calls a generic replaceSubrange, and a subscript looks for the field
    /// first. So the usual responses are literals.
    init(type: String, entityTag: String, lastModified: String?, acceptRanges: String?, disposition: String?) {
        switch (lastModified, acceptRanges, disposition) {
        case (let date?, let ranges?, let disposition?):
            self = [
                .contentType: type, .contentDisposition: disposition, .eTag: entityTag, .lastModified: date,
                .acceptRanges: ranges,
            ]
        case (let date?, let ranges?, nil):
            self = [.contentType: type, .eTag: entityTag, .lastModified: date, .acceptRanges: ranges]
        case (let date?, nil, let disposition?):
            self = [.contentType: type, .contentDisposition: disposition, .eTag: entityTag, .lastModified: date]
        case (let date?, nil, nil): self = [.contentType: type, .eTag: entityTag, .lastModified: date]
        case (nil, _, _):
            self = [.contentType: type, .eTag: entityTag]
            self[.acceptRanges] = acceptRanges
            self[.contentDisposition] = disposition
        }
    }
}
