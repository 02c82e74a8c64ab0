/// The text that curl reads with `--config -` for one request.
struct CurlConfiguration {
    let text: String

    /// The text before the address of the peer on standard error.
    static let peer = "connected to "

    init(_ question: Question, timeout: Int, isInsecure: Bool, address: String? = nil) {
        var lines = [
            "url = \(Self.quoted(question.url.text))", "silent", "show-error", "include", "path-as-is", "globoff",
            "suppress-connect-headers", "max-time = \(timeout)", "connect-timeout = \(min(timeout, 10))",
            "user-agent = \"sendfile-gate check\"",
        ]
        switch question.method {
        case "GET": break
        case "HEAD": lines.append("head")
        // Only the response to the method matters, so the body is empty.
        case "POST": lines.append("data = \"\"")
        default: lines.append("request = \(Self.quoted(question.method))")
        }
        if question.showsPeer { lines.append("write-out = \"%{stderr}\\n\(Self.peer)%{remote_ip}\\n\"") }
        if isInsecure { lines.append("insecure") }
        // For every host, with the URL's port.
        if let address { lines.append("connect-to = \(Self.quoted("::\(address.bracketed):"))") }
        lines += question.headers.map { "header = \(Self.quoted($0))" }
        self.text = lines.joined(separator: "\n") + "\n"
    }

    /// Quotes a value for curl's configuration. The caller has refused line ends.
    static func quoted(_ value: String) -> String {
        "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
