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

    /// Nothing is to be said of the body's length.
    var omitsLength = false

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
