import CLinux
import Glibc

/// Matches a regular expression of a web server's configuration.
///
/// Web servers use PCRE. What it shares with POSIX and the GNU C library is enough for the patterns that configurations
/// contain, and needs no further library.
enum RegularExpression {
    /// The most bytes of a pattern.
    private static let longest = 4096

    /// - Returns: `nil` if the pattern uses a feature that is not supported, or needs too much work.
    static func matches(_ pattern: String, _ text: String, ignoringCase: Bool = false) -> Bool? {
        // An option of PCRE for the whole pattern.
        let isInsensitive = pattern.hasPrefix("(?i)")
        var plain = isInsensitive ? String(pattern.dropFirst(4)) : pattern
        for (feature, replacement) in [("(?:", "("), ("\\d", "[0-9]"), ("\\/", "/"), ("*?", "*"), ("+?", "+")] {
            plain = plain.replacing(feature, with: replacement)
        }
        // "(?<name>" and "(?P<name>" only name a group.
        while let start = plain.firstRange(of: "(?P<") ?? plain.firstRange(of: "(?<"),
            let end = plain[start.upperBound...].firstIndex(of: ">"),
            plain[start.upperBound..<end].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        {
            plain.replaceSubrange(start.lowerBound...end, with: "(")
        }
        guard !plain.contains("(?"), plain.utf8.count <= Self.longest, !PatternSize.isLarge(plain),
            !Self.refersBack(plain)
        else { return nil }
        var expression = regex_t()
        guard
            regcomp(&expression, plain, REG_EXTENDED | REG_NOSUB | (ignoringCase || isInsensitive ? REG_ICASE : 0)) == 0
        else {
            return nil
        }
        defer { regfree(&expression) }
        return regexec(&expression, text, 0, nil, 0) == 0
    }

    /// Whether the pattern has a reference such as `\1`, for which matching may need exponential time.
    private static func refersBack(_ pattern: String) -> Bool {
        var isEscaped = false
        for character in pattern.utf8 {
            if isEscaped, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(character) { return true }
            isEscaped = !isEscaped && character == UInt8(ascii: "\\")
        }
        return false
    }
}
