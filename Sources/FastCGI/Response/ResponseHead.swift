import HTTPTypes
import Logging
import Sendfile

/// The head of a response as the web server reads it: `Status:` and header fields (RFC 3875 §6).
struct ResponseHead {
    /// The bytes, with the empty line at their end.
    private(set) var bytes: [UInt8] = []

    /// Makes the head of `response`.
    ///
    /// The status is always explicit: without it Apache answers a conditional request by itself and sends what a backend put
    /// into the fields along.
    ///
    /// - Parameters:
    ///   - contentLength: the length of the body that follows, or `nil` to say nothing about it.
    ///   - contentType: the type of the body if the response names none.
    init(
        _ response: Response, contentLength: Int64?, contentType: String?, logger: @autoclosure () -> Logger
    ) {
        self.bytes.reserveCapacity(512)
        if response.status == .ok {
            self.append(static: "Status: 200 OK\r\n")
        } else {
            self.append(static: "Status: ")
            self.append(String(response.status.code))
            self.append(static: " ")
            self.bytes.append(contentsOf: response.status.reasonPhrase.utf8.map { $0 < 0x20 || $0 > 0x7E ? 0x20 : $0 })
            self.append(static: "\r\n")
        }
        switch response.fieldList {
        case .lines(let lines): self.bytes.append(upTo: lines.largestCount) { lines.write(to: &$0) }
        case .fields(let fields): self.append(fields, of: response, contentType: contentType, logger: logger())
        }
        if let contentLength {
            self.append(static: "Content-Length: ")
            self.append(String(contentLength))
            self.append(static: "\r\n")
        }
        for field in response.serverFields { self.append(field) }
        for field in response.controlFields { self.append(field) }
        self.append(static: "\r\n")
    }

    /// Adds the fields of a response, but those that are the library's or a backend's to send.
    private mutating func append(_ fields: HTTPFields, of response: Response, contentType: String?, logger: Logger) {
        var hasContentType = false
        for field in fields {
            let name = field.name.canonicalName
            switch name {
            case "content-length", "transfer-encoding", "connection": continue
            case "content-type": hasContentType = true
            case "location" where response.status == .ok && field.value.hasPrefix("/"):
                // A redirect inside the web server (RFC 3875 §6.2.2), to any of its files.
                logger.error("a Location with a path and status 200 is not sent; give a redirect its status")
                continue
            case _ where ReservedFields.contains(name):
                logger.error("the header field \(field.name) is reserved for sendfile backends and is not sent")
                continue
            default: break
            }
            // HTTPField holds no CR, LF or NUL: it replaces them.
            self.append(field.name.rawName)
            self.append(static: ": ")
            self.append(field.value)
            self.append(static: "\r\n")
        }
        if !hasContentType, let contentType {
            self.append(static: "Content-Type: ")
            self.append(contentType)
            self.append(static: "\r\n")
        }
    }

    private mutating func append(_ field: FileResponse.ServerField) {
        self.bytes.append(upTo: field.name.utf8.count + field.value.count + 4) { writer in
            writer.put(field.name)
            writer.put(": ")
            field.value.withUnsafeBufferPointer { writer.put($0) }
            writer.put("\r\n")
        }
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { self.bytes.append(contentsOf: $0) }
    }

    private mutating func append(static text: StaticString) {
        self.bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
