import CLinux
import Glibc
import Sendfile
public import SystemPackage

/// A file with one JSON line for each download.
///
/// ```swift
/// var configuration = try FastCGIServer.Configuration(environment: .process)
/// configuration.accessLog = try AccessLog(file: "/var/log/downloads.jsonl")
/// ```
///
/// The setting without code is `FASTCGI_ACCESS_LOG=/var/log/downloads.jsonl`. A line is written for each response that
/// a `Sendfile` or an object store created, when the response has been sent or abandoned:
///
/// | member | meaning |
/// |---|---|
/// | `time` | when the response ended, in UTC |
/// | `request` | ``Request/id`` |
/// | `download` | the id of the download (``FastCGIServer/Configuration/downloadIDField``), which the web server's log has as well; `null` without one |
/// | `user` | ``Response/user`` if the handler set it, otherwise ``Request/remoteUser`` |
/// | `grant` | the id of the grant by which the client gets the file (``Response/grantID``); `null` without one |
/// | `key` | the name of the key that signed the link (``Response/keyID``); `null` without one |
/// | `client` | the client's address |
/// | `method`, `path` | those of the request, with the path as the client sent it and without the query; a signature in the path is included, as in a web server's own log |
/// | `file` | the path below the root, or the key of the object, as passed by the handler |
/// | `file_encoded` | the path percent-encoded; only if it is not UTF-8, in which case `file` contains U+FFFD |
/// | `status` | the status; 206 if the web server applies a range |
/// | `range` | the requested bytes, inclusive: `0-9,20-29`; `null` for the whole file |
/// | `bytes` | the number of the file's bytes in the response; `null` if only the store knows it |
/// | `size` | the file's size; `null` if there is no file, and for an object whose size only the store knows |
/// | `etag` | the `ETag` of the response, which tells versions of the file apart; `null` if it has none |
/// | `disposition` | the `Content-Disposition` of the response |
/// | `delivery` | the sender of the bytes: the backend (`nginx`); `object-store` if the web server fetches an object; `redirect` if the client does; `stream`; or `none` for responses such as 304, 404 and `HEAD` |
/// | `sent` | for a stream, the number of body bytes that the web server accepted; otherwise `null` |
/// | `complete` | whether the response was sent completely; `null` if the web server or the store sends the file, because only they know |
/// | `milliseconds` | the time from the request's complete header to the end of the response |
///
/// Lines are appended whole, so several processes may share the file. A missing file is created with mode 0640. The file's name is checked
/// before each write, so rotation needs no signal, whether by a new file or by truncation.
///
/// No request waits for the file. A thread of its own writes the lines, each within some milliseconds, and those of several requests in one
/// write(2). If the file system is slow or hangs, up to 4 MiB of lines wait in memory, some 10,000. A line is counted as lost
/// (``ServerStatistics/lostAccessRecords``) if the queue is full or the file cannot be written. The server logs that at most once a minute,
/// and again when lines are written. The end of the server waits until all lines are written, at most 2 seconds. A process that is killed,
/// or crashes, loses the lines that wait.
public final class AccessLog: Sendable {
    /// The file's absolute path.
    public let file: FilePath

    /// The result of writing lines.
    struct Outcome {
        /// The number of lines that were lost.
        var lost = 0
        /// The reason why lines were lost.
        var failure: Errno?
        /// The reason why the file could not be opened again by its name. The lines are in the file that was open before.
        var oldFile: Errno?
    }

    private struct State {
        var descriptor: Int32 = -1
        var device: dev_t = 0
        var inode: ino_t = 0
        /// Whether the file may end with an incomplete line.
        var isTorn = false
    }
    /// The lock is held while a line is written, so that no other thread closes the descriptor.
    private let state = Locked(State())

    /// Creates an access log; the file is opened when a server with this log runs.
    ///
    /// - Parameter file: An absolute path. The directory must exist, and this process must be able to create files in
    ///   it.
    /// - Throws: ``FastCGIServer/ConfigurationError`` if the path is not absolute.
    public init(file: FilePath) throws(FastCGIServer.ConfigurationError) {
        guard file.isAbsolute else {
            throw Self.error(file, "the absolute path of a file")
        }
        self.file = file
    }

    /// Creates an access log from a path as text; the file is opened when a server with this log runs.
    ///
    /// The path must be absolute, as with a `FilePath`.
    public convenience init(file: String) throws(FastCGIServer.ConfigurationError) {
        try self.init(file: FilePath(file))
    }

