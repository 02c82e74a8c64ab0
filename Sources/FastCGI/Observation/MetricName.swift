/// The names of what a server measures, in swift-metrics and in the status response.
enum MetricName: String {
    case uptime = "fastcgi_uptime_seconds"
    case workers = "fastcgi_workers"
    case stopping = "fastcgi_stopping"
    case connectionsAccepted = "fastcgi_connections_accepted_total"
    case connectionsOpen = "fastcgi_connections_open"
    case connectionsIdle = "fastcgi_connections_idle"
    case connectionsLimit = "fastcgi_connections_limit"
    case requestsActive = "fastcgi_requests_active"
    case requests = "fastcgi_requests_total"
    case responsesIncomplete = "fastcgi_responses_incomplete_total"
    case bodyBytes = "fastcgi_response_body_bytes_total"
    case duration = "fastcgi_request_duration_seconds"
    case limitsHit = "fastcgi_limits_hit_total"
    case accessRecordsLost = "fastcgi_access_log_lost_total"

    /// What Prometheus shows beside the name.
    var help: String {
        switch self {
        case .uptime: "Time since the server was created."
        case .workers: "Number of threads."
        case .stopping: "1 while the server finishes what has begun and accepts nothing more."
        case .connectionsAccepted: "Connections accepted."
        case .connectionsOpen: "Connections open now."
        case .connectionsIdle: "Connections open now without a request."
        case .connectionsLimit: "Most connections at a time."
        case .requestsActive: "Requests that are being handled or answered now."
        case .requests: "Requests answered, by status."
        case .responsesIncomplete: "Responses that could not be sent to their end."
        case .bodyBytes: "Bytes of response bodies sent by this program."
        case .duration: "Time from a request's complete head to the end of its response."
        case .limitsHit: "How often each limit was hit."
        case .accessRecordsLost: "Lines that the access log's file did not take."
        }
    }
}
