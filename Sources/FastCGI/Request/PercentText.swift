import SendfileBasics

/// Percent-encoding (RFC 3986 §2.1) for the URLs that a handler writes.
///
/// ```swift
/// let back = "/sign-in?to=\(PercentText.encode(request.rawPath))"
/// ```
public enum PercentText {
    /// Encodes every byte but letters, digits, `-`, `.`, `_` and `~`, so that the result means the same in a path, a query and a header.
    public static func encode(_ bytes: some Collection<UInt8>) -> String { PercentEncoding.text(bytes) }

    /// Encodes the UTF-8 of a text.
    public static func encode(_ text: String) -> String { PercentEncoding.text(text.utf8) }

    /// Decodes each `%XX` once; a `%` that two hexadecimal digits do not follow stays as it is.
    public static func decode(_ text: some StringProtocol) -> [UInt8] { PercentEncoding.decode(text.utf8) }
}
