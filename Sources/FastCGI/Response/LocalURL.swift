import SendfileBasics

/// A URL of this site: a path that begins with one slash, and optionally a query and a fragment.
///
/// ```swift
/// let page: LocalURL = "/reports/\(user)/\(path)?sort=newest"
/// let next = request.queryFields["to"].flatMap(LocalURL.init(validating:)) ?? "/"
/// ```
///
/// A browser that follows such a URL stays on this site:
/// - A literal in the source has to begin with one slash. The program stops at a literal that does not, whatever is interpolated
///   into it.
/// - Interpolated text is percent-encoded. It cannot add a component, a query or a host.
/// - Text that contains a complete URL becomes a value only by ``init(validating:)``.
public struct LocalURL: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The URL, in ASCII, as it is sent.
    public let description: String

    /// Everything that a URL may contain (RFC 3986 §2), and `%`.
    private static let urlCharacters: PercentEncoding.ByteSet = {
        var characters = PercentEncoding.pathCharacters
        for byte in ":?#[]@!$&'()*+,;=%".utf8 { characters.insert(byte) }
        return characters
    }()

    /// Creates a URL from text that may come from a client; `nil` if a browser could leave this site with it.
    ///
    /// That is a text that does not begin with one slash, or that contains a backslash or a control character: browsers treat `\` as
    /// `/`, and remove tabs and line ends, so that `/\example.com` and `/<tab>/example.com` lead to another site. Characters that
    /// a URL cannot contain are percent-encoded.
    public init?(validating text: String) {
        guard Self.beginsWithOneSlash(text), Self.isHarmless(text.utf8) else { return nil }
        self.description = PercentEncoding.text(text.utf8, keeping: Self.urlCharacters)
    }

    /// Creates a URL from a literal, which has to begin with one slash.
    public init(stringLiteral literal: StaticString) {
        var interpolation = Interpolation(literalCapacity: literal.utf8CodeUnitCount, interpolationCount: 0)
        interpolation.appendLiteral(literal)
        self.init(stringInterpolation: interpolation)
    }

    /// Creates a URL from a literal, which has to begin with one slash, and interpolated values.
    public init(stringInterpolation interpolation: Interpolation) {
        precondition(interpolation.beginsWithSlash, "a LocalURL begins with one slash in the source: \"/path\"")
        // An empty value behind the first slash, before another slash, would make the next component a host.
        self.description =
            interpolation.text.utf8.starts(with: "//".utf8) ? "/.\(interpolation.text)" : interpolation.text
    }

    /// The bytes decide, because `/` and a variation selector or an accent behind it are one `Character`. Browsers ignore a
    /// variation selector in a host, so that `//<selector>example.com` leads to another site.
    private static func beginsWithOneSlash(_ text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "/") && text.utf8.dropFirst().first != UInt8(ascii: "/")
    }

    private static func isHarmless(_ text: some Sequence<UInt8>) -> Bool {
        text.allSatisfy { $0 > 0x1F && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
    }

    /// The parts of a URL.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var beginsWithSlash = false

        public init(literalCapacity: Int, interpolationCount: Int) {
            self.text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        /// Appends a part of a URL in the source.
        public mutating func appendLiteral(_ literal: StaticString) {
            let part = "\(literal)"
            precondition(
                LocalURL.isHarmless(part.utf8), "a LocalURL contains no backslash and no control character: \(part)")
            if self.text.isEmpty { self.beginsWithSlash = LocalURL.beginsWithOneSlash(part) }
            self.text += PercentEncoding.text(part.utf8, keeping: LocalURL.urlCharacters)
        }

        /// Appends percent-encoded text.
        public mutating func appendInterpolation(_ text: some StringProtocol) {
            self.text += PercentEncoding.text(text.utf8)
        }

        /// Appends percent-encoded bytes, such as a file's name.
        public mutating func appendInterpolation(_ bytes: some Sequence<UInt8>) {
            self.text += PercentEncoding.text(bytes)
        }

        /// Appends a number.
        public mutating func appendInterpolation(_ number: some BinaryInteger) { self.text += String(number) }

        /// Appends another URL percent-encoded, as a value of the query.
        public mutating func appendInterpolation(_ url: LocalURL) {
            self.text += PercentEncoding.text(url.description.utf8)
        }
    }
}
