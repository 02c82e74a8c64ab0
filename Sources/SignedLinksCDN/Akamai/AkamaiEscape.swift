import SendfileBasics

/// A URL as it is signed with and without "Escape token input".
///
/// Akamai's library for Python escapes it with `quote_plus`, and that for JavaScript with `encodeURIComponent`. They differ in `!`, `(`, `)`
/// and `~`.
enum AkamaiEscape {
    private static let python = Self.kept("_.-~")
    private static let javaScript = Self.kept("_.-!()")

    /// The texts that may have been signed for a URL, each once.
    static func all(of url: [UInt8]) -> [[UInt8]] {
        let escaped = Self.lowerCase(url, keeping: Self.python)
        let other = Self.lowerCase(url, keeping: Self.javaScript)
        return escaped == other ? [url, escaped] : [url, escaped, other]
    }

    /// Escapes a URL with hexadecimal digits in lower case. Those that were in it stay as they are, because their `%` is escaped, too.
    private static func lowerCase(_ url: [UInt8], keeping kept: PercentEncoding.ByteSet) -> [UInt8] {
        url.flatMap { byte in
            kept.contains(byte) ? [byte] : [UInt8(ascii: "%")] + Array(Hexadecimal.encode([byte]).utf8)
        }
    }

    private static func kept(_ characters: String) -> PercentEncoding.ByteSet {
        PercentEncoding.ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(characters)")
    }
}
