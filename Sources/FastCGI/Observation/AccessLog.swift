import CLinux
import Glibc
import Sendfile
public import SystemPackage

/// A file with a line of JSON for each download: who had which file, and how.
///
/// ```swift
/// var configuration = try FastCGIServer.Configuration(environment: ConfigReader(provider: EnvironmentVariablesProvider()))
/// configuration.accessLog = try AccessLog(file: "/var/log/downloads.jsonl")
/// ```
///
/// Without code: `FASTCGI_ACCESS_LOG=/var/log/downloads.jsonl`. A line is written for each response that a `Sendfile` made, when
/// it has been sent or given up:
///
/// | member | |
/// |---|---|
/// | `time` | when the response ended, in UTC |
/// | `request` | ``Request/id`` |
/// | `user` | ``Response/user`` as the handler named it, else ``Request/remoteUser`` |
/// | `client` | the client's address |
/// | `method`, `path` | the request's, the path as the client sent it, never the query; a signature that stands in the path is there, as in a web server's own log |
/// | `file` | the path below the root as the handler gave it |
/// | `file_encoded` | the same percent-encoded; only if it is not UTF-8, of which `file` shows U+FFFD |
/// | `status` | the status; 206 where the web server is to cut a range |
/// | `range` | the bytes asked for, the last included: `0-9,20-29`; `null` for the whole file |
/// | `bytes` | the number of bytes of the file that the response is to have |
/// | `size` | the file's size; `null` if there is none |
/// | `disposition` | the `Content-Disposition` that the client was given |
/// | `delivery` | who sends the bytes: the backend (`nginx`), `stream`, or `none` as for 304, 404 and `HEAD` |
/// | `sent` | of a stream, the bytes of the body that the web server took; otherwise `null` |
/// | `complete` | whether the response was sent to its end; `null` where the web server sends the file, who alone knows |
/// | `milliseconds` | from the request's complete head to the end of the response |
///
/// Each line is one write(2) at the end of the file, so several processes may have the same one. The file is made with mode 0640
/// where there is none. Its name is looked at before each line: after a rotation, with a new file or by truncating the old one, no signal is
/// needed. Nothing is kept in memory. A line that cannot be written is counted (``ServerStatistics/lostAccessRecords``), the
/// server's log says so once a minute at most, and the response is sent all the same.
public final class AccessLog: Sendable {
    /// The file's absolute path.
    public let file: FilePath

    /// What became of a line.
    enum Outcome {
        case written
        /// The name leads nowhere any more, and the line is in the file that had it before.
        case writtenToOldFile(Errno)
        case lost(Errno)
    }

    private struct State {
        var descriptor: Int32 = -1
        var device: dev_t = 0
        var inode: ino_t = 0
        /// Part of a line may stand at the end of the file.
        var isTorn = false
    }
    /// The lock is held while a line is written: nobody closes the descriptor meanwhile.
    private let state = Locked(State())

    /// Names a file, which is opened when a server with it runs.
    ///
    /// - Parameter file: An absolute path. The directory has to exist, and this process be allowed to make files there.
    /// - Throws: ``FastCGIServer/ConfigurationError`` if the path is not absolute.
    public init(file: FilePath) throws(FastCGIServer.ConfigurationError) {
        guard file.isAbsolute else {
            throw Self.error(file, "the absolute path of a file")
        }
        self.file = file
    }

    /// Names a file, which is opened when a server with it runs.
    ///
    /// The same as with a `FilePath`.
    public convenience init(file: String) throws(FastCGIServer.ConfigurationError) {
        try self.init(file: FilePath(file))
    }

    deinit {
        let descriptor = self.state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens the file, so that a wrong path shows when the server starts.
    func open() throws(FastCGIServer.ConfigurationError) {
        do throws(Errno) {
            try self.state.withLock { state throws(Errno) in try self.follow(&state) }
        } catch {
            throw Self.error(
                self.file,
                "a file that this process can write (\(error)); make its directory, and let the program's user write there"
            )
        }
    }

    private static func error(_ file: FilePath, _ expected: String) -> FastCGIServer.ConfigurationError {
        .init(name: "FASTCGI_ACCESS_LOG", value: file.string.printable, expected: expected)
    }

    /// Appends a line, which has its line end.
    func write(_ line: [UInt8]) -> Outcome {
        self.state.withLock { state in
            var outcome = Outcome.written
            do throws(Errno) { try self.follow(&state) } catch {
                guard Self.hasName(state.descriptor) else { return .lost(error) }
                outcome = .writtenToOldFile(error)
            }
            // On a full disk several processes may have left parts of lines: each begins a new one.
            let bytes = state.isTorn ? [UInt8(ascii: "\n")] + line : line
            var count = Glibc.write(state.descriptor, bytes, bytes.count)
            while count < 0, errno == EINTR { count = Glibc.write(state.descriptor, bytes, bytes.count) }
            state.isTorn = count != bytes.count
            guard state.isTorn else { return outcome }
            return .lost(count < 0 ? Errno(rawValue: errno) : .noSpace)
        }
    }

    /// Opens the file that has the name now, unless it is the one that is open.
    private func follow(_ state: inout State) throws(Errno) {
        var status = stat()
        let isThere = self.file.withPlatformString { stat($0, &status) } == 0
        if isThere, state.descriptor >= 0, status.st_dev == state.device, status.st_ino == state.inode { return }
        // Without waiting: a named pipe without a reader would hold the thread.
        let descriptor = self.file.withPlatformString {
            linux_open($0, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o640)
        }
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        guard fstat(descriptor, &status) == 0, [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT) else {
            close(descriptor)
            throw .invalidArgument
        }
        if state.descriptor >= 0 { close(state.descriptor) }
        state = State(descriptor: descriptor, device: status.st_dev, inode: status.st_ino)
    }

    /// Whether an open file still has a name somewhere, so that what is written to it can be found.
    private static func hasName(_ descriptor: Int32) -> Bool {
        var status = stat()
        return descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }
}
