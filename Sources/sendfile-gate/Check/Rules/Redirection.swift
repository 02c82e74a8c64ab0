/// A redirect in place of a file: whether a link survives it.
struct Redirection {
    private let url: URLText
    private let location: String
    /// The URL to which the redirect leads; `nil` if it is not an HTTP URL.
    private let target: URLText?

    /// - Returns: `nil` if the answer is not a redirect.
    init?(_ answer: Answer) {
        guard (300..<400).contains(answer.status), let location = answer.field("Location") else { return nil }
        self.url = answer.question.url
        self.location = location
        self.target = URLText(location.hasPrefix("/") ? self.url.origin + location : location)
    }

    /// Without the query, which may contain a signature.
    private var shown: String { String(self.location.prefix { $0 != "?" }) }

    private var keepsPath: Bool { self.target?.path == self.url.path }
    private var keepsQuery: Bool { self.target?.query == self.url.query }

    /// What the redirect does to a link.
    var cause: String {
        if self.keepsPath, self.keepsQuery { return "A redirect leads to \(self.shown), with the same path and query." }
        if self.keepsPath {
            return
                "A redirect leads to \(self.shown) and loses the query, which contains the signature: no link survives it."
        }
        return "A redirect leads to \(self.shown), which is another path than that of the link: no link survives it."
    }

    /// The changes to make.
    func remedies(_ base: String) -> [String] {
        if self.keepsPath, self.keepsQuery {
            return [
                "--url \(self.target?.origin ?? "")\(base)/   (if that is the gate's URL; links must begin with it, too)"
            ]
        }
        let whole =
            "$scheme://$host$request_uri in nginx, %{REQUEST_URI} with the query in Apache, ${url.path}${qsa} in lighttpd, {uri} in Caddy"
        return ["Redirect with the path and the query unchanged (\(whole)), or exempt \(base)/ from the redirect"]
    }
}
