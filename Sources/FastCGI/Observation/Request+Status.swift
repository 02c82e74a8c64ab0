import HTTPTypes

extension Request {
    /// The statistics of the server that runs this request's handler; `nil` for a request created without a server.
    public var serverStatistics: ServerStatistics? { self.origin?.observer.counters.statistics }

    /// A response with the server's statistics, for health checks and monitoring systems.
    ///
    /// ```swift
    /// let server = FastCGIServer { request in
    ///     if request.path == "/status" { return request.statusResponse() }
    ///     return Response(body: "Hello")
    /// }
    /// ```
    ///
    /// The format is JSON, Prometheus' text format or a page for people. The query `format=json`, `format=prometheus` or `format=html`
    /// chooses it. Otherwise a client that accepts HTML, as a browser does, gets the page; one that accepts text and does not ask
    /// for JSON gets Prometheus' format; and any other gets JSON. Restrict access in the handler or in the web server.
    public func statusResponse() -> Response { self.statusResponse(self.serverStatistics ?? ServerStatistics()) }

    /// A response with statistics that the program has completed.
    ///
    /// ```swift
    /// var statistics = request.serverStatistics ?? ServerStatistics()
    /// statistics.refusals = ["expired": 3]
    /// return request.statusResponse(statistics)
    /// ```
    ///
    /// - Parameter statistics: The numbers. The formats are those of ``statusResponse()``.
    public func statusResponse(_ statistics: ServerStatistics) -> Response {
        var response: Response
        switch self.statusFormat {
        case .json:
            response = Response(body: .string(statistics.json))
            response.headerFields[.contentType] = "application/json"
        case .prometheus:
            response = Response(body: .string(statistics.prometheusText))
            response.headerFields[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        case .html:
            response = Response(html: statistics.page)
            response.headerFields[.contentSecurityPolicy] =
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        }
        response.headerFields[.cacheControl] = "no-store"
        return response
    }

    private enum StatusFormat {
        case json, prometheus, html
    }

    private var statusFormat: StatusFormat {
        for part in (self.query ?? "").split(separator: "&") {
            switch part {
            case "format=prometheus": return .prometheus
            case "format=json": return .json
            case "format=html": return .html
            default: break
            }
        }
        guard let accept = self.parameters["HTTP_ACCEPT"]?.lowercased(), !accept.contains("application/json") else {
            return .json
        }
        if accept.contains("text/html") { return .html }
        return accept.contains("text/plain") || accept.contains("application/openmetrics-text") ? .prometheus : .json
    }
}
