import CLinux
import Glibc

/// Matches a regular expression of a web server's configuration.
///
/// Web servers use PCRE. What it shares with POSIX and the GNU C library is enough for the patterns that configurations
/// contain, and needs no further library.
enum RegularExpression {
    /// - Returns: `nil` if the pattern uses a feature that is not supported.
    static func matches(_ pattern: String, _ text: String, ignoringCase: Bool = false) -> Bool? {
        var plain = pattern
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
        guard !plain.contains("(?") else { return nil }
        var expression = regex_t()
        guard regcomp(&expression, plain, REG_EXTENDED | REG_NOSUB | (ignoringCase ? REG_ICASE : 0)) == 0 else {
            return nil
        }
        defer { regfree(&expression) }
        return regexec(&expression, text, 0, nil, 0) == 0
    }
}