    deinit {
        let descriptor = self.state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens the file, so that an invalid path is an error at start.
    func open() throws(FastCGIServer.ConfigurationError) {
        do throws(Errno) {
            try self.state.withLock { state throws(Errno) in try self.follow(&state) }
        } catch {
            throw Self.unavailable(self.file, error)
        }
    }

    /// Checks whether ``open()`` would succeed, without creating a file.
    package func check() throws(FastCGIServer.ConfigurationError) {
        let isWritable = self.file.withPlatformString { access($0, W_OK) } == 0
        if isWritable { return }
        var reason = Errno(rawValue: errno)
        if reason == .noSuchFileOrDirectory {
            let directory = self.file.removingLastComponent()
            if directory.withPlatformString({ access($0, W_OK | X_OK) }) == 0 { return }
            reason = Errno(rawValue: errno)
        }
        throw Self.unavailable(self.file, reason)
    }

    private static func unavailable(_ file: FilePath, _ reason: Errno) -> FastCGIServer.ConfigurationError {
        self.error(
            file,
            "a file that this process can write (\(reason)); create its directory, and give the program's user write permission"
        )
    }

    private static func error(_ file: FilePath, _ expected: String) -> FastCGIServer.ConfigurationError {
        .init(name: "FASTCGI_ACCESS_LOG", value: file.string.printable, expected: expected)
    }

    /// Appends whole lines. May block: called on the thread of a ``LogQueue``.
    func write(_ lines: [UInt8]) -> Outcome {
        self.state.withLock { state in
            var outcome = Outcome()
            do throws(Errno) { try self.follow(&state) } catch {
                guard Self.hasName(state.descriptor) else {
                    return Outcome(lost: Self.lineCount(lines[...]), failure: error)
                }
                outcome.oldFile = error
            }
            // On a full disk, several processes may have left incomplete lines: begin a new one.
            var bytes = state.isTorn ? [Self.lineEnd] + lines : lines
            while true {
                let count = Glibc.write(state.descriptor, bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                state.isTorn = count != bytes.count
                guard state.isTorn else { return outcome }
                outcome.failure = count < 0 ? Errno(rawValue: errno) : .noSpace
                // Writes the lines after the incomplete one, unless nothing can be written.
                guard count > 0, let remainder = Remainder(of: bytes, after: count) else {
                    outcome.lost += Self.lineCount(bytes[...]) - (bytes.first == Self.lineEnd ? 1 : 0)
                    return outcome
                }
                if remainder.isLineLost { outcome.lost += 1 }
                state.isTorn = remainder.isTorn
                guard !remainder.lines.isEmpty else {
                    // A write of a part has no reason. The end of the incomplete line is written now, or gets the reason.
                    if state.isTorn {
                        if Glibc.write(state.descriptor, [Self.lineEnd], 1) == 1 {
                            state.isTorn = false
                        } else {
                            outcome.failure = Errno(rawValue: errno)
                        }
                    }
                    return outcome
                }
                bytes = (state.isTorn ? [Self.lineEnd] : []) + remainder.lines
            }
        }
    }

    /// The lines that remain after a write that took only their first bytes.
    struct Remainder {
        /// Whether the file ends without a line end.
        let isTorn: Bool
        /// Whether the file contains only a part of the line in which the write ended. A line that lacks only its line end, which is written
        /// before the next line, is not lost. (Another process may append its line before that: then one line of the file holds both.)
        let isLineLost: Bool
        /// The lines after that line.
        let lines: ArraySlice<UInt8>

        /// - Parameter count: The number of written bytes, at least 1.
        /// - Returns: `nil` if the line in which the write ended has no end.
        init?(of lines: [UInt8], after count: Int) {
            guard let end = lines[(count - 1)...].firstIndex(of: AccessLog.lineEnd) else { return nil }
            self.isTorn = end >= count
            self.isLineLost = end > count
            self.lines = lines[(end + 1)...]
        }
    }

    private static let lineEnd = UInt8(ascii: "\n")

    private static func lineCount(_ lines: ArraySlice<UInt8>) -> Int { lines.count { $0 == self.lineEnd } }

    /// Opens the file with the name, unless it is the open one.
    private func follow(_ state: inout State) throws(Errno) {
        var status = stat()
        let isThere = self.file.withPlatformString { stat($0, &status) } == 0
        if isThere, state.descriptor >= 0, status.st_dev == state.device, status.st_ino == state.inode { return }
        // Do not wait: opening a named pipe without a reader would block the thread.
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

    /// Whether an open file still has a name, so that its content remains accessible.
    private static func hasName(_ descriptor: Int32) -> Bool {
        var status = stat()
        return descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }
}
