import HTTPTypes
import Sendfile

/// The part of a file in a response, and its sender.
struct FileShare {
    /// Whether the web server sends the bytes.
    let isDelegated: Bool
    /// Whether this program sends them.
    let isStreamed: Bool
    /// The number of the file's bytes; 0 if the size of an object is not known.
    let bytes: Int64

    /// - Parameter status: The status that was sent, which differs from the response's if that could not be sent.
    init(of file: RequestedFile, _ method: HTTPRequest.Method, _ response: Response, status: Int) {
        // The response to HEAD has no bytes with any delivery.
        let mayHaveBytes = status == response.status.code && method != .head
        self.isDelegated = mayHaveBytes && !response.serverFields.isEmpty
        self.isStreamed = mayHaveBytes && Self.isStreamed(file, response.body)
        self.bytes =
            self.isDelegated || self.isStreamed
            ? file.ranges?.reduce(0) { $0 + Int64($1.count) } ?? file.size ?? 0 : 0
    }

    /// Whether a body is that of the file or of the object. A file has no body of chunks: middleware may have replaced it.
    static func isStreamed(_ file: RequestedFile, _ body: ResponseBody) -> Bool {
        switch body.content {
        case .file: true
        case .chunks: file.isObject
        default: false
        }
    }
}
