public import HTTPTypes
public import Sendfile

/// The answer to a request.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status

    /// The header fields.
    ///
    /// Fields by which a web server is asked to send a file (`X-Sendfile`, `X-Accel-Redirect` and their kind) are not sent from
    /// here: only a backend makes them. A `Content-Length` is set by the library.
    public var headerFields: HTTPFields

    /// The body.
    public var body: ResponseBody

    /// The fields by which a backend asks the web server for a file.
    package var serverFields: [FileResponse.ServerField] = []

    /// What the web server is told besides, which asks for no file: `Sendfile.controlFields(_:for:)`.
    ///
    /// ```swift
    /// response.controlFields = try sendfile.controlFields(NginxControls(buffering: false), for: request)
    /// ```
    public var controlFields: [FileResponse.ServerField] = []

    /// Creates a response.
    public init(status: HTTPResponse.Status = .ok, headerFields: HTTPFields = [:], body: ResponseBody = .none) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }

    /// The response that tells the client, and where it can be asked the web server, what was decided about a file.
    public init(_ file: FileResponse) {
        switch file.delivery {
        case .none: self.init(status: file.status, headerFields: file.headerFields)
        case .webServer(let fields):
            self.init(status: file.status, headerFields: file.headerFields)
            self.serverFields = fields
        case .stream(let body):
            self.init(status: file.status, headerFields: file.headerFields, body: .file(body))
        }
        self.controlFields = file.controlFields
    }
}

/// The body of a response.
public enum ResponseBody: Sendable {
    /// No body.
    case none
    /// These bytes. Without a Content-Type they are sent as `application/octet-stream`.
    case bytes([UInt8])
    /// This text in UTF-8. Without a Content-Type it is sent as `text/plain; charset=utf-8`, never as HTML.
    case string(String)
    /// Parts of a file, with constant memory.
    case file(FileBody)
    /// Chunks of bytes as they come. Without a Content-Length the end of the response is the end of the sequence.
    case chunks(Chunks)

    /// Chunks of bytes as they come from any asynchronous sequence.
    public static func stream<Source: AsyncSequence & Sendable>(_ source: Source) -> ResponseBody
    where Source.Element == [UInt8] {
        .chunks(Chunks(source))
    }

    /// An asynchronous sequence of byte chunks whose type does not matter.
    public struct Chunks: Sendable {
        let each: @Sendable (_ body: ([UInt8]) async throws -> Void) async throws -> Void

        init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == [UInt8] {
            self.each = { body in
                for try await chunk in source { try await body(chunk) }
            }
        }
    }
}

/// An error that knows the status of the response that it should become.
public protocol ResponseError: Error {
    /// The status to answer with.
    var status: HTTPResponse.Status { get }
    /// Header fields to answer with.
    var headerFields: HTTPFields { get }
}

extension ResponseError {
    public var headerFields: HTTPFields { [:] }
}
