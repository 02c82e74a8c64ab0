import Logging
import Sendfile
import Synchronization
import SystemPackage

/// Writes the lines of the access log, and counts and logs the lines that are lost.
final class AccessLogSink: LogSink {
    private let file: AccessLog
    private let logger: Logger
    private let counters: ServerCounters
    private let quietUntil = Locked(Instant(nanoseconds: 0))
    /// Whether lines were lost, and the log does not say yet that writing works again.
    private let hasLost = Atomic<Bool>(false)
    private let returnsQuietUntil = Locked(Instant(nanoseconds: 0))

    /// The minimum time between two messages about a file that cannot be written, and between two about one that can be written again.
    private static let quietTime = Duration.seconds(60)

    init(_ file: AccessLog, logger: Logger, counters: ServerCounters) {
        self.file = file
        self.logger = logger
        self.counters = counters
    }

    func write(_ pieces: [[UInt8]]) {
        for piece in pieces where !piece.isEmpty { self.write(piece) }
    }

    private func write(_ lines: [UInt8]) {
        let outcome = self.file.write(lines)
        if let reason = outcome.failure, outcome.lost > 0 {
            self.lost(outcome.lost, "cannot be written: \(reason)")
        } else if let reason = outcome.oldFile {
            self.warn("cannot be opened again: \(reason); lines are still written to the file that was renamed")
        }
        guard outcome.failure == nil, outcome.lost == 0, self.hasLost.load(ordering: .relaxed),
            Self.isTime(self.returnsQuietUntil)
        else {
            return
        }
        self.hasLost.store(false, ordering: .relaxed)
        self.logger.notice(
            "the access log \(self.name) is written again; lines lost so far: \(self.counters.accessRecordsLost.load(ordering: .relaxed))"
        )
    }

    /// Counts a line for which the queue had no room.
    func queueIsFull() { self.lost(1, "does not take its lines: its file system is too slow, or hangs") }

    private func lost(_ count: Int, _ what: String) {
        let count = self.counters.accessRecordsLost.add(count, ordering: .relaxed).newValue
        self.hasLost.store(true, ordering: .relaxed)
        self.warn("\(what); lines lost so far: \(count)")
    }

    private func warn(_ what: String) {
        if Self.isTime(self.quietUntil) { self.logger.error("the access log \(self.name) \(what)") }
    }

    private var name: String { self.file.file.string.printable }

    /// Whether the quiet time is over. Begins the next one then.
    private static func isTime(_ quietUntil: Locked<Instant>) -> Bool {
        quietUntil.withLock { quietUntil in
            guard quietUntil <= .now else { return false }
            quietUntil = .after(Self.quietTime)
            return true
        }
    }
}
