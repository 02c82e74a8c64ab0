/// Text that is safe to send as HTML.
///
/// ```swift
/// let name = request.queryFields["name"] ?? ""
/// return Response(html: "<p>Hello, \(name)!</p>")
/// ```
///
/// Only a literal in the source becomes markup. Everything interpolated into it is escaped, unless it is HTML itself. A `String`
/// cannot become unescaped HTML, because the literal parts have the type `StaticString`.
///
/// Escaped text has no special meaning between tags and in a quoted attribute. Three places need more:
/// - Quote every attribute: `<p title="\(text)">`, not `<p title=\(text)>`.
/// - A text that a client chose can be the URL `javascript:…`: interpolate a ``LocalURL`` into `href`, `src` and `action`.
/// - Never interpolate text into `<script>`, `<style>` or the attributes `onclick` and `style`, which have other rules.
public struct HTML: ExpressibleByStringInterpolation, Sendable, CustomStringConvertible {
    /// The markup.
    public let description: String

    /// Creates HTML from markup in the source.
    public init(stringLiteral markup: StaticString) { self.description = "\(markup)" }

    /// Creates HTML from markup in the source and interpolated values.
    public init(stringInterpolation interpolation: Interpolation) { self.description = interpolation.text }

    /// The parts of HTML.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            self.text.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        /// Appends markup in the source.
        public mutating func appendLiteral(_ markup: StaticString) { self.text += "\(markup)" }

        /// Appends HTML as it is.
        public mutating func appendInterpolation(_ html: HTML) { self.text += html.description }

        /// Appends HTML as it is, and nothing for `nil`.
        public mutating func appendInterpolation(_ html: HTML?) { self.text += html?.description ?? "" }

        /// Appends HTML as it is, one after another.
        public mutating func appendInterpolation(_ html: [HTML]) { for html in html { self.text += html.description } }

        /// Appends a number.
        public mutating func appendInterpolation(_ number: some BinaryInteger) { self.text += String(number) }

        /// Appends an escaped URL.
        public mutating func appendInterpolation(_ url: LocalURL) { self.appendInterpolation(url.description) }

        /// Appends escaped text.
        public mutating func appendInterpolation(_ text: some StringProtocol) {
            for scalar in text.unicodeScalars {
                switch scalar {
                case "&": self.text += "&amp;"
                case "<": self.text += "&lt;"
                case ">": self.text += "&gt;"
                case "\"": self.text += "&quot;"
                case "'": self.text += "&#39;"
                // HTML cannot express these characters, not even as character references.
                case "\u{0}"..."\u{8}", "\u{B}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}": self.text += "\u{FFFD}"
                default: self.text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
