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
    /// The format is JSON, or Prometheus' text format if the query is `format=prometheus` or the client accepts text
    /// and does not ask for JSON. Restrict access in the handler or in the web server.
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
