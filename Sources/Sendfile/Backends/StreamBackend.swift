import HTTPTypes

/// Streaming, which works with every web server. The program handles ranges itself (RFC 9110 §14).
enum StreamBackend {
    /// The response with the requested bytes; for `HEAD`, the same fields without a body.
    ///
    /// - Parameters:
    ///   - method: The request method.
    ///   - ranges: The ranges to send, in order; `nil` for the whole file.
    ///   - headerFields: The fields of a response with the whole file.
    ///   - controlFields: Additional fields for the web server.
    static func response(
        _ file: OpenFile, to method: HTTPRequest.Method, ranges: [Range<Int64>]?, headerFields: HTTPFields,
        controlFields: [FileResponse.ServerField] = []
    ) -> FileResponse {
        var fields = headerFields
        guard let ranges else {
            let body = FileBody(file)
            fields[.contentLength] = String(body.length)
            return FileResponse(
                status: .ok, headerFields: fields, delivery: method == .head ? .none : .stream(body),
                controlFields: controlFields)
        }

        let body: FileBody
        if ranges.count == 1 {
            body = FileBody(file: file, parts: [.file(ranges[0])])
            fields[.contentRange] = Self.contentRange(ranges[0], size: file.size)
        } else {
            let boundary = Self.boundary()
            body = Self.multipart(file, ranges, boundary: boundary, contentType: fields[.contentType])
            fields[.contentType] = "multipart/byteranges; boundary=\(boundary)"
        }
        fields[.contentLength] = String(body.length)
        return FileResponse(
            status: .partialContent, headerFields: fields, delivery: .stream(body), controlFields: controlFields)
    }

    /// The body of `multipart/byteranges` (RFC 9110 §14.6).
    private static func multipart(
        _ file: OpenFile, _ ranges: [Range<Int64>], boundary: String, contentType: String?
    ) -> FileBody {
        let type = contentType.map { "Content-Type: \($0)\r\n" } ?? ""
        var parts: [FileBody.Part] = []
        for (index, range) in ranges.enumerated() {
            let lineEnd = index == 0 ? "" : "\r\n"
            let head =
                "\(lineEnd)--\(boundary)\r\n\(type)Content-Range: \(Self.contentRange(range, size: file.size))\r\n\r\n"
            parts.append(.bytes(Array(head.utf8)))
            parts.append(.file(range))
        }
        parts.append(.bytes(Array("\r\n--\(boundary)--\r\n".utf8)))
        return FileBody(file: file, parts: parts)
    }

    /// A random boundary, so that no file can be crafted to contain it.
    private static func boundary() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
    }

    /// `bytes 0-499/1234`.
    private static func contentRange(_ range: Range<Int64>, size: Int64) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}
