import FastCGI
public import HTTPTypes
public import Sendfile

/// A handler's response, as the web server would receive it.
public struct TestResponse: Sendable {
    /// The status. For a ``file`` that the web server sends it is 200, even if the client will receive 206.
    public let status: HTTPResponse.Status

    /// The header fields for the client, including the length and the type that the server adds, without reserved
    /// fields.
    public let headerFields: HTTPFields

    /// The body, including that of a stream, and the bytes of a file that the program sends. Empty if the web server
    /// sends the file.
    public let body: [UInt8]

    /// The file that the web server is asked to send; `nil` if there is none.
    public let file: File?

    /// The user that the handler set for the access log.
    public let user: String?

    /// Additional fields for the web server, which the client does not receive, such as `X-Accel-Buffering`.
    public let controlFields: [FileResponse.ServerField]

    /// The body as text; bytes that are not UTF-8 are replaced by U+FFFD.
    public var text: String { String(decoding: self.body, as: UTF8.self) }

    /// A file that a web server is asked to send.
    public struct File: Sendable {
        /// The path as passed by the handler, relative to the root; bytes that are not UTF-8 are replaced by U+FFFD.
        public let path: String
        /// The path as bytes.
        public let pathBytes: [UInt8]
        /// The size in bytes.
        public let size: Int64
        /// The requested ranges; `nil` for the whole file.
        public let ranges: [Range<Int64>]?
        /// The name of the backend, as in `SENDFILE_BACKEND`.
        public let backend: String
        /// The header fields that ask the web server for the file, such as `X-Accel-Redirect`.
        public let fields: [FileResponse.ServerField]

        /// The value of one of ``fields`` as text, or `nil`: `response.file?["X-Accel-Redirect"]`.
        public subscript(name: String) -> String? {
            let field = self.fields.first { $0.name.lowercased() == name.lowercased() }
            return field.map { String(decoding: $0.value, as: UTF8.self) }
        }
    }

    /// Parses the response for the web server.
    init(_ answer: DirectExchange.Answer) throws {
        // The fields for the web server are the last ones, followed by an empty line.
        let fields = answer.response?.serverFields ?? []
        let controlFields = answer.response?.controlFields ?? []
        let hidden = fields.count + controlFields.count
        let lines = answer.head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
            .map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
            .filter { !$0.isEmpty }
        var status: HTTPResponse.Status?
        var headerFields = HTTPFields()
        for line in lines.dropLast(hidden) {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else {
                throw HandlerTest.Unreadable(line: line)
            }
            let value = String(parts[1].drop { $0 == " " })
            if name.canonicalName == "status" {
                let words = value.split(separator: " ", maxSplits: 1)
                status = Int(words.first ?? "").map {
                    .init(code: $0, reasonPhrase: words.count > 1 ? String(words[1]) : "")
                }
            } else {
                headerFields.append(HTTPField(name: name, value: value))
            }
        }
        self.status = status ?? .ok
        self.headerFields = headerFields
        self.body = answer.body
        self.user = answer.response?.user
        self.controlFields = controlFields
        self.file =
            if !fields.isEmpty, let file = answer.response?.requestedFile, !file.isObject,
                let size = file.size
            {
                File(
                    path: String(decoding: file.pathBytes, as: UTF8.self), pathBytes: file.pathBytes, size: size,
                    ranges: file.ranges, backend: file.backendName ?? "", fields: fields)
            } else {
                nil
            }
    }
}
