import HTTPTypes
package import Logging
package import Sendfile

/// A response whose head is ready to be sent: the same for a server and for tests of handlers.
package struct PreparedResponse: Sendable {
    /// The content of a response after its head.
    package enum Body: Sendable {
        /// Bytes in memory; empty without a body.
        case bytes([UInt8])
        /// Parts of a file; the last bytes are already in memory.
        case file(FileBody, FileTail)
        case chunks(ResponseBody.Chunks)
    }

    let status: Int
    /// `Status:` and header fields, with the empty line at their end.
    package let head: [UInt8]
    package let body: Body
    /// The length that the head declares; `nil` if it declares none.
    package let contentLength: Int64?
    /// The id of the download in the head; `nil` if there is none.
    private(set) var downloadID: DownloadID?
    /// The most bytes of a file or a stream per second; `nil` for no limit.
    private(set) var bytesPerSecond: UInt32?

    /// Makes the head of a response, and decides what is sent after it.
    package init(_ response: borrowing Response, to request: borrowing Request, logger: Logger) {
        self.init(response, to: request, id: nil, logger: logger)
    }

    /// Makes the head of a response with the id of its download, and decides what is sent after it.
    init(_ response: borrowing Response, to request: borrowing Request, id: DownloadID?, logger: Logger) {
        guard !response.hasMistakenStatus(logger: logger) else {
            self = PreparedResponse(.plain(.internalServerError), to: request, logger: logger)
            return
        }
        let plan = BodyPlan(response, method: request.method)
        let head =
            ResponseHead(
                response, id: id, contentLength: plan.contentLength, contentType: plan.contentType, logger: logger
            ).bytes
        let body: Body
        switch plan.body {
        case .bytes(let bytes): body = .bytes(bytes)
        case .chunks(let chunks): body = .chunks(chunks)
        case .file(let file):
            do { body = .file(file, try FileTail(of: file, after: head.count)) } catch {
                // Nothing has been sent yet, so the client can still get a 500 response.
                logger.error("\(error)", metadata: ["request": "\(request.id)"])
                self = PreparedResponse(.plain(.internalServerError), to: request, logger: logger)
                return
            }
        }
        self.init(status: response.status.code, head: head, body: body, contentLength: plan.contentLength)
        self.downloadID = id
        self.bytesPerSecond = response.bytesPerSecond
    }

    private init(status: Int, head: [UInt8], body: Body, contentLength: Int64?) {
        self.status = status
        self.head = head
        self.body = body
        self.contentLength = contentLength
    }

    /// Creates a response from complete bytes: head, empty line and body.
    init(asItIs bytes: [UInt8]) {
        let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
        self.init(status: 0, head: Array(bytes[..<end]), body: .bytes(Array(bytes[end...])), contentLength: nil)
    }

    /// The body's bytes, if head and body go out in one write together with the records that end the request.
    var singleWrite: [UInt8]? {
        switch self.body {
        case .bytes(let bytes): LibraryRequest.fitsSingleWrite(self.head, bytes.count) ? bytes : nil
        case .file(_, let tail): tail.isAll ? tail.bytes : nil
        case .chunks: nil
        }
    }
}

extension Response {
    /// Whether a backend's fields would be sent with a status other than 200, which is logged: an error is sent instead of
    /// this response.
    fileprivate func hasMistakenStatus(logger: @autoclosure () -> Logger) -> Bool {
        guard self.status != .ok, !self.serverFields.isEmpty else { return false }
        // Apache sends the field to the client with any other status, and lighttpd the file.
        logger().error("a file that the web server sends needs status 200, not \(self.status)")
        return true
    }
}
