import HTTPTypes
import Sendfile

/// The body to send after the header of a response, and its description in the header.
struct BodyPlan {
    enum Body {
        /// Bytes in memory; empty without a body.
        case bytes([UInt8])
        case file(FileBody)
        case chunks(ResponseBody.Chunks)
    }

    var body: Body
    /// The length that the head declares; `nil` if it declares none.
    var contentLength: Int64?
    /// The type to send if the response names none. Never HTML: a response with HTML names its type.
    var contentType: String?

    init(_ response: borrowing Response, method: HTTPRequest.Method) {
        switch response.body.content {
        case .none:
            // The length that a handler gives for HEAD is that of the response to GET (RFC 9110 §8.6).
            self.init(body: .bytes([]), contentLength: method == .head ? response.declaredLength : 0)
        case .bytes(let bytes):
            self.init(body: .bytes(bytes), contentLength: Int64(bytes.count), contentType: "application/octet-stream")
        case .string(let text):
            let bytes = Array(text.utf8)
            self.init(body: .bytes(bytes), contentLength: Int64(bytes.count), contentType: "text/plain; charset=utf-8")
        case .file(let body):
            self.init(body: .file(body), contentLength: body.length, contentType: "application/octet-stream")
        case .chunks(let chunks):
            self.init(
                body: .chunks(chunks), contentLength: response.declaredLength, contentType: "application/octet-stream")
        }
        if !response.serverFields.isEmpty {
            // The web server knows the length of its file; with a Content-Length from the program, Apache closes the
            // client's connection.
            self.body = .bytes([])
            self.contentLength = nil
        }
        if response.omitsLength { self.contentLength = nil }
        if !response.status.allowsBody { self = BodyPlan(body: .bytes([]), contentLength: nil) }
        if method == .head { self.body = .bytes([]) }
    }

    private init(body: Body, contentLength: Int64?, contentType: String? = nil) {
        self.body = body
        self.contentLength = contentLength
        self.contentType = contentType
    }
}

extension Response {
    fileprivate var declaredLength: Int64? {
        guard case .fields(let fields) = self.fieldList else { return nil }
        return fields[.contentLength].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension HTTPResponse.Status {
    /// Whether a response with this status may have a body (RFC 9110 §6.4.1).
    fileprivate var allowsBody: Bool {
        self.kind != .informational && self != .noContent && self != .notModified && self != .resetContent
    }
}
