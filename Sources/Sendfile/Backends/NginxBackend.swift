package import HTTPTypes

/// nginx's `X-Accel-Redirect` (`internal` location with `alias` or `root`): the internal URL prefix followed by the
/// path below the root, percent-encoded.
///
/// nginx supports every name. It computes the validators itself, from the file, and removes most fields of the
/// application.
public struct NginxBackend: Backend {
    /// The maximum length of the value: together with the other fields it must fit into `fastcgi_buffer_size`, 4 KiB by
    /// default.
    private static let maximumLength = 2048

    /// Fields that `conf/nginx` keeps with `add_header`; of several fields with one name, only the first.
    package static let fieldsToAdd = [
        "Content-Language", "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
        "X-Robots-Tag", "Vary", "Link", "Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Embedder-Policy", "Timing-Allow-Origin", "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers",
    ]

    private static let addedFields = Set(Self.fieldsToAdd.compactMap { HTTPField.Name($0) })

    private let url: InternalURL

    init(url: InternalURL) {
        self.url = url
    }

    /// Creates the backend.
    ///
    /// - Parameter prefix: The internal location, such as `/protected/`; leading and trailing slashes are optional.
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidURLPrefix``.
    public init(prefix: String) throws(SendfileError) {
        self.url = try InternalURL(prefix: prefix)
    }

    /// `nginx`.
    public var name: String { "nginx" }

    /// `X-Accel-Redirect`, and the fields by which nginx takes its other controls (``NginxControls``).
    public var reservedFieldNames: [String] { ["X-Accel-*"] }

    /// nginx sends the field twice with 200 if the program sends it, too, and not by itself with 206.
    public var addsAcceptRanges: Bool { true }

    /// The field `X-Accel-Redirect`; `nil` for encoded content, validators of the handler's own, fields that nginx would lose, and
    /// very long names.
    public func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        guard !decision.hasCustomValidators else { return nil }
        if !decision.hasUsualFields {
            let fields = decision.headerFields
            guard !fields.contains(.contentEncoding), Self.keeps(fields) else { return nil }
        }
        guard let value = self.url.encoded(for: decision.location), value.count <= Self.maximumLength else {
            return nil
        }
        // The value is percent-encoded and contains no line end.
        return [FileResponse.ServerField(name: "X-Accel-Redirect", checked: value)]
    }

    /// The reason why a file is streamed, for the log, including a missing internal URL.
    public func reasonToStream(_ decision: FileDecision) -> String {
        self.url.reasonToStream(decision.location) ?? "nginx does not support this name, or would lose a header field"
    }

    /// Whether all of these fields reach the client.
    private static func keeps(_ fields: HTTPFields) -> Bool {
        var added: Set<HTTPField.Name> = []
        for field in fields where !Self.keepsAll(field.name) {
            guard Self.addedFields.contains(field.name), added.insert(field.name).inserted else { return false }
        }
        return true
    }

    /// Whether a field of this name reaches the client with a file, at least once.
    package static func keeps(_ name: HTTPField.Name) -> Bool {
        Self.keepsAll(name) || Self.addedFields.contains(name)
    }

    /// Whether nginx sends or keeps all fields of this name. Most responses have no others.
    private static func keepsAll(_ name: HTTPField.Name) -> Bool {
        switch name {
        case .contentType, .eTag, .lastModified, .acceptRanges, .contentDisposition, .cacheControl, .expires,
            .setCookie:
            true
        default: false
        }
    }
}
