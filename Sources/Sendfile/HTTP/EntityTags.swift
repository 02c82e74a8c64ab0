/// Entity tags in header fields (RFC 9110 §8.8.3).
enum EntityTags {
    /// The comparison of two tags (RFC 9110 §8.8.3.2).
    enum Comparison {
        /// Equal, and neither is weak.
        case strong
        /// Equal, weak or not.
        case weak
    }

    /// Whether a text is one entity tag and nothing else.
    static func isValid(_ text: String) -> Bool {
        var rest = text.utf8[...]
        return Self.next(&rest) != nil && rest.isEmpty
    }

    /// Whether a list of tags, as in `If-None-Match`, contains `tag` or is `*`. Everything after a malformed tag is
    /// ignored.
    static func list(_ list: String, contains tag: String, by comparison: Comparison) -> Bool {
        var rest = list.utf8[...]
        Self.skip(&rest) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        if rest.first == UInt8(ascii: "*") {
            rest.removeFirst()
            return rest.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        }
        var own = tag.utf8[...]
        guard let own = Self.next(&own) else { return false }
        while true {
            Self.skip(&rest, while: Self.isSeparator)
            // nginx does not accept a tag that is followed by anything else, either.
            guard let other = Self.next(&rest), rest.first.map(Self.isSeparator) ?? true else { return false }
            if comparison == .strong, own.isWeak || other.isWeak { continue }
            if own.opaque.elementsEqual(other.opaque) { return true }
        }
    }

    /// The suffixes that compressing web servers append to an entity tag: Apache's mod_deflate and mod_brotli,
    /// lighttpd's mod_deflate, and Caddy's `encode`.
    private static let suffixes = ["-gzip", "-br", "-deflate", "-bzip2", "-zstd"]

    /// Whether a list of tags contains `tag` in the form of a web server that has compressed the response:
    /// `"5f-14-gzip"` for `"5f-14"`. A client that sends it has this version of the file, in another encoding.
    static func list(_ list: String, containsCompressed tag: String, by comparison: Comparison) -> Bool {
        guard list.utf8.contains(UInt8(ascii: "-")), tag.utf8.last == UInt8(ascii: "\"") else { return false }
        return Self.suffixes.contains { Self.list(list, contains: "\(tag.dropLast())\($0)\"", by: comparison) }
    }

    /// Parses an entity tag at the start of `text`: `W/"opaque"` or `"opaque"`.
    private static func next(_ text: inout Substring.UTF8View) -> (isWeak: Bool, opaque: Substring.UTF8View)? {
        var rest = text
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest.removeFirst()
        let opaque = rest.prefix { $0 == 0x21 || ($0 >= 0x23 && $0 != 0x7F) }
        rest = rest[opaque.endIndex...]
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest.removeFirst()
        text = rest
        return (isWeak, opaque)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: ",")
    }

    private static func skip(_ text: inout Substring.UTF8View, while predicate: (UInt8) -> Bool) {
        while let byte = text.first, predicate(byte) { text.removeFirst() }
    }
}
