import CoreMetrics
import HTTPTypes
import Logging
import Sendfile
import Synchronization
import Tracing

/// The destinations of a server's events: its log, counters, metrics and traces.
///
/// Each is determined when the server starts, so that an unused one costs a request only a comparison.
final class ServerObserver: Sendable {
    let logger: Logger
    let counters: ServerCounters
    /// The recorder of downloads; `nil` if they are not recorded.
    let downloads: DownloadRecorder?
    private let requestLogLevel: Logger.Level?
    private let metrics: ServerMetrics?
    private let tracing: RequestTracing?
    private let logsToWebServer: Bool

    /// Creates the observer. Call it in the context of the server's metrics backend and tracer.
    ///
    /// - Parameter createsSpans: Whether each request is a span, if there is a tracer.
    init(
        configuration: FastCGIServer.Configuration, logger: Logger, counters: ServerCounters, createsSpans: Bool = true
    ) {
        self.logger = logger
        self.counters = counters
        self.downloads = DownloadRecorder(configuration: configuration, logger: logger, counters: counters)
        // Determine this once: asking the logger for its level at each request would copy its handler, which all
        // threads share.
        self.requestLogLevel = configuration.requestLogLevel.flatMap { logger.logLevel <= $0 ? $0 : nil }
        self.metrics = ServerMetrics(factory: MetricsSystem.factory)
        self.tracing = createsSpans ? RequestTracing() : nil
        self.logsToWebServer = configuration.logsToWebServer
        counters.workers.store(configuration.workers, ordering: .relaxed)
        counters.connectionLimit.store(configuration.connectionLimit, ordering: .relaxed)
    }

    func connectionAccepted() {
        self.counters.connectionAccepted()
        self.metrics?.connectionAccepted()
    }

    func connectionClosed() {
        self.counters.connectionClosed()
        self.metrics?.connectionClosed()
    }

    /// Tells the metrics backend that a worker was replaced. The counter is ``ServerCounters/workersReplaced``.
    func workerReplaced() { self.metrics?.workerReplaced() }

    func limitHit(_ limit: ServerStatistics.Limit) {
        self.counters.limitHit(limit)
        self.metrics?.limitHit(limit)
    }

    func stopping() {
        self.counters.isStopping.store(true, ordering: .relaxed)
    }

    /// Counts the beginning of a request. Returns the scope to bind to its task, if any.
    func requestBegan(_ request: Request) -> RequestScope? {
        self.counters.requestBegan()
        self.metrics?.requestBegan()
        guard self.tracing != nil || self.logsToWebServer else { return nil }
        let span = self.tracing?.start(request)
        return RequestScope(
            errorLines: self.logsToWebServer ? ErrorLines() : nil, span: span, context: span?.context)
    }

    /// Counts the end of a request, once, when its response has been sent or abandoned.
    func requestEnded(
        _ request: Request, scope: RequestScope?, status: Int, bodyBytes: Int64, since start: Instant, isComplete: Bool
    ) {
        let nanoseconds = Int64(clamping: Instant.now.nanoseconds &- start.nanoseconds)
        self.counters.requestEnded(
            status: status, bodyBytes: bodyBytes, nanoseconds: nanoseconds, isComplete: isComplete)
        self.metrics?.requestEnded(
            status: status, bodyBytes: bodyBytes, nanoseconds: nanoseconds, isComplete: isComplete)
        if let span = scope?.span {
            RequestTracing.end(span, status: status, bodyBytes: bodyBytes, isComplete: isComplete)
        }
        guard let requestLogLevel else { return }
        self.logger.log(
            level: requestLogLevel, "request",
            metadata: [
                "request": "\(request.id)", "method": "\(request.method)", "path": "\(request.printablePath)",
                "status": "\(status)", "bytes": "\(bodyBytes)",
                "milliseconds": "\(Duration.microseconds(nanoseconds / 1000).decimalMilliseconds)",
                "client": "\((request.remoteAddress ?? "-").printable)",
            ])
    }

    /// Logs an error that becomes a response with `status`.
    func handlerFailed(_ error: any Error, status: HTTPResponse.Status) {
        guard self.tracing != nil, status.code >= 500 else { return }
        RequestScope.current?.span?.recordError(error)
    }
}

extension Duration {
    /// Milliseconds with at most three decimals.
    fileprivate var decimalMilliseconds: String { (self * 1000).decimalSeconds }
}
