import Glibc
import Sendfile
import Synchronization

/// A descriptor that gets the lines of ``FastCGILogHandler``s.
///
/// A line is written by the thread of a ``LogQueue``, at most ``atomicSize`` bytes at a time, because the kernel mixes longer writes of several
/// processes to one pipe.
final class LogOutput: LogSink {
    /// Standard error. When the process exits, its last lines are written.
    static let standardError: LogOutput = {
        atexit { _ = LogOutput.standardError.flush() }
        return LogOutput(STDERR_FILENO)
    }()

    /// How long the end of a server or of the process waits for a log that does not take its lines.
    static let farewell = Duration.seconds(2)

    /// The lines that were lost since the program started.
    let lost = Atomic<Int>(0)

    private let descriptor: Int32
    private let queue = AtomicLazyReference<LogQueue>()
    private let losses = Locked(Losses())

    private struct Losses {
        /// The number of lost lines that a line of this log names already.
        var reported = 0
        /// The handler of the last line that was lost.
        var handler: FastCGILogHandler?
    }

    /// The maximum number of bytes that wait.
    private static let queueLimit = 1 << 20
    /// The size up to which the kernel does not mix the writes to a pipe (`PIPE_BUF`).
    private static let atomicSize = 4096

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    private var lines: LogQueue {
        self.queue.load() ?? self.queue.storeIfNil(LogQueue(limit: Self.queueLimit, sink: self))
    }

    /// Adds a line, which includes its line end.
    ///
    /// - Parameter handler: The handler of the line, if there is one.
    func add(_ line: [UInt8], by handler: FastCGILogHandler? = nil) {
        guard !self.lines.append(line) else { return }
        self.lost.add(1, ordering: .relaxed)
        if let handler { self.losses.withLock { $0.handler = handler } }
    }

    /// Waits until all lines are written. False if that took too long.
    @discardableResult func flush(upTo limit: Duration = LogOutput.farewell) -> Bool { self.lines.flush(upTo: limit) }

    // MARK: On the queue's thread

    func write(_ pieces: [[UInt8]]) {
        // The queue lost these lines while the ones below waited in it, so the report follows them.
        let lost = self.lost.load(ordering: .relaxed)
        for piece in pieces { self.write(piece[...]) }
        self.report(lost)
    }

    private func write(_ lines: ArraySlice<UInt8>) {
        var rest = lines
        while !rest.isEmpty {
            let end = Self.endOfLines(rest)
            if !self.writeAll(rest[..<end]) {
                self.lost.add(rest[..<end].count { $0 == UInt8(ascii: "\n") }, ordering: .relaxed)
            }
            rest = rest[end...]
        }
    }

    /// The end of as many lines as fit into one write, at least one.
    private static func endOfLines(_ lines: ArraySlice<UInt8>) -> Int {
        guard lines.count > Self.atomicSize else { return lines.endIndex }
        let newline = UInt8(ascii: "\n")
        let most = lines.startIndex + Self.atomicSize
        return (lines[..<most].lastIndex(of: newline) ?? lines[most...].firstIndex(of: newline)).map { $0 + 1 }
            ?? lines.endIndex
    }

    /// Writes lines. False if they are lost.
    private func writeAll(_ lines: ArraySlice<UInt8>) -> Bool {
        lines.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(self.descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count > 0 {
                    written += count
                } else if count < 0, errno == EAGAIN {
                    // Another process has made the pipe or socket non-blocking.
                    var room = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&room, 1, -1)
                } else if count == 0 || errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    /// Writes the number of lost lines, now that lines are written again.
    private func report(_ lost: Int) {
        let (isNew, handler) = self.losses.withLock { ($0.reported < lost, $0.handler) }
        guard isNew else { return }
        let line = (handler ?? FastCGILogHandler(label: "FastCGI")).lossLine(lost)
        if self.writeAll(line[...]) { self.losses.withLock { $0 = Losses(reported: lost) } }
    }
}
