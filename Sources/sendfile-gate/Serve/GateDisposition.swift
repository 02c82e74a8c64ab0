import SignedLinks

/// Whether files are saved or shown: `SENDFILE_DISPOSITION`.
enum GateDisposition: String, Sendable {
    /// Every file is saved.
    case attachment
    /// Files that browsers display without running scripts are shown; all others are saved.
    case inline
    /// Every file is shown.
    case inlineAll = "inline-all"

    /// The disposition of a file with a grant. A grant that shows files shows those that cannot run scripts, or all of them with
    /// ``inlineAll``.
    func limited(by grant: Grant?) -> Self {
        switch grant?.disposition {
        case .attachment: .attachment
        case .inline: self == .attachment ? .inline : self
        default: self
        }
    }

    /// Whether a file of this media type is to be saved; `nil` is an unknown type.
    func saves(_ contentType: String?) -> Bool {
        switch self {
        case .attachment: true
        case .inline: !Self.isHarmless(contentType ?? "")
        case .inlineAll: false
        }
    }

    /// Whether browsers run no scripts in a file of this type.
    ///
    /// HTML pages, SVG drawings and any other XML run their scripts in the origin of the site, with the visitor's
    /// cookies. New types may do so, too, so this is a list of harmless types. PDF is included: browsers' viewers
    /// isolate a document's scripts from the site. All other files are saved instead of shown in a sandbox, because web
    /// servers keep `Content-Disposition`, but not all of them keep `Content-Security-Policy`.
    private static func isHarmless(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        if type.hasSuffix("+xml") || type.hasSuffix("/xml") { return false }
        if ["image/", "audio/", "video/"].contains(where: type.hasPrefix) { return true }
        return ["application/json", "application/pdf", "text/csv", "text/markdown", "text/plain"].contains(type)
    }
}
