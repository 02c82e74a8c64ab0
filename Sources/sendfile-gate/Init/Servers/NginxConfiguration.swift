/// A directive of nginx's configuration, with the directives of its block.
struct NginxDirective: Sendable, Equatable {
    let words: [String]
    /// The line of its first word.
    let line: Int
    /// `nil` if it ends with a semicolon.
    var block: [NginxDirective]?
    /// The offset of its closing brace in bytes, and that brace's line.
    var end = (offset: 0, line: 0)

    static func == (first: Self, second: Self) -> Bool { first.words == second.words && first.line == second.line }

    func children(_ name: String) -> [NginxDirective] { self.block?.filter { $0.words.first == name } ?? [] }
}

/// Parses one file of nginx's configuration, which nginx itself has found valid.
struct NginxConfiguration {
    let directives: [NginxDirective]

    init(_ text: String) {
        var parser = Parser(bytes: Array(text.utf8))
        self.directives = parser.directives().0
    }

    /// The server blocks for HTTP: at the top of the file, or in `http`.
    var servers: [NginxDirective] {
        self.directives.flatMap { directive in
            directive.words.first == "http" ? directive.children("server") : [directive]
        }.filter { $0.words.first == "server" && $0.block != nil }
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        var line = 1

        /// Reads directives up to a closing brace or the end; returns the position of the brace.
        mutating func directives() -> ([NginxDirective], end: (offset: Int, line: Int)) {
            var result: [NginxDirective] = []
            var words: [String] = []
            var start = 1
            while let byte = self.peek {
                switch byte {
                case UInt8(ascii: "#"): while let next = self.peek, next != UInt8(ascii: "\n") { self.advance() }
                case UInt8(ascii: ";"):
                    self.advance()
                    if !words.isEmpty { result.append(NginxDirective(words: words, line: start)) }
                    words = []
                case UInt8(ascii: "{"):
                    self.advance()
                    let (block, end) = self.directives()
                    result.append(NginxDirective(words: words, line: start, block: block, end: end))
                    words = []
                case UInt8(ascii: "}"):
                    let end = (self.position, self.line)
                    self.advance()
                    return (result, end)
                case let space where space <= 0x20: self.advance()
                default:
                    if words.isEmpty { start = self.line }
                    words.append(self.word())
                }
            }
            return (result, (self.position, self.line))
        }

        private mutating func word() -> String {
            var word: [UInt8] = []
            let quote = self.peek.flatMap { [UInt8(ascii: "\""), UInt8(ascii: "'")].contains($0) ? $0 : nil }
            if quote != nil { self.advance() }
            while let byte = self.peek {
                if let quote {
                    if byte == quote {
                        self.advance()
                        break
                    }
                } else if byte <= 0x20 || byte == UInt8(ascii: ";")
                    || byte == UInt8(ascii: "{") && word.last != UInt8(ascii: "$")
                {
                    break
                }
                if byte == UInt8(ascii: "\\") {
                    word.append(byte)
                    self.advance()
                }
                if let next = self.peek { word.append(next) }
                self.advance()
            }
            return String(decoding: word, as: UTF8.self)
        }

        private var peek: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

        private mutating func advance() {
            if self.peek == UInt8(ascii: "\n") { self.line += 1 }
            self.position += 1
        }
    }
}
