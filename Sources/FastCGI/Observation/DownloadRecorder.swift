import Glibc
import Logging
import Sendfile
import Synchronization
import SystemPackage

/// Records downloads in the access log's file and with a logger.
final class DownloadRecorder: Sendable {
    private let file: AccessLog?
    private let level: Logger.Level?
    private let accessLogger: Logger
    private let logger: Logger
    private let counters: ServerCounters
    private let quietUntil = Locked(Instant(nanoseconds: 0))

    /// The minimum time between two messages about a file that cannot be written.
    private static let quietTime = Duration.seconds(60)

    /// Creates a recorder; `nil` if downloads are not recorded.
    init?(configuration: FastCGIServer.Configuration, logger: Logger, counters: ServerCounters) {
        guard configuration.accessLog != nil || configuration.accessLogLevel != nil else { return nil }
        self.file = configuration.accessLog
        self.level = configuration.accessLogLevel
        self.accessLogger = configuration.accessLogger ?? Logger(label: "FastCGI.download")
        self.logger = logger
        self.counters = counters
    }

    /// Records a download. A failure does not affect the response.
    func record(_ download: Download) {
        if let level, self.accessLogger.logLevel <= level {
            self.accessLogger.log(level: level, "download", metadata: download.metadata)
        }
        switch self.file?.write(download.line) {
        case .written, nil: break
        case .writtenToOldFile(let reason):
            self.warn("cannot be opened again: \(reason); lines are still written to the file that was renamed")
        case .lost(let reason):
            let count = self.counters.accessRecordsLost.add(1, ordering: .relaxed).newValue
            self.warn("cannot be written: \(reason); lines lost so far: \(count)")
        }
    }

    private func warn(_ what: String) {
        let isTime = self.quietUntil.withLock { quietUntil in
            guard quietUntil <= .now else { return false }
            quietUntil = .after(Self.quietTime)
            return true
        }
        if isTime { self.logger.error("the access log \(self.file?.file.string.printable ?? "") \(what)") }
    }
}
