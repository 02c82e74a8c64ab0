import HTTPTypes

/// Apache's `X-Sendfile` (mod_xsendfile 0.12, `XSendFile on` and `XSendFilePath`): the absolute path, byte by byte.
///
/// The module decodes nothing, takes blanks off the ends, and removes a `Content-Encoding`. Version 1.0 decodes unless
/// `XSendFileUnescape off` is set, which this backend needs.
public struct ApacheBackend: Backend {
    /// Creates the backend.
    public init() {}

    /// The field `X-Sendfile`; `nil` for names with control characters or a blank at the end, and for encoded content.
    public func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        guard !decision.hasContentEncoding else { return nil }
        let path = decision.location.absolutePath
        guard !path.endsWithBlank, !path.contains(where: { $0 < 0x20 && $0 != 0x09 }) else { return nil }
        return FileResponse.ServerField(name: "X-Sendfile", value: path).map { [$0] }
    }
}
