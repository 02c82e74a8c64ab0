/// The numbers of a server: totals since it was created, and its current state.
///
/// The numbers of a running server change while they are read: each is correct, but two may be from different moments.
/// They describe this process only. If the web server starts several processes, each has its own numbers.
///
/// ``prometheusText`` and ``Request/statusResponse()`` contain all of them. A backend of swift-metrics receives most of
/// them under the same names: <doc:LimitsAndOperation> lists them.
public struct ServerStatistics: Sendable {
    /// Creates statistics of a server that has done nothing.
    public init() {}

    /// The time since the server was created.
    public internal(set) var uptime = Duration.zero
    /// The number of threads.
    public internal(set) var workers = 0
    /// The number of times that a worker was replaced because a call blocked it
    /// (``FastCGIServer/Configuration/spareWorkers``).
    public internal(set) var replacedWorkers = 0
    /// The number of workers that were replaced and whose calls have not returned.
    public internal(set) var blockedWorkers = 0
    /// Whether the server stops: it finishes the running requests and accepts no connections.
    public internal(set) var isStopping = false

    /// The number of connections that web servers have opened.
    public internal(set) var connectionsAccepted = 0
    /// The number of open connections.
    public internal(set) var openConnections = 0
    /// The maximum number of open connections.
    public internal(set) var connectionLimit = 0
    /// The number of open connections that have no request with a complete head.
    public var idleConnections: Int { max(0, self.openConnections - self.activeRequests) }

    /// The number of requests that are being handled, or whose response is being sent.
    public internal(set) var activeRequests = 0
    /// The number of answered requests by status; the key 0 stands for numbers that are not a status. Requests that
    /// were rejected before they reached a handler are counted in ``limitsHit`` only.
    public internal(set) var requestsByStatus: [Int: Int] = [:]
    /// The number of answered requests.
    public var handledRequests: Int { self.requestsByStatus.values.reduce(0, +) }
    /// The number of responses of ``handledRequests`` that were not sent completely, because the web server
    /// disconnected or did not accept them in time, or because the body did not have the announced length.
    public internal(set) var incompleteResponses = 0
    /// The number of bytes of response bodies that this program has sent, without those sent by the web server.
    public internal(set) var bodyBytes: Int64 = 0

    /// The number of responses with bytes of a file, which this program or the web server sends. A part of a file counts as well.
    public internal(set) var downloads = 0
    /// The number of bytes of files in these responses, whether or not they have arrived: <doc:CompleteDownloads>.
    public internal(set) var downloadBytes: Int64 = 0
    /// The number of downloads in each of the last 60 minutes since the start, the current minute last.
    public internal(set) var downloadsByMinute: [Int] = []

    /// The number of requests that the program has refused, by reason. Only a program that sets them has any: `sendfile-gate` counts
    /// the reasons of refused links.
    public var refusals: [String: Int] = [:]
    /// The program's name and version, for the page with the numbers; `nil` for none.
    public var program: String?
    /// Further facts about the program, in the order of the page: `sendfile-gate` adds the state of its ledger and the versions.
    public var details: [Detail] = []

    /// The time of all handled requests together, each from its complete head to the end of its response.
    public internal(set) var totalDuration = Duration.zero
    /// The number of requests by duration.
    public internal(set) var durations: [DurationCount] = []
    /// The number of requests that ``durations`` covers, including those that took longer than its last time.
    var durationTotal = 0

    /// How often each limit was hit.
    public internal(set) var limitsHit: [Limit: Int] = [:]

    /// The number of lines that could not be written to the access log's file, see ``AccessLog``.
    public internal(set) var lostAccessRecords = 0
    /// The number of lines that the process could not write to standard error, see ``FastCGILogHandler``.
    public internal(set) var lostLogLines = 0

