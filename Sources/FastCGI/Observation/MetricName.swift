/// The numbers that a server measures: the one table of their names, kinds and meanings.
///
/// swift-metrics, the status response and the documentation take them from here.
package enum MetricName: String, CaseIterable, Sendable {
    case uptime = "fastcgi_uptime_seconds"
    case workers = "fastcgi_workers"
    case workersBlocked = "fastcgi_workers_blocked"
    case workersReplaced = "fastcgi_workers_replaced_total"
    case stopping = "fastcgi_stopping"
    case connectionsAccepted = "fastcgi_connections_accepted_total"
    case connectionsOpen = "fastcgi_connections_open"
    case connectionsIdle = "fastcgi_connections_idle"
    case connectionsLimit = "fastcgi_connections_limit"
    case requestsActive = "fastcgi_requests_active"
    case requests = "fastcgi_requests_total"
    case responsesIncomplete = "fastcgi_responses_incomplete_total"
    case bodyBytes = "fastcgi_response_body_bytes_total"
    case downloads = "fastcgi_downloads_total"
    case downloadBytes = "fastcgi_download_bytes_total"
    case refusals = "fastcgi_refusals_total"
    case details = "fastcgi_detail"
    case duration = "fastcgi_request_duration_seconds"
    case limitsHit = "fastcgi_limits_hit_total"
    case accessRecordsLost = "fastcgi_access_log_lost_total"
    case logLinesLost = "fastcgi_log_lost_total"

    /// The types of a number in Prometheus and in swift-metrics.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// A row of the table.
    private struct Row {
        let kind: Kind
        /// The type in swift-metrics; `nil` for a number that is not measured there.
        let instrument: String?
        let help: String
        var label: String?
    }

    private var row: Row {
        switch self {
        case .uptime: Row(kind: .gauge, instrument: nil, help: "Time since the server was created.")
        case .workers: Row(kind: .gauge, instrument: nil, help: "Number of threads.")
        case .workersBlocked:
            Row(kind: .gauge, instrument: nil, help: "Threads that were replaced and whose calls have not returned.")
        case .workersReplaced:
            Row(
                kind: .counter, instrument: "counter", help: "How often a thread was replaced because its call blocked."
            )
        case .stopping:
            Row(
                kind: .gauge, instrument: nil,
                help: "1 while the server stops: it finishes the running requests and accepts no connections.")
        case .connectionsAccepted: Row(kind: .counter, instrument: "counter", help: "Connections accepted.")
        case .connectionsOpen: Row(kind: .gauge, instrument: "meter", help: "Connections open now.")
        case .connectionsIdle: Row(kind: .gauge, instrument: "meter", help: "Connections open now without a request.")
        case .connectionsLimit: Row(kind: .gauge, instrument: nil, help: "Maximum number of open connections.")
        case .requestsActive:
            Row(kind: .gauge, instrument: "meter", help: "Requests that are being handled or answered now.")
        case .requests:
            Row(kind: .counter, instrument: "counter", help: "Requests answered, by status.", label: "status")
        case .responsesIncomplete:
            Row(kind: .counter, instrument: "counter", help: "Responses that could not be sent to their end.")
        case .bodyBytes:
            Row(kind: .counter, instrument: "counter", help: "Bytes of response bodies sent by this program.")
        case .downloads:
            Row(
                kind: .counter, instrument: nil,
                help: "Responses with bytes of a file, which this program or the web server sends.")
        case .downloadBytes:
            Row(
                kind: .counter, instrument: nil,
                help: "Bytes of files in these responses, whether or not they have arrived.")
        case .refusals:
            Row(
                kind: .counter, instrument: nil,
                help: "Requests that the program has refused, by reason, if it counts them.",
                label: "reason")
        case .details:
            Row(
                kind: .gauge, instrument: nil,
                help: "Further facts about the program, by name: a number, or 1 and the label value with a text.",
                label: "name")
        case .duration:
            Row(
                kind: .histogram, instrument: "timer",
                help: "Time from a request's complete head to the end of its response.")
        case .limitsHit:
            Row(kind: .counter, instrument: "counter", help: "How often each limit was hit.", label: "limit")
        case .accessRecordsLost:
            Row(kind: .counter, instrument: nil, help: "Lines that could not be written to the access log's file.")
        case .logLinesLost:
            Row(
                kind: .counter, instrument: nil, help: "Lines that FastCGILogHandler could not write to standard error."
            )
        }
    }

    /// The type in Prometheus.
    package var kind: Kind { self.row.kind }

    /// The type in swift-metrics; `nil` for a number that is not measured there.
    package var instrument: String? { self.row.instrument }

    /// The meaning, as Prometheus shows it beside the name.
    package var help: String { self.row.help }

    /// The label by which a number is divided; `nil` for one that is not.
    package var label: String? { self.row.label }
}
