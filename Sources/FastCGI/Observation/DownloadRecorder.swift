import Logging

/// Records downloads in the access log's file and with a logger.
final class DownloadRecorder: Sendable {
    private let file: (queue: LogQueue, sink: AccessLogSink)?
    private let level: Logger.Level?
    private let accessLogger: Logger

    /// The maximum number of bytes of lines that wait for the file: some 10,000 lines.
    private static let queueLimit = 4 << 20

    /// Creates a recorder; `nil` if downloads are not recorded.
    init?(configuration: FastCGIServer.Configuration, logger: Logger, counters: ServerCounters) {
        guard configuration.accessLog != nil || configuration.accessLogLevel != nil else { return nil }
        self.file = configuration.accessLog.map { file in
            let sink = AccessLogSink(file, logger: logger, counters: counters)
            return (LogQueue(limit: Self.queueLimit, sink: sink), sink)
        }
        self.level = configuration.accessLogLevel
        self.accessLogger = configuration.accessLogger ?? Logger(label: "FastCGI.download")
    }

    /// Records a download. A failure does not affect the response, and a file that cannot be written does not delay it.
    func record(_ download: Download) {
        if let level, self.accessLogger.logLevel <= level {
            self.accessLogger.log(level: level, "download", metadata: download.metadata)
        }
        guard let file else { return }
        if !file.queue.append(download.line) { file.sink.queueIsFull() }
    }

    /// Waits until all lines are in the file, at most for ``LogOutput/farewell``.
    func finish() async { await self.file?.queue.flushed(upTo: LogOutput.farewell) }
}
