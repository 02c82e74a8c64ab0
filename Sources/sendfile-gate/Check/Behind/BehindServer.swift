/// A web server to which this machine's web server passes the URL on, asked directly.
struct BehindServer: Sendable {
    /// The line that leads to it.
    let line: Directive
    /// Its base URL: the client's host with its own port.
    let base: String
    /// The address to connect to, without a port.
    let address: String
    let port: Int
    /// Header lines of the request: those of the client, and those that a proxy adds.
    let headers: [String]
    /// Its response to the download; `nil` if it does not answer.
    var answer: Answer?
    /// Whether the response is the file.
    var isFile = false
    /// Why it does not answer, line by line.
    var reasons: [String] = []

    /// Its address with the port.
    var place: String { "\(self.address.bracketed):\(self.port)" }

    /// Its response in a few words.
    var outcome: String {
        guard let answer else { return "does not answer" }
        if self.isFile { return "sends the file" }
        return answer.status == 200 ? "sends other content than the file" : "answers with \(answer.status)"
    }

    /// The line that leads to it, for a report.
    var shown: String { "\(self.line.place): \(self.line.text)   (asked directly, \(self.place) \(self.outcome))" }

    /// The lines of the web servers behind that compress.
    static func compressing(_ facts: Facts) -> [(line: Directive, note: String)] {
        facts.behind.flatMap { server -> [(line: Directive, note: String)] in
            guard let url = URLText("\(server.base)\(facts.target.pathBelowRoot)") else { return [] }
            let request = RoutedRequest(url, peer: server.address)
            return ServerConfiguration.all.flatMap { configuration in
                (configuration.route(of: request)?.directives ?? []).filter { line in
                    ["gzip", "deflate.mimetypes", "setoutputfilter", "encode"].contains(line.name.lowercased())
                        && line.words != ["off"]
                }.map { ($0, "the web server behind compresses, because the one in front accepts it") }
            }
        }
    }
}
