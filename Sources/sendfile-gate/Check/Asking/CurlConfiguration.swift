/// The text that curl reads with `--config -` for one question.
struct CurlConfiguration {
    let text: String

    init(_ question: Question, timeout: Int, isInsecure: Bool) {
        var lines = [
            "url = \(Self.quoted(question.url.text))", "silent", "show-error", "include", "path-as-is", "globoff",
            "suppress-connect-headers", "max-time = \(timeout)", "connect-timeout = \(min(timeout, 10))",
            "user-agent = \"sendfile-gate check\"",
        ]
        switch question.method {
        case "GET": break
        case "HEAD": lines.append("head")
        // No body: all that is asked is how the method is answered.
        case "POST": lines.append("data = \"\"")
        default: lines.append("request = \(Self.quoted(question.method))")
        }
        if isInsecure { lines.append("insecure") }
        lines += question.headers.map { "header = \(Self.quoted($0))" }
        self.text = lines.joined(separator: "\n") + "\n"
    }

    /// A value as curl's configuration has it. Line ends are refused before.
    static func quoted(_ value: String) -> String {
        "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
