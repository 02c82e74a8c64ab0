import Glibc
public import Logging
import Sendfile

/// Writes log messages as lines to standard error and optionally to the web server's log.
///
/// ```swift
/// LoggingSystem.bootstrap(FastCGILogHandler.init)
/// ```
///
/// A line of text is `2026-11-21T15:04:05Z warning store: no such report request=17 user=eve`, at most 1,000 bytes long.
/// Control characters are escaped, so that text from a client cannot begin a line.
///
/// With `FASTCGI_LOG_FORMAT=json` in the process environment, or ``init(label:format:)``, a line is a JSON object:
///
/// ```json
/// {"time":"2026-11-21T15:04:05.123Z","level":"warning","logger":"store","message":"no such report","metadata":{"request":"17","user":"eve"}}
/// ```
///
/// | member | meaning |
/// |---|---|
/// | `time` | the time in UTC, with milliseconds |
/// | `level` | swift-log's level, `trace` to `critical` |
/// | `logger` | the logger's label |
/// | `message` | the message |
/// | `error` | the error that was passed to the logger; only if there is one |
/// | `metadata` | the logger's metadata with that of the metadata provider and of the message, each value as a text, a list or an object; only if there is any |
///
/// No member is left out because of its length. A text of more than 8,000 bytes is truncated and ends with `…`. Bytes that are
/// not UTF-8 are U+FFFD, and characters that are invisible, or change the writing direction, are escaped.
///
/// If standard error leads to systemd's journal (`JOURNAL_STREAM`), each line begins with its priority (`<4>`), which the
/// journal removes: `journalctl -p warning` shows warnings and errors.
///
/// With ``FastCGIServer/Configuration/logsToWebServer`` (`FASTCGI_STDERR`), messages that any library logs during a
/// request are also sent to the web server in FCGI_STDERR records, as text without the time, before the end of the response: at
/// most 4,096 bytes per request. Web servers write them to their error log. If a response is abandoned, its lines are
/// only on standard error.
///
/// No request waits for standard error. A thread of its own writes the lines, each within some milliseconds. If a pipe's reader, or the file
/// system of a log, does not take them, up to 1 MiB of lines wait in memory, and further ones are lost. They are counted
/// (``ServerStatistics/lostLogLines``), and a line with their number is written as soon as lines are taken again. The exit of the process
/// waits until all lines are written, at most 2 seconds. A message of the level `critical` is written before the call returns, unless that
/// takes longer than 1 second, because the program may be about to end. A process that is killed, or crashes, loses the lines that
/// wait.
public struct FastCGILogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let output: LogOutput
    /// Whether lines begin with their priority.
    private let hasPriority: Bool

    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel = Logger.Level.info

    /// The maximum length of a line of text in bytes, including its line end.
    static let lineLimit = 1000

    /// The format that the process environment names. A server refuses to start with an invalid one.
    private static let processFormat =
        EnvironmentVariables.process.setting(named: "FASTCGI_LOG_FORMAT").flatMap(LogFormat.init(named:)) ?? .text

    /// Creates a handler for a logger with this label, with the format `FASTCGI_LOG_FORMAT` of the process environment.
    public init(label: String) {
        self.init(label: label, format: Self.processFormat)
    }

    /// Creates a handler for a logger with this label.
    ///
    /// ```swift
    /// let configuration = try FastCGIServer.Configuration(environment: .process)
    /// LoggingSystem.bootstrap { FastCGILogHandler(label: $0, format: configuration.logFormat) }
    /// ```
    public init(label: String, format: LogFormat) {
        self.init(
            label: label, format: format, output: .standardError, hasPriority: Journal.receivesStandardError)
    }

    init(label: String, format: LogFormat = .text, output: LogOutput, hasPriority: Bool = false) {
        self.label = label
        self.format = format
        self.output = output
        self.hasPriority = hasPriority
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var metadata = self.metadata
        if let metadataProvider { metadata.merge(metadataProvider.get()) { $1 } }
        if let more = event.metadata { metadata.merge(more) { $1 } }
        let errorLines = RequestScope.current?.errorLines
        let text = self.format == .text || errorLines != nil ? self.text(event, metadata) : ""
        errorLines?.append(Self.line(text))
        self.output.add(self.line(event, text, metadata), by: self)
        if event.level == .critical { self.output.flush(upTo: Self.criticalTime) }
    }

    /// How long a critical message waits until it is written.
    private static let criticalTime = Duration.seconds(1)

    /// The line about lines that were lost.
    func lossLine(_ count: Int) -> [UInt8] {
        let handler = Self(label: "FastCGI", format: self.format, output: self.output, hasPriority: self.hasPriority)
        let event = LogEvent(
            level: .warning, message: "this log did not take its lines; lines lost so far: \(count)", error: nil,
            metadata: nil, source: "FastCGI", file: #fileID, function: #function, line: #line)
        return handler.line(event, handler.text(event, [:]), [:])
    }

    /// The line of a message, for standard error.
    private func line(_ event: LogEvent, _ text: String, _ metadata: Logger.Metadata) -> [UInt8] {
        Array((self.hasPriority ? Journal.priority(event.level) : "").utf8)
            + (self.format == .text
                ? Self.line("\(Timestamp.now()) \(text)") : JSONLine(event, label: self.label, metadata).line)
    }

    private func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var text = "\(event.level) \(self.label): \(event.message)"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        if let error = event.error { text += " error=\(error)" }
        return text.printable
    }

    /// The text with a line end, truncated between two characters if it is too long.
    static func line(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        if bytes.count >= self.lineLimit {
            let mark = Array("…".utf8)
            bytes.removeLast(bytes.count - (self.lineLimit - 1 - mark.count) - 1)
            while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
            bytes += mark
        }
        return bytes + [UInt8(ascii: "\n")]
    }
}
