public import HTTPTypes

/// What a handler may say about a file besides its path; everything has a default.
///
/// ```swift
/// var options = SendfileOptions()
/// options.attachment = .attachment(named: "export.csv")
/// options.deleteAfterSending = true
/// let response = try sendfile(request, "exports/\(user).csv", options)
/// ```
public struct SendfileOptions: Sendable {
    /// Whether the client shows or saves the file, and under which name.
    public var attachment: ContentDisposition {
        get { self.given?.values.attachment ?? .inline }
        set { self.values.attachment = newValue }
    }

    /// The media type; `nil` for the one that the path's extension stands for.
    public var contentType: String? {
        get { self.given?.values.contentType }
        set { self.values.contentType = newValue }
    }

    /// What the `Content-Encoding` field says; by default nothing.
    public var contentEncoding: ContentEncoding {
        get { self.given?.values.contentEncoding ?? .none }
        set { self.values.contentEncoding = newValue }
    }

    /// Further fields for the client.
    ///
    /// An `ETag`, `Last-Modified`, `Content-Type`, `Content-Encoding` or `Content-Disposition` replaces the library's, and
    /// preconditions are judged by it. Where the web server computes validators itself (nginx, Caddy), a file with an `ETag` or
    /// a `Last-Modified` of your own is streamed.
    public var headerFields: HTTPFields {
        get { self.given?.values.headerFields ?? HTTPFields() }
        set { self.values.headerFields = newValue }
    }

    /// Methods to accept besides `GET` and `HEAD`; the file is the answer to them, too.
    public var additionalMethods: [HTTPRequest.Method] {
        get { self.given?.values.additionalMethods ?? [] }
        set { self.values.additionalMethods = newValue }
    }

    /// Whether a compressed file beside the file is sent in its place to clients that accept it (RFC 9110 §12.5.3).
    ///
    /// Beside `app.js` these are `app.js.br` and `app.js.gz`, if they are not older than it. Every answer then says
    /// `Vary: Accept-Encoding`. The media type stays that of `app.js`; the size, the validators and the ranges are those of the
    /// file that is sent, and its `ETag` ends in the coding's name. Has no effect together with a ``contentEncoding`` or a
    /// `Content-Encoding` of your own, nor with ``deleteAfterSending``.
    public var precompressed: Bool {
        get { self.given?.values.precompressed ?? false }
        set { self.values.precompressed = newValue }
    }

    /// Whether the file is deleted, as is right for one that was generated for this answer.
    ///
    /// It is opened, its name is removed, and the program sends what is open: no web server is asked. The name is removed when the
    /// response is made, before its first byte is sent, and only if the response holds every byte of the file: not with `HEAD`,
    /// 304, 412, 416, nor a part (206). A client that goes away early does not bring it back. A name that is a symbolic link, and
    /// one that cannot be removed, stay; the log says so.
    public var deleteAfterSending: Bool {
        get { self.given?.values.deleteAfterSending ?? false }
        set { self.values.deleteAfterSending = newValue }
    }

    /// What nginx is told about this response; sent by the nginx backend only.
    public var nginx: NginxControls {
        get { self.given?.values.nginx ?? NginxControls() }
        set { self.values.nginx = newValue }
    }

    /// Creates options; all have defaults.
    public init(
        attachment: ContentDisposition = .inline, contentType: String? = nil, contentEncoding: ContentEncoding = .none,
        headerFields: HTTPFields = HTTPFields(), additionalMethods: [HTTPRequest.Method] = [],
        precompressed: Bool = false,
        deleteAfterSending: Bool = false, nginx: NginxControls = NginxControls()
    ) {
        let isGiven =
            !attachment.isDefault || contentType != nil || contentEncoding != .none || !headerFields.isEmpty
            || !additionalMethods.isEmpty || precompressed || deleteAfterSending || !nginx.isEmpty
        guard isGiven else { return }
        self.values = Values(
            attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
            headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
            deleteAfterSending: deleteAfterSending, nginx: nginx)
    }

    private struct Values: Sendable {
        var attachment = ContentDisposition.inline
        var contentType: String?
        var contentEncoding = ContentEncoding.none
        var headerFields = HTTPFields()
        var additionalMethods: [HTTPRequest.Method] = []
        var precompressed = false
        var deleteAfterSending = false
        var nginx = NginxControls()
    }

    /// An object: options are handed on several times.
    private final class Given: Sendable {
        let values: Values

        init(_ values: Values) {
            self.values = values
        }
    }

    /// What was said; `nil` if nothing was, as nearly always.
    private var given: Given?

    private var values: Values {
        get { self.given?.values ?? Values() }
        set { self.given = Given(newValue) }
    }
}
