/// Recognizes a line of a file that may contain a secret. A report shows the place of such a line, and not its values: reports are
/// pasted into forums and tickets.
enum SecretText {
    /// The text that takes the place of the values.
    static let replacement = "… (not shown, because it may contain a secret)"

    private static let words = [
        "secret", "password", "passwd", "token", "_key", "basic ", "bearer ", "secure_link_md5",
    ]

    /// Names that contain one of the words, and whose values are not secrets: paths of files, and patterns such as `$host$uri`.
    private static let harmless = [
        "_cache_key", "certificate_key", "secret_file", "/secret", "server_tokens", "servertokens", "auth_basic",
    ]

    static func isPossible(in line: String) -> Bool {
        let text = Self.harmless.reduce(line.lowercased()) { $0.replacing($1, with: "") }
        return Self.words.contains(where: text.contains) || Self.hasPassword(text)
    }

    /// Whether the text contains a URL with a password: `redis://user:password@host`.
    private static func hasPassword(_ text: String) -> Bool {
        text.ranges(of: "://").contains { scheme in
            let authority = text[scheme.upperBound...].prefix { !"/?# \t\"',;".contains($0) }
            guard let sign = authority.lastIndex(of: "@") else { return false }
            return authority[..<sign].contains(":")
        }
    }
}
