import HTTPTypes

/// The CGI local redirect (RFC 3875 §6.2.2), which Apache's mod_fcgid follows: a `Location` with a path of the same
/// server.
///
/// Apache responds with the file at that path, and computes media type and validators itself. The program's values are
/// sent in `X-Sendfile-ETag` and `X-Sendfile-Content-Type`, and `conf/apache/local-redirect.conf` replaces Apache's
/// with them. All other fields are kept.
struct LocalRedirectBackend: Backend {
    /// The maximum length of the value: mod_fcgid accepts header lines of up to 8 KiB.
    private static let maximumLength = 8000

    private let url: InternalURL

    /// Whether the web server of this request follows local redirects. Another one would send the field to the client.
    private let isFollowed: Bool

    init(url: InternalURL, isFollowed: Bool) {
        self.url = url
        self.isFollowed = isFollowed
    }

    var name: String { "local-redirect" }

    var reservedFieldNames: [String] { ["X-Sendfile*"] }

    /// Apache adds the field itself, and `conf/apache/local-redirect.conf` removes the program's.
    var addsAcceptRanges: Bool { true }

    func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        guard self.isFollowed, !decision.hasCustomValidators, !decision.headerFields.contains(.location),
            let value = self.url.encoded(for: decision.location), value.count <= Self.maximumLength,
            let location = FileResponse.ServerField(name: "Location", value: value)
        else { return nil }
        var fields = [location]
        for (name, field) in [("X-Sendfile-ETag", HTTPField.Name.eTag), ("X-Sendfile-Content-Type", .contentType)] {
            guard let value = decision.headerFields[field],
                let field = FileResponse.ServerField(name: name, value: Array(value.utf8))
            else { return nil }
            fields.append(field)
        }
        return fields
    }

    func reasonToStream(_ decision: FileDecision) -> String {
        guard self.isFollowed else {
            return
                "only Apache's mod_fcgid follows local redirects, and only from a program that it starts itself; this request "
                + "came from another server, or a script started the program"
        }
        return self.url.reasonToStream(decision.location)
            ?? "Apache does not support this name, or would lose a header field"
    }
}
