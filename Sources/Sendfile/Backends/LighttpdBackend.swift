import HTTPTypes
import SendfileBasics

/// lighttpd's `X-Sendfile` (mod_fastcgi, `x-sendfile` and `x-sendfile-docroot`): the absolute path, percent-encoded.
///
/// lighttpd decodes the value, replaces decoded control characters with `_` (which names another file), and refuses
/// names that are not UTF-8. A tab arrives only unencoded. The same is true of DEL up to 1.4.79; since 1.4.80 lighttpd
/// removes a field whose value contains a control character other than a tab, and then answers with 200 and no bytes.
/// Tested: 1.4.69 (Debian 12), 1.4.79 (Debian 13), and 1.4.85 (testing).
public struct LighttpdBackend: Backend {
    private static let plainCharacters: PercentEncoding.ByteSet = {
        var set = PercentEncoding.pathCharacters
        set.insert(0x09)
        return set
    }()

    /// Creates the backend.
    public init() {}

    /// `lighttpd`.
    public var name: String { "lighttpd" }

    /// `X-Sendfile`, `X-Sendfile2`, and the fields of older versions.
    public var reservedFieldNames: [String] { ["X-Sendfile*", "X-LIGHTTPD-*"] }

    /// The field `X-Sendfile`; `nil` for names with control characters other than a tab, a tab at the end, or bytes that are not UTF-8, and
    /// for ranges of encoded content.
    public func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        // lighttpd sends encoded content without ranges.
        guard !decision.isRange || !decision.hasContentEncoding else { return nil }
        let path = decision.location.absolutePath
        var isASCII = true
        for byte in path {
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return nil }
            if byte >= 0x80 { isASCII = false }
        }
        guard path.last != 0x09, isASCII || String(validating: path, as: UTF8.self) != nil else { return nil }
        let value = PercentEncoding.encode(path, keeping: Self.plainCharacters)
        return FileResponse.ServerField(name: "X-Sendfile", value: value).map { [$0] }
    }
}
