/// Text that is safe to send as HTML.
///
/// Only a literal in the source becomes markup. Everything interpolated into it is escaped, unless it is HTML itself. A
/// `String` from elsewhere cannot become unescaped HTML, because the literal parts have the type `StaticString`.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    /// The markup.
    let text: String

    init(stringLiteral literal: StaticString) { self.text = "\(literal)" }

    init(stringInterpolation interpolation: Interpolation) { self.text = interpolation.text }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            self.text.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) { self.text += "\(literal)" }

        mutating func appendInterpolation(_ html: HTML) { self.text += html.text }

        mutating func appendInterpolation(_ html: HTML?) { self.text += html?.text ?? "" }

        mutating func appendInterpolation(_ html: [HTML]) { for html in html { self.text += html.text } }

        mutating func appendInterpolation(_ number: some BinaryInteger) { self.text += String(number) }

        mutating func appendInterpolation(_ text: String) {
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
