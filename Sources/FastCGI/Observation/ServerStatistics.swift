/// What a server has done since it was created, and what it is doing now.
///
/// The numbers of a running server change while they are read: each is right, but two need not be of the same moment. They are
/// those of this process; a web server that starts several processes has several sets.
///
/// ``prometheusText`` and ``Request/statusResponse()`` have them all. With a backend of swift-metrics, those marked with its
/// types are measured there too, under the same names.
///
/// | name | swift-metrics | |
/// |---|---|---|
/// | `fastcgi_connections_accepted_total` | counter | connections accepted |
/// | `fastcgi_connections_open` | meter | connections open now |
/// | `fastcgi_connections_idle` | meter | of these, without a request |
/// | `fastcgi_connections_limit` | | the most at a time |
/// | `fastcgi_requests_active` | meter | requests being handled or answered now |
/// | `fastcgi_requests_total{status}` | counter | requests answered, by status |
/// | `fastcgi_responses_incomplete_total` | counter | responses that could not be sent to their end |
/// | `fastcgi_response_body_bytes_total` | counter | bytes of bodies sent by this program |
/// | `fastcgi_request_duration_seconds` | timer | from the complete head to the end of the response |
/// | `fastcgi_limits_hit_total{limit}` | counter | how often a ``Limit`` was hit |
/// | `fastcgi_access_log_lost_total` | | lines that the access log's file did not take |
/// | `fastcgi_uptime_seconds` | | time since the server was created |
/// | `fastcgi_workers` | | number of threads |
/// | `fastcgi_stopping` | | 1 while the server finishes what has begun |
public struct ServerStatistics: Sendable {
    /// The time since the server was created.
    public internal(set) var uptime = Duration.zero
    /// The number of threads.
    public internal(set) var workers = 0
    /// The server finishes what has begun and accepts nothing more.
    public internal(set) var isStopping = false

    /// The connections that web servers have opened.
    public internal(set) var connectionsAccepted = 0
    /// The connections that are open now.
    public internal(set) var openConnections = 0
    /// The most connections at a time.
    public internal(set) var connectionLimit = 0
    /// The connections that are open and have no request whose head is complete.
    public var idleConnections: Int { max(0, self.openConnections - self.activeRequests) }

    /// The requests that are being handled, or whose response is on its way.
    public internal(set) var activeRequests = 0
    /// The requests that have been answered, by status; 0 stands for a number that is no status. What was refused before there
    /// was a request for a handler is counted in ``limitsHit`` alone.
    public internal(set) var requestsByStatus: [Int: Int] = [:]
    /// The requests that have been answered.
    public var handledRequests: Int { self.requestsByStatus.values.reduce(0, +) }
    /// The responses of ``handledRequests`` that could not be sent to their end, because the web server had gone away, did not
    /// take them in time, or the body was not what was announced.
    public internal(set) var incompleteResponses = 0
    /// The bytes of response bodies that were sent to their end by this program. What the web server sends is not among them.
    public internal(set) var bodyBytes: Int64 = 0

    /// The time of all handled requests together, each from its complete head to the end of its response.
    public internal(set) var totalDuration = Duration.zero
    /// How many requests took how long.
    public internal(set) var durations: [DurationCount] = []
    /// All requests of which ``durations`` tells, those that took longer included.
    var durationTotal = 0

    /// How often each limit was hit.
    public internal(set) var limitsHit: [Limit: Int] = [:]

    /// The lines that could not be written to the access log's file, see ``AccessLog``.
    public internal(set) var lostAccessRecords = 0

    /// The number of requests that took no longer than a time.
    public struct DurationCount: Sendable, Equatable {
        /// The time.
        public let upTo: Duration
        /// The number of requests, those of shorter times included.
        public let count: Int
    }

    /// A limit of ``FastCGIServer/Configuration``, or a fixed one.
    public enum Limit: String, Sendable, CaseIterable {
        /// `FASTCGI_PARAMETER_BYTES`: a request was answered with 431.
        case parameterBytes = "parameter_bytes"
        /// `FASTCGI_PARAMETER_COUNT`: a request was answered with 431.
        case parameterCount = "parameter_count"
        /// `FASTCGI_BODY_BYTES`: a body was larger, and its reader got an error that becomes 413.
        case body = "body_bytes"
        /// `FASTCGI_CONNECTIONS`: no connection was accepted for a while.
        case connections = "connections"
        /// `FASTCGI_READ_TIMEOUT`: a head or a portion of a body did not come in time.
        case readTimeout = "read_timeout"
        /// A web server ended a body before its announced length, and the rest did not arrive within 5 seconds.
        case bodyRest = "body_rest"
        /// `FASTCGI_HANDLER_TIMEOUT`: a handler was cancelled and the answer was 504.
        case handlerTimeout = "handler_timeout"
        /// `FASTCGI_WRITE_TIMEOUT`: a web server did not take a portion of a response in time.
        case writeTimeout = "write_timeout"
        /// `FASTCGI_IDLE_TIMEOUT`: an idle connection was closed.
        case idleTimeout = "idle_timeout"
        /// `FASTCGI_DRAIN_TIMEOUT`: the server stopped before all had finished.
        case drainTimeout = "drain_timeout"

        var index: Int {
            switch self {
            case .parameterBytes: 0
            case .parameterCount: 1
            case .body: 2
            case .connections: 3
            case .readTimeout: 4
            case .handlerTimeout: 5
            case .writeTimeout: 6
            case .idleTimeout: 7
            case .drainTimeout: 8
            case .bodyRest: 9
            }
        }
    }
}
