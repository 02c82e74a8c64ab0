import HTTPTypes

extension Request {
    /// The numbers of the server that runs this request's handler; `nil` for a request that was made without a server.
    public var serverStatistics: ServerStatistics? { self.origin?.observer.counters.statistics }

    /// Answers with the server's numbers: what a health check or a monitoring system asks for.
    ///
    /// ```swift
    /// let server = FastCGIServer { request in
    ///     if request.path == "/status" { return request.statusResponse() }
    ///     return Response(body: "Hello")
    /// }
    /// ```
    ///
    /// JSON, or Prometheus' text format if the query is `format=prometheus` or the client accepts text and does not ask for JSON.
    /// Whoever may see the numbers is for the handler or the web server to decide.
    public func statusResponse() -> Response {
        let statistics = self.serverStatistics ?? ServerStatistics()
        var response: Response
        if self.asksForPrometheus {
            response = Response(body: .string(statistics.prometheusText))
            response.headerFields[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        } else {
            response = Response(body: .string(statistics.json))
            response.headerFields[.contentType] = "application/json"
        }
        response.headerFields[.cacheControl] = "no-store"
        return response
    }

    private var asksForPrometheus: Bool {
        for part in (self.query ?? "").split(separator: "&") {
            switch part {
            case "format=prometheus": return true
            case "format=json": return false
            default: break
            }
        }
        guard let accept = self.parameters["HTTP_ACCEPT"]?.lowercased(), !accept.contains("application/json") else {
            return false
        }
        return accept.contains("text/plain") || accept.contains("application/openmetrics-text")
    }
}
