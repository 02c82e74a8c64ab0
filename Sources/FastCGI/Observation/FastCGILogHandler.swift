import Glibc
public import Logging
import Sendfile

/// Writes log messages as short lines, one write(2) each, to standard error and optionally to the web server's log.
///
/// ```swift
/// LoggingSystem.bootstrap(FastCGILogHandler.init)
/// ```
///
/// A line is `2026-11-21T15:04:05Z warning store: no such report request=17 user=eve`, at most 1,000 bytes long.
/// Control characters are escaped, so that text from a client cannot begin a line.
///
/// With ``FastCGIServer/Configuration/logsToWebServer`` (`FASTCGI_STDERR`), messages that any library logs during a
/// request are also sent to the web server in FCGI_STDERR records, without the time, before the end of the response: at
/// most 4,096 bytes per request. Web servers write them to their error log. If a response is abandoned, its lines are
/// only on standard error.
public struct FastCGILogHandler: LogHandler {
    private let label: String
    private let descriptor: Int32

    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel = Logger.Level.info

    /// The maximum length of a line in bytes, including its line end.
    static let lineLimit = 1000

    /// Creates a handler for a logger with this label.
    public init(label: String) {
        self.init(label: label, descriptor: STDERR_FILENO)
    }

    init(label: String, descriptor: Int32) {
        self.label = label
        self.descriptor = descriptor
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var metadata = self.metadata
        if let metadataProvider { metadata.merge(metadataProvider.get()) { $1 } }
        if let more = event.metadata { metadata.merge(more) { $1 } }
        var text = "\(event.level) \(self.label): \(event.message)"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { text += " \(key)=\(value)" }
        text = text.printable
        RequestScope.current?.errorLines?.append(Self.line(text))
        let line = Self.line("\(Timestamp.now()) \(text)")
        _ = write(self.descriptor, line, line.count)
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
