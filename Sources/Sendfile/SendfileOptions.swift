public import HTTPTypes

/// The options of a response with a file; all have defaults.
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
        get { self.storage?.values.attachment ?? .inline }
        set { self.values.attachment = newValue }
    }

    /// The media type; by default determined by the path's extension.
    public var contentType: String? {
        get { self.storage?.values.contentType }
        set { self.values.contentType = newValue }
    }

    /// The `Content-Encoding`; by default none.
    public var contentEncoding: ContentEncoding {
        get { self.storage?.values.contentEncoding ?? .none }
        set { self.values.contentEncoding = newValue }
    }

    /// Further fields for the client.
    ///
    /// An `ETag`, `Last-Modified`, `Content-Type`, `Content-Encoding` or `Content-Disposition` replaces the library's,
    /// and is used for preconditions. If the web server computes validators itself (nginx, Caddy), a file with your own
    /// `ETag` or `Last-Modified` is streamed.
    public var headerFields: HTTPFields {
        get { self.storage?.values.headerFields ?? HTTPFields() }
        set { self.values.headerFields = newValue }
    }

    /// Methods to accept in addition to `GET` and `HEAD`; the response to them is the file, too.
    public var additionalMethods: [HTTPRequest.Method] {
        get { self.storage?.values.additionalMethods ?? [] }
        set { self.values.additionalMethods = newValue }
    }

    /// Whether a compressed variant is sent to clients that accept it (RFC 9110 §12.5.3).
    ///
    /// For `app.js` these are `app.js.br` and `app.js.gz`, unless they are older. Every response then has `Vary:
    /// Accept-Encoding`. The media type remains that of `app.js`; the size, the validators and the ranges are those of
    /// the variant, and its `ETag` ends with the coding's name. This has no effect together with a ``contentEncoding``,
    /// your own `Content-Encoding`, or ``deleteAfterSending``.
    public var precompressed: Bool {
        get { self.storage?.values.precompressed ?? false }
        set { self.values.precompressed = newValue }
    }

    /// Whether the file is deleted after it is sent, for a file that was generated for this response.
    ///
    /// The program opens the file, removes its name, and streams the open file; no web server is asked. The name is
    /// removed when the response is created, before its first byte is sent, and only if the response contains every
    /// byte of the file: not for `HEAD`, 304, 412, 416 or a range (206). A client that disconnects early does not
    /// restore the file. A name that is a symbolic link, or that cannot be removed, is kept, with a log message.
    public var deleteAfterSending: Bool {
        get { self.storage?.values.deleteAfterSending ?? false }
        set { self.values.deleteAfterSending = newValue }
    }

    /// nginx's controls for this response; used by the nginx backend only.
    public var nginx: NginxControls {
        get { self.storage?.values.nginx ?? NginxControls() }
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
        self.values = Storage.Values(
            attachment: attachment, contentType: contentType, contentEncoding: contentEncoding,
            headerFields: headerFields, additionalMethods: additionalMethods, precompressed: precompressed,
            deleteAfterSending: deleteAfterSending, nginx: nginx)
    }

    /// The options behind one reference: see the article Architecture of FastCGI.
    private final class Storage: Sendable {
        struct Values: Sendable {
            var attachment = ContentDisposition.inline
            var contentType: String?
            var contentEncoding = ContentEncoding.none
            var headerFields = HTTPFields()
            var additionalMethods: [HTTPRequest.Method] = []
            var precompressed = false
            var deleteAfterSending = false
            var nginx = NginxControls()
        }

        let values: Values

        init(_ values: Values) {
            self.values = values
        }
    }

    /// `nil` if every option has its default, as nearly always.
    private var storage: Storage?

    private var values: Storage.Values {
        get { self.storage?.values ?? Storage.Values() }
        set { self.storage = Storage(newValue) }
    }
}
