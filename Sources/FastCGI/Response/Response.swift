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
    public var headerFields: HTTPFields {
        get { self.fieldList.fields }
        set { self.fieldList = .fields(newValue) }
    }

    /// The same, as they were made.
    private(set) var fieldList: FieldList

    /// The body.
    public var body: ResponseBody

    /// The decision about a file.
    private var record: FileResponse.Record?

    /// Values that only some responses have, behind one reference, because a response is passed on several times.
    private var rest: Rest?

    private final class Rest: Sendable {
        let rare: Rare

        init(_ rare: Rare) {
            self.rare = rare
        }
    }

    private struct Rare: Sendable {
        var controlFields: [FileResponse.ServerField]?
        var user: String?
        var omitsLength = false
    }

    private mutating func change(_ body: (inout Rare) -> Void) {
        var rare = self.rest?.rare ?? Rare()
        body(&rare)
        self.rest = Rest(rare)
    }

    /// The fields by which a backend asks the web server for a file.
    package var serverFields: [FileResponse.ServerField] {
        self.record?.delivery.serverFields ?? []
    }

    /// Further fields for the web server that do not ask for a file: `Sendfile.controlFields(_:for:)`.
    ///
    /// ```swift
    /// var response = Response(body: "as it comes")
    /// response.controlFields = try sendfile.controlFields(NginxControls(buffering: false), for: request)
    /// ```
    public var controlFields: [FileResponse.ServerField] {
        get { self.rest?.rare.controlFields ?? self.record?.controlFields ?? [] }
        set { self.change { $0.controlFields = newValue } }
    }

    /// The user who receives the response, for the access log; `nil` for the user that the web server has authenticated
    /// (``Request/remoteUser``). It is not sent.
    /// (``Request/remoteUser``). It is not sent.
    ///
    /// ```swift
    /// var response = try sendfile(request, "q3.pdf")
    /// response.user = request.cookies["user"]
    /// ```
    public var user: String? {
        get { self.rest?.rare.user }
        set { self.change { $0.user = newValue } }
    }

    /// Which file the handler asked for, for the access log.
    package var requestedFile: RequestedFile? { self.record?.requestedFile }

    /// Nothing is to be said of the body's length.
    var omitsLength: Bool {
        get { self.rest?.rare.omitsLength ?? false }
        set { self.change { $0.omitsLength = newValue } }
    }

    /// Creates a response.
    public init(status: HTTPResponse.Status = .ok, headerFields: HTTPFields = [:], body: ResponseBody = .none) {
        self.init(status: status, fieldList: .fields(headerFields), body: body)
    }

    private init(status: HTTPResponse.Status, fieldList: FieldList, body: ResponseBody = .none) {
        self.status = status
        self.fieldList = fieldList
        self.body = body
    }

    /// The response that tells the client, and where it can be asked the web server, what was decided about a file.
    public init(_ file: consuming FileResponse) {
        self.status = file.status
        self.fieldList = file.fieldList
        self.body = file.delivery.body.map { .file($0) } ?? .none
        self.record = file.record
    }

    /// The same response with the name of the user who gets it: `try sendfile(request, "q3.pdf").with(user: session.name)`.
    ///
    /// - Parameter user: see ``user``.
    public func with(user: String?) -> Response {
        var response = self
        response.user = user
        return response
    }
}
