public import HTTPTypes

/// What a handler may say about a file besides its path; everything has a default.
///
/// ```swift
/// var options = SendfileOptions()
/// options.attachment = .named("export.csv")
/// options.deleteAfterSending = true
/// let response = try sendfile(request, "exports/\(user).csv", options)
/// ```
public struct SendfileOptions: Sendable {
    /// Whether the client shows or saves the file, and under which name.
    public var attachment: ContentDisposition

    /// The media type; `nil` for the one that the path's extension stands for.
    public var contentType: String?

    /// What the `Content-Encoding` field says; by default nothing.
    public var contentEncoding: ContentEncoding

    /// Further fields for the client.
    ///
    /// An `ETag`, `Last-Modified`, `Content-Type`, `Content-Encoding` or `Content-Disposition` replaces the library's, and
    /// preconditions are judged by it. Where the web server computes validators itself (nginx, Caddy), a file with an `ETag` or
    /// a `Last-Modified` of your own is streamed.
    public var headerFields: HTTPFields

    /// Methods to accept besides `GET` and `HEAD`; the file is the answer to them, too.
    public var additionalMethods: [HTTPRequest.Method]

    /// Whether a compressed file beside the file is sent in its place to clients that accept it (RFC 9110 §12.5.3).
    ///
    /// Beside `app.js` these are `app.js.br` and `app.js.gz`, if they are not older than it. Every answer then says
    /// `Vary: Accept-Encoding`. The media type stays that of `app.js`; the size, the validators and the ranges are those of the
    /// file that is sent, and its `ETag` ends in the coding's name. Has no effect together with a ``contentEncoding`` or a
    /// `Content-Encoding` of your own, nor with ``deleteAfterSending``.
    public var precompressed: Bool

    /// Whether the file is deleted, as is right for one that was generated for this answer.
    ///
    /// It is opened, its name is removed, and the program sends what is open: no web server is asked. The name is removed when the
    /// response is made, before its first byte is sent, and only if the response holds every byte of the file: not with `HEAD`,
    /// 304, 412, 416, nor a part (206). A client that goes away early does not bring it back. A name that is a symbolic link, and
    /// one that cannot be removed, stay; the log says so.
    public var deleteAfterSending: Bool

    /// What nginx is told about this response; sent by the nginx backend only.
    public var nginx: NginxControls

    /// Creates options; all have defaults.
    @inlinable public init(
        attachment: ContentDisposition = .inline, contentType: String? = nil, contentEncoding: ContentEncoding = .none,
        headerFields: HTTPFields = HTTPFields(), additionalMethods: [HTTPRequest.Method] = [], precompressed: Bool = false,
        deleteAfterSending: Bool = false, nginx: NginxControls = NginxControls()
    ) {
        self.attachment = attachment
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.headerFields = headerFields
        self.additionalMethods = additionalMethods
        self.precompressed = precompressed
        self.deleteAfterSending = deleteAfterSending
        self.nginx = nginx
    }
}
