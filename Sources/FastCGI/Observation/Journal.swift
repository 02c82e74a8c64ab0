import CLinux
import Glibc
package import Logging

/// systemd's journal, to which standard error may lead.
package enum Journal {
    /// Whether standard error leads to the journal, and not to a file or to a web server.
    static let receivesStandardError = Self.receives(
        STDERR_FILENO, getenv("JOURNAL_STREAM").map { String(cString: $0) })

    /// Whether a descriptor is the stream that `JOURNAL_STREAM` describes by its device and inode (systemd.exec(5)). The
    /// variable alone says nothing, because a child process with another standard error inherits it.
    static func receives(_ descriptor: Int32, _ stream: String?) -> Bool {
        var status = stat()
        guard let stream, fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// The priority before a line on standard error (sd-daemon(3)), with which `journalctl -p` selects lines; empty if
    /// standard error does not lead to the journal.
    package static func prefix(_ level: Logger.Level) -> String {
        self.receivesStandardError ? self.priority(level) : ""
    }

    /// The priority of a level as the journal expects it before a line.
    static func priority(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}
