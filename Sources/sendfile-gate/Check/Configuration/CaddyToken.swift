/// A word of a Caddyfile.
struct CaddyToken: Sendable {
    var text: String
    let file: String
    /// The number of the line on which it begins. Lines that a backslash joins have the number of the first one.
    let line: Int
    /// The number of line ends in a quoted text.
    let breaks: Int
    let isQuoted: Bool

    var opens: Bool { !self.isQuoted && self.text == "{" }
    var closes: Bool { !self.isQuoted && self.text == "}" }

    func isOnLine(of previous: CaddyToken) -> Bool {
        self.file == previous.file && self.line == previous.line + previous.breaks
    }

    /// The words of a text: plain, in double quotes, in backticks, or as a heredoc (`<<END`). A placeholder such as
    /// `{$NAME:default value}` stays as it is.
    static func all(in text: ConfigurationText) -> [CaddyToken] {
        var lexer = Lexer(text: text)
        return lexer.all()
    }
}

/// Divides a Caddyfile into words.
private struct Lexer {
    var text: ConfigurationText
    /// The number of line ends after a backslash since the line began.
    private var joined = 0

    init(text: ConfigurationText) { self.text = text }

    mutating func all() -> [CaddyToken] {
        _ = self.text.take("\u{FEFF}")
        var tokens: [CaddyToken] = []
        while self.skipSpace() { tokens.append(self.word()) }
        return tokens
    }

    /// Skips white space and comments. False at the end of the text.
    private mutating func skipSpace() -> Bool {
        while let byte = self.text.next {
            if byte == UInt8(ascii: "#") {
                _ = self.text.take { $0 != UInt8(ascii: "\n") }
            } else if ConfigurationText.isSpace(byte) {
                _ = self.text.take()
                if byte == UInt8(ascii: "\n") { self.joined = 0 }
            } else if !self.text.take("\\\n"), !self.text.take("\\\r\n") {
                return true
            } else {
                self.joined += 1
            }
        }
        return false
    }

    private mutating func word() -> CaddyToken {
        let (start, line) = (self.text.line, self.text.line - self.joined)
        var isQuoted = true
        let value: String
        if self.text.next == UInt8(ascii: "\"") {
            value = self.quoted()
        } else if self.text.take("`") {
            value = self.text.take { $0 != UInt8(ascii: "`") }
            _ = self.text.take()
        } else {
            let plain = self.plain()
            let marker = plain.hasPrefix("<<") ? plain.dropFirst(2) : ""
            let isHeredoc =
                !marker.isEmpty && marker.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
                && (self.text.take("\n") || self.text.take("\r\n"))
            value = isHeredoc ? self.heredoc(String(marker)) : plain
            isQuoted = isHeredoc
        }
        return CaddyToken(
            text: value, file: self.text.file, line: line, breaks: self.text.line - start, isQuoted: isQuoted)
    }

    /// Reads a text in double quotes, in which a backslash protects a quote, and stays before any other character.
    private mutating func quoted() -> String {
        _ = self.text.take()
        var bytes: [UInt8] = []
        while let byte = self.text.take(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let protected = self.text.take() {
                if protected != UInt8(ascii: "\"") { bytes.append(byte) }
                bytes.append(protected)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads up to white space. Quotes within the word are a part of it.
    private mutating func plain() -> String {
        var word = ""
        while let byte = self.text.next, !ConfigurationText.isSpace(byte) {
            if self.text.take("{$") {
                // Caddy replaces such a placeholder before it looks for words, so the default value may contain spaces.
                word += "{$" + self.text.take { $0 != UInt8(ascii: "}") && $0 != UInt8(ascii: "\n") }
                continue
            }
            if byte == UInt8(ascii: "\\") {
                var next = self.text
                _ = next.take()
                if next.next.map({ $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) == true, !word.isEmpty {
                    break
                }
                _ = self.text.take()
                word += self.text.next == UInt8(ascii: "<") && word.isEmpty ? "" : "\\"
                continue
            }
            word += self.text.take { byte in
                !ConfigurationText.isSpace(byte) && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "{")
            }
            if self.text.next == UInt8(ascii: "{") {
                if self.text.take("{$") {
                    word += "{$" + self.text.take { $0 != UInt8(ascii: "}") && $0 != UInt8(ascii: "\n") }
                } else {
                    _ = self.text.take()
                    word += "{"
                }
            }
        }
        return word
    }

    /// Reads the lines up to one that contains only the marker, without the white space before the marker.
    private mutating func heredoc(_ marker: String) -> String {
        var lines: [String] = []
        var padding = ""
        while self.text.next != nil {
            let space = self.text.take { $0 == 0x20 || $0 == 0x09 }
            if self.text.take(marker) {
                padding = space
                break
            }
            lines.append(space + self.text.take { $0 != UInt8(ascii: "\n") })
            _ = self.text.take()
        }
        return lines.map { $0.hasPrefix(padding) ? String($0.dropFirst(padding.count)) : $0 }.joined(separator: "\n")
    }
}