    /// A fact about the program that the server does not know: a text or a number.
    ///
    /// ```swift
    /// func status(_ request: Request, _ openOrders: Int) -> Response {
    ///     var statistics = request.serverStatistics ?? ServerStatistics()
    ///     statistics.details = [.init("database", "PostgreSQL 17"), .init("open_orders", count: openOrders)]
    ///     return request.statusResponse(statistics)
    /// }
    /// ```
    public struct Detail: Sendable, Hashable {
        /// The name, such as `open_orders`: a member of the JSON, and a label of Prometheus. The page shows `_` as a space.
        public let name: String
        /// The text; `nil` for a number.
        public let text: String?
        /// The number; `nil` for a text.
        public let count: Int?

        /// A text, such as a version.
        public init(_ name: String, _ text: String) { (self.name, self.text, self.count) = (name, text, nil) }

        /// A number.
        public init(_ name: String, count: Int) { (self.name, self.text, self.count) = (name, nil, count) }
    }

    /// The number of requests that took no longer than a time.
    public struct DurationCount: Sendable, Equatable {
        /// The time.
        public let upTo: Duration
        /// The number of requests, including those that took less time.
        public let count: Int
    }

    /// A limit of ``FastCGIServer/Configuration``, or a fixed one.
    public struct Limit: Sendable, Hashable, CaseIterable, CustomStringConvertible {
        /// The name in the status response and in metrics, such as `read_timeout`.
        public let name: String

        /// The position among all limits.
        let index: Int

        public var description: String { self.name }

        /// `FASTCGI_PARAMETER_BYTES`: a request was answered with 431.
        public static let parameterBytes = Self(name: "parameter_bytes", index: 0)
        /// `FASTCGI_PARAMETER_COUNT`: a request was answered with 431.
        public static let parameterCount = Self(name: "parameter_count", index: 1)
        /// `FASTCGI_BODY_BYTES`: a body was larger, and its reader got an error that becomes 413.
        public static let body = Self(name: "body_bytes", index: 2)
        /// `FASTCGI_CONNECTIONS`: no connection was accepted for a while.
        public static let connections = Self(name: "connections", index: 3)
        /// `FASTCGI_READ_TIMEOUT`: a head or a chunk of a body did not arrive in time.
        public static let readTimeout = Self(name: "read_timeout", index: 4)
        /// A web server ended a body before its announced length, and the rest did not arrive within 5 seconds.
        public static let bodyRest = Self(name: "body_rest", index: 9)
        /// `FASTCGI_HANDLER_TIMEOUT`: a handler was cancelled and its request was answered with 504.
        public static let handlerTimeout = Self(name: "handler_timeout", index: 5)
        /// `FASTCGI_WRITE_TIMEOUT`: a web server did not accept a chunk of a response in time.
        public static let writeTimeout = Self(name: "write_timeout", index: 6)
        /// `FASTCGI_IDLE_TIMEOUT`: an idle connection was closed.
        public static let idleTimeout = Self(name: "idle_timeout", index: 7)
        /// `FASTCGI_DRAIN_TIMEOUT`: the server stopped before all requests had finished.
        public static let drainTimeout = Self(name: "drain_timeout", index: 8)

        /// `FASTCGI_SPARE_WORKERS`: a blocked worker was not replaced; counted at most once in ten seconds.
        public static let spareWorkers = Self(name: "spare_workers", index: 10)

        /// `FASTCGI_PEERS`: a connection was closed because the list does not contain its peer's address.
        public static let peers = Self(name: "peers", index: 11)

        /// `FASTCGI_HEAD_BYTES`: a connection was closed because all heads that had arrived in part held too much memory.
        public static let headBytes = Self(name: "head_bytes", index: 12)

        /// `FASTCGI_STALL_TIMEOUT`: a request occupied a worker for longer without suspending.
        public static let stallTimeout = Self(name: "stall_timeout", index: 13)

        /// Every limit; a later version may have more.
        public static let allCases: [Self] = [
            .parameterBytes, .parameterCount, .body, .connections, .readTimeout, .handlerTimeout, .writeTimeout,
            .idleTimeout, .drainTimeout, .bodyRest, .spareWorkers, .peers, .headBytes,
            .stallTimeout,
        ]
    }
}
