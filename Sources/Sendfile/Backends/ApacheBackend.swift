import HTTPTypes

/// Apache's `X-Sendfile` (mod_xsendfile, `XSendFile on` and `XSendFilePath`): the absolute path, byte by byte.
///
/// The module removes spaces at the ends and a `Content-Encoding`. Version 0.12 (Debian 12) decodes nothing. Later
/// versions (Debian 13 and testing: 0.12+git20240730, upstream's 1.0) decode `%` unless `XSendFileUnescape off` is set,
/// which 0.12 does not know. All versions treat a path without `%` alike, so only such paths are named.
public struct ApacheBackend: Backend {
    /// Creates the backend.
    public init() {}

    /// `apache`.
    public var name: String { "apache" }

    /// `X-Sendfile`, and `X-Sendfile-Temporary` of mod_xsendfile 1.0.
    public var reservedFieldNames: [String] { ["X-Sendfile*"] }

    /// The field `X-Sendfile`; `nil` for paths with `%` or control characters, or a space or tab at the end, and for
    /// encoded content.
    public func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        guard !decision.hasContentEncoding else { return nil }
        let path = decision.location.absolutePath
        guard !path.endsWithSpace, !path.contains(where: Self.changesPath) else { return nil }
        return FileResponse.ServerField(name: "X-Sendfile", value: path).map { [$0] }
    }

    /// Whether some version of the module changes or refuses this byte of a path.
    private static func changesPath(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "%") || byte < 0x20 && byte != 0x09 }
}
