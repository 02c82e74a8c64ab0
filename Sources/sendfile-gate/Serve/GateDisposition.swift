/// Whether files are saved or shown: `SENDFILE_DISPOSITION`.
enum GateDisposition: String, Sendable {
    /// Every file is saved.
    case attachment
    /// Files of which browsers only show the content are shown, and the others are saved.
    case inline
    /// Every file is shown.
    case inlineAll = "inline-all"

    /// Whether a file of this media type is to be saved; `nil` is a type that is not known.
    func saves(_ contentType: String?) -> Bool {
        switch self {
        case .attachment: true
        case .inline: !Self.isHarmless(contentType ?? "")
        case .inlineAll: false
        }
    }

    /// Whether browsers run nothing that stands in a file of this type.
    ///
    /// A page (HTML), a drawing (SVG) or any other XML runs its scripts in the origin of the site that it comes from, with the
    /// visitor's cookies. New types may do so too, so this is a list of those that do not. PDF is one of them: the viewers of browsers
    /// run what scripts a document has apart from the site. Web servers keep `Content-Disposition`, but
    /// not all of them keep `Content-Security-Policy`, so a file of any other type is saved and not shown in a sandbox.
    private static func isHarmless(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        if type.hasSuffix("+xml") || type.hasSuffix("/xml") { return false }
        if ["image/", "audio/", "video/"].contains(where: type.hasPrefix) { return true }
        return ["application/json", "application/pdf", "text/csv", "text/markdown", "text/plain"].contains(type)
    }
}
