import HTTPTypes
import Logging
import Sendfile
import SendfileBasics

/// The header of a response for the web server: `Status:` and header fields (RFC 3875 §6).
struct ResponseHead {
    /// The bytes, including the empty line at the end.
    private(set) var bytes: [UInt8] = []

    /// The maximum length of the lines for status, length, type and the end, including two numbers.
    private static let otherLines = 128

    /// Creates the header of `response`.
    ///
    /// The status is always explicit: without it, Apache answers a conditional request itself and also sends a
    /// backend's fields.
    ///
    /// - Parameters:
    ///   - id: The id of the download, for the web server.
    ///   - contentLength: The length of the body; `nil` omits it.
    ///   - contentType: The type of the body if the response names none.
    init(
        _ response: borrowing Response, id: DownloadID? = nil, contentLength: Int64?, contentType: String?,
        logger: @autoclosure () -> Logger
    ) {
        let serverFields = response.serverFields
        let controlFields = response.controlFields
        let fieldList = response.fieldList
        let isOK = response.status == .ok
        let code = response.status.code
        let reason = isOK ? "" : response.status.reasonPhrase
        var capacity = Self.otherLines + reason.utf8.count + (contentType?.utf8.count ?? 0)
        for field in serverFields { capacity += Self.largestCount(field) }
        for field in controlFields { capacity += Self.largestCount(field) }
        if let id { capacity += id.field.rawName.utf8.count + id.value.utf8.count + 4 }
        switch fieldList {
        case .lines(let lines): capacity += lines.largestCount
        case .fields(let fields):
            for field in fields { capacity += field.name.rawName.utf8.count + field.value.utf8.count + 4 }
        }

        self.bytes.append(upTo: capacity) { writer in
            if isOK {
                writer.put(static: "Status: 200 OK\r\n")
            } else {
                writer.put(static: "Status: ")
                writer.put(decimal: Int64(code))
                writer.put(static: " ")
                for byte in reason.utf8 { writer.put(byte < 0x20 || byte > 0x7E ? 0x20 : byte) }
                writer.put(static: "\r\n")
            }
            switch fieldList {
            case .lines(let lines): lines.write(to: &writer)
            case .fields(let fields):
                Self.write(
                    fields, isOK: isOK, contentType: contentType, idField: id?.field, logger: logger(), to: &writer)
            }
            if let contentLength {
                writer.put(static: "Content-Length: ")
                writer.put(decimal: contentLength)
                writer.put(static: "\r\n")
            }
            for field in serverFields { Self.write(field, to: &writer) }
            for field in controlFields { Self.write(field, to: &writer) }
            if let id { Self.write(id.field, id.value, to: &writer) }
            writer.put(static: "\r\n")
        }
    }

    /// Writes the fields of a response, except those that only the library or a backend may send.
    private static func write(
        _ fields: HTTPFields, isOK: Bool, contentType: String?, idField: HTTPField.Name?,
        logger: @autoclosure () -> Logger, to writer: inout ByteWriter
    ) {
        var hasContentType = false
        for field in fields {
            let name = field.name.canonicalName
            switch name {
            case "content-length", "transfer-encoding", "connection": continue
            case "content-type": hasContentType = true
            case "location" where isOK && field.value.utf8.first == UInt8(ascii: "/"):
                // A local redirect (RFC 3875 §6.2.2) could name any file of the web server.
                logger().error("a Location with a path and status 200 is not sent; give a redirect its status")
                continue
            case _ where ReservedFields.contains(name):
                logger().error("the header field \(field.name) is reserved for sendfile backends and is not sent")
                continue
            case _ where field.name == idField: continue
            default: break
            }
            // HTTPField contains no CR, LF or NUL: it replaces them.
            Self.write(field.name, field.value, to: &writer)
        }
        if !hasContentType, let contentType {
            writer.put(static: "Content-Type: ")
            writer.put(contentType)
            writer.put(static: "\r\n")
        }
    }

    private static func write(_ name: HTTPField.Name, _ value: String, to writer: inout ByteWriter) {
        writer.put(name.rawName)
        writer.put(static: ": ")
        writer.put(value)
        writer.put(static: "\r\n")
    }

    private static func write(_ field: FileResponse.ServerField, to writer: inout ByteWriter) {
        writer.put(field.name)
        writer.put(static: ": ")
        field.value.withUnsafeBufferPointer { writer.put($0) }
        writer.put(static: "\r\n")
    }

    private static func largestCount(_ field: FileResponse.ServerField) -> Int {
        field.name.utf8.count + field.value.count + 4
    }
}
