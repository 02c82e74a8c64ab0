import HTTPTypes

/// lighttpd's `X-Sendfile` (mod_fastcgi, `x-sendfile` and `x-sendfile-docroot`): the absolute path, percent-encoded.
///
/// lighttpd decodes the value, makes `_` of the control characters that come out of that (another file, then), and refuses what
/// is not UTF-8. A tab and a DEL arrive only as they are.
public struct LighttpdBackend: Backend {
    private static let plainCharacters: PercentEncoding.ByteSet = {
        var set = PercentEncoding.pathCharacters
        set.insert(0x09)
        set.insert(0x7F)
        return set
    }()

    /// Creates the backend.
    public init() {}

    /// The field `X-Sendfile`; `nil` for names with other control characters, a tab at the end, or bytes that are not UTF-8, and
    /// for ranges of encoded content.
    public func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        // Encoded content is sent whole.
        guard !decision.isRange || !decision.hasContentEncoding else { return nil }
        let path = decision.location.absolutePath
        var isASCII = true
        for byte in path {
            if byte < 0x20, byte != 0x09 { return nil }
            if byte >= 0x80 { isASCII = false }
        }
        guard path.last != 0x09, isASCII || String(validating: path, as: UTF8.self) != nil else { return nil }
        let value = PercentEncoding.encode(path, keeping: Self.plainCharacters)
        return FileResponse.ServerField(name: "X-Sendfile", value: value).map { [$0] }
    }
}
