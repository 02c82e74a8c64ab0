import Crypto
import FastCGI
import Glibc
import SystemPackage

/// The log of users' actions on files, one line each, appended to a file.
///
/// A line is `seconds action user team name address`, separated by tabs and percent-encoded, so that a name with a line
/// end cannot add a line. Each line is written by one call with `O_APPEND`, so lines of several processes do not mix.
/// The file is opened for each line, so `logrotate` can move it.
struct ActivityLog: Sendable {
    /// The number of bytes at the end of the file that the page reads.
    private static let window: Int64 = 1 << 20

    /// The time in which all ranges of a file that one client fetches count as one download, in seconds.
    static let rangesLifetime: Int64 = 60 * 60

    private let path: FilePath
    /// The time of the last line for a file of which ranges are fetched, in seconds since 1970.
    private let ranges: SharedTable

    /// Opens the log in the state directory; the file need not exist.
    init(stateDirectory: FilePath, key: SymmetricKey) {
        self.path = stateDirectory.appending("activity.log")
        self.ranges = SharedTable(path: stateDirectory.appending("parts"), key: key)
    }

    /// Logs a client's request for a range of a file, unless another range of it was logged in the last hour.
    ///
    /// The position of the range does not matter, because a client may begin anywhere.
    ///
    /// - Parameter download: Values that all ranges of one download share: the client and the version of the file.
    func addRange(
        of download: [String], _ action: Activity.Action, _ file: FileAddress, user: String, from address: String?,
        now: Int64 = Int64(time(nil))
    ) throws {
        let common = [action.rawValue, user, file.team, PercentText.encode(file.name), address ?? ""] + download
        let key = common.map { PercentText.encode($0.utf8) }.joined(separator: "/")
        // Of ranges requested at the same time, one writes the line and the others wait for it.
        try self.ranges.update([key]) { times in
            guard !(times[0]...times[0] + Self.rangesLifetime).contains(now) else { return }
            try self.add(action, file, user: user, from: address)
            times[0] = now
        }
    }

    /// Logs an action that happens now.
    func add(_ action: Activity.Action, _ file: FileAddress, user: String, from address: String?) throws {
        let fields = [
            "\(time(nil))", action.rawValue, user, file.team, PercentText.encode(file.name),
            PercentText.encode((address ?? "").utf8),
        ]
        let line = fields.joined(separator: "\t") + "\n"
        do {
            let log = try FileDescriptor.open(
                self.path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
            try log.closeAfter { _ = try log.writeAll(line.utf8) }
        } catch let error as Errno {
            // No file is sent without a log line: the client receives an error.
            throw SetupError("\(self.path): \(error)")
        }
    }

    /// The latest actions on the files of these teams, newest first, without previews.
    func recent(teams: [String], limit: Int) throws -> [Activity] {
        guard let text = try self.tail() else { return [] }
        // Ignore an incomplete line at the beginning of the window.
        let lines = text.split(separator: UInt8(ascii: "\n"))
        return Array(
            lines.reversed().lazy.compactMap { Activity(line: String(decoding: $0, as: UTF8.self)) }
                .filter { $0.action.isListed && teams.contains($0.file.team) }.prefix(limit))
    }

    private func tail() throws -> [UInt8]? {
        do {
            let log = try FileDescriptor.open(self.path, .readOnly, options: .closeOnExec)
            return try log.closeAfter {
                let size = try log.seek(offset: 0, from: .end)
                let start = max(0, size - Self.window)
                let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size - start)) { buffer, count in
                    count = try log.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))
                }
                if start == 0 { return bytes }
                return Array(bytes.drop { $0 != UInt8(ascii: "\n") })
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch let error as Errno {
            throw SetupError("\(self.path): \(error)")
        }
    }
}
