import CLinux
import FastCGI
import Glibc
import Logging
import Sendfile

/// Logs why requests are refused, at most ``limit`` lines a minute for each kind of reason.
///
/// Scanners request thousands of URLs without a signature. Without a limit, their lines would fill the log and hide the
/// one line that an administrator looks for. The first line after a pause has the number of lines that were left out.
struct RefusalLog: Sendable {
    /// The number of lines for one kind of reason in ``period``.
    static let limit = 10

    /// The period of the limit in seconds.
    static let period = 60

    private struct Window {
        var begin: Int
        var lines = 0
        var suppressed = 0
    }

    private let logger: Logger
    private let windows = Locked<[String: Window]>([:])
    private let counts = Locked<[String: Int]>([:])

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// The number of refusals by kind since the start.
    var totals: [String: Int] { self.counts.withLock { $0 } }

    /// Logs and counts a refusal.
    ///
    /// - Parameters:
    ///   - status: The status of the response.
    ///   - kind: The kind of reason. It contains nothing from the request, because the number of kinds must be small.
    ///   - reason: The reason, a sentence without a full stop.
    ///   - path: The path of the request.
    ///   - level: The level of the line.
    func log(
        _ status: Int, _ kind: String, _ reason: some CustomStringConvertible, path: String, level: Logger.Level = .info
    ) {
        self.counts.withLock { $0[kind, default: 0] += 1 }
        self.write(kind, "answered with \(status): \(reason)", ["path": "\(path)"], level)
    }

    /// Logs a fault, with the same limit, although the request is not refused.
    func warn(_ kind: String, _ message: String) { self.write(kind, message, [:], .error) }

    private func write(_ kind: String, _ message: String, _ metadata: Logger.Metadata, _ level: Logger.Level) {
        guard let suppressed = self.admit(kind, at: Self.now) else { return }
        var metadata = metadata
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        self.logger.log(level: level, "\(message)", metadata: metadata)
    }

    /// Logs how many lines were left out since the last line of each kind, when the program stops.
    func finish() {
        let windows = self.windows.withLock { windows in
            defer { windows = [:] }
            return windows
        }
        for (kind, window) in windows.sorted(by: { $0.key < $1.key }) where window.suppressed > 0 {
            self.logger.info("\(window.suppressed) more lines were left out for this reason: \(kind)")
        }
    }

    /// Decides whether a line of this kind is written now: the number of lines left out before it, or `nil` if this line
    /// is left out, too.
    func admit(_ kind: String, at now: Int) -> Int? {
        self.windows.withLock { windows in
            var window = windows[kind] ?? Window(begin: now)
            defer { windows[kind] = window }
            if now - window.begin >= Self.period || now < window.begin { (window.begin, window.lines) = (now, 0) }
            guard window.lines < Self.limit else {
                window.suppressed += 1
                return nil
            }
            window.lines += 1
            defer { window.suppressed = 0 }
            return window.suppressed
        }
    }

    /// Seconds of a clock that is never set.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}
