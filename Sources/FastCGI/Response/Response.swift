public import HTTPTypes
public import Sendfile

/// The response to a request.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status

    /// The header fields.
    ///
    /// Fields that ask a web server to send a file (`X-Sendfile`, `X-Accel-Redirect` and similar ones) are not sent if
    /// they are set here; only a backend creates them. The library sets the `Content-Length`.
    public var headerFields: HTTPFields {
        get { self.fieldList.fields }
        set { self.fieldList = .fields(newValue) }
    }

    /// The header fields in the form in which they were created.
    private(set) var fieldList: FieldList

    /// The body.
    public var body: ResponseBody

    /// The decision about a file; `nil` without one.
    private var file: FileResponse.Storage?

    /// The properties that few responses have, behind one reference: see the article Architecture. `nil` if this one has none.
    private var storage: Storage?

    private final class Storage: Sendable {
        struct Values: Sendable {
            var controlFields: [FileResponse.ServerField]?
            var user: String?
            var grantID: String?
            var keyID: String?
            var omitsLength = false
            var bytesPerSecond: UInt32?
        }

        let values: Values

        init(_ values: Values) {
            self.values = values
        }
    }

    private var values: Storage.Values {
        get { self.storage?.values ?? Storage.Values() }
        set { self.storage = Storage(newValue) }
    }

    /// The fields by which a backend asks the web server for a file.
    package var serverFields: [FileResponse.ServerField] {
        self.file?.delivery.serverFields ?? []
    }

    /// Further fields for the web server that do not ask for a file: `Sendfile.controlFields(_:for:)`.
    ///
    /// ```swift
    /// var response = Response(body: "first\n")
    /// response.controlFields = try sendfile.controlFields(NginxControls(buffering: false), for: request)
    /// ```
    public var controlFields: [FileResponse.ServerField] {
        get { self.storage?.values.controlFields ?? self.file?.controlFields ?? [] }
        set { self.values.controlFields = newValue }
    }

    /// The user who receives the response, for the access log; `nil` for the user that the web server has authenticated
    /// (``Request/remoteUser``). It is not sent.
    ///
    /// ```swift
    /// var response = try sendfile(request, "q3.pdf")
    /// response.user = request.cookies["user"]
    /// ```
    public var user: String? {
        get { self.storage?.values.user }
        set { self.values.user = newValue }
    }

    /// The id of the grant by which the client gets the file, for the access log; `nil` without one. It is not sent.
    public var grantID: String? {
        get { self.storage?.values.grantID }
        set { self.values.grantID = newValue }
    }

    /// The name of the key that signed the client's link or grant, for the access log; `nil` without one. It is not sent.
    public var keyID: String? {
        get { self.storage?.values.keyID }
        set { self.values.keyID = newValue }
    }

    /// The file or the object that the handler requested, for the access log.
    package var requestedFile: RequestedFile? { self.file?.requestedFile }

    /// The most bytes of a file or a stream that this program sends per second; `nil` for no limit. It has no effect on a body in memory,
    /// on a response that fits into one write (some 64 KiB), and on a file that the web server sends.
    ///
    /// The limit is that of this response. A client that opens several connections has several responses.
    ///
    /// ```swift
    /// var response = try sendfile(request, "film.mp4")
    /// response.bytesPerSecond = 500_000
    /// ```
    public var bytesPerSecond: UInt32? {
        get { self.storage?.values.bytesPerSecond }
        set { self.values.bytesPerSecond = newValue }
    }

    /// Whether the response declares no length of the body.
    var omitsLength: Bool {
        get { self.storage?.values.omitsLength ?? false }
        set { self.values.omitsLength = newValue }
    }

    /// Creates a response.
    public init(status: HTTPResponse.Status = .ok, headerFields: HTTPFields = HTTPFields(), body: ResponseBody = .none)
    {
        self.init(status: status, fieldList: .fields(headerFields), body: body)
    }

    private init(status: HTTPResponse.Status, fieldList: FieldList, body: ResponseBody = .none) {
        self.status = status
        self.fieldList = fieldList
        self.body = body
    }

    /// Creates the response for a decision about a file.
    ///
    /// Its fields are for the client and, if the web server sends the file, for the web server.
    public init(_ file: consuming FileResponse) {
        self.status = file.status
        self.fieldList = file.fieldList
        self.body =
            if let body = file.delivery.body {
                .file(body)
            } else if let chunks = file.delivery.chunks {
                .stream(chunks)
            } else {
                .none
            }
        self.file = file.storage
    }

    /// Returns this response with the name of the user who receives it: `try sendfile(request, "q3.pdf").with(user:
    /// session.name)`.
    ///
    /// - Parameter user: See ``user``.
    public func with(user: String?) -> Response {
        var response = self
        response.user = user
        return response
    }

    /// Returns this response with the permission by which the client gets the file, for the access log.
    ///
    /// ```swift
    /// func file(_ link: VerifiedLink, _ sendfile: Sendfile, _ request: Request) throws -> Response {
    ///     try sendfile(request, link.pathString ?? "").with(grantID: link.grant?.grant.id, keyID: link.keyID)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - grantID: See ``grantID``.
    ///   - keyID: See ``keyID``.
    public func with(grantID: String?, keyID: String?) -> Response {
        var response = self
        var values = response.values
        (values.grantID, values.keyID) = (grantID, keyID)
        response.values = values
        return response
    }
}
