import Crypto
import Glibc
import SystemPackage

/// Who did what with which file: a line for each, added to the end of a file.
///
/// A line is `seconds action user team name address`, separated by tabs and percent-encoded, so that a name with a line end
/// makes no line. It is written by one call with `O_APPEND`: lines of several processes do not mix. The file is opened anew each
/// time: `logrotate` may move it away.
struct ActivityLog: Sendable {
    /// The part of the file, in bytes from its end, that is looked at for the page.
    private static let window: Int64 = 1 << 20

    /// For how long the parts of a file that are fetched from one client count as one download, in seconds.
    static let partsLifetime: Int64 = 60 * 60

    private let path: FilePath
    /// When a line was written for a file that is fetched in parts, in seconds since 1970.
    private let parts: SharedTable

    /// The log in the state directory; the file need not be there.
    init(stateDirectory: FilePath, key: SymmetricKey) {
        self.path = stateDirectory.appending("activity.log")
        self.parts = SharedTable(path: stateDirectory.appending("parts"), key: key)
    }

    /// Notes a client's request for a part of a file, unless there is a line of the last hour for another part of it.
    ///
    /// Which part it is does not matter: a client begins where it likes.
    ///
    /// - Parameter download: what all parts of one download have in common: the client and the version of the file.
    func addPart(
        of download: [String], _ action: Activity.Action, _ file: FileAddress, user: String, from address: String?,
        now: Int64 = Int64(time(nil))
    ) throws {
        let common = [action.rawValue, user, file.team, PercentCoding.encode(file.name), address ?? ""] + download
        let key = common.map { PercentCoding.encode($0.utf8) }.joined(separator: "/")
        // Of parts that are asked for at the same time one writes the line, and the others wait until it is written.
        try self.parts.update([key]) { times in
            guard !(times[0]...times[0] + Self.partsLifetime).contains(now) else { return }
            try self.add(action, file, user: user, from: address)
            times[0] = now
        }
    }

    /// Notes what somebody does now.
    func add(_ action: Activity.Action, _ file: FileAddress, user: String, from address: String?) throws {
        let fields = [
            "\(time(nil))", action.rawValue, user, file.team, PercentCoding.encode(file.name),
            PercentCoding.encode((address ?? "").utf8),
        ]
        let line = fields.joined(separator: "\t") + "\n"
        do {
            let log = try FileDescriptor.open(
                self.path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
            try log.closeAfter { _ = try log.writeAll(line.utf8) }
        } catch let error as Errno {
            // Nothing leaves the house unseen: who asks gets an error, and no file.
            throw SetupError("\(self.path): \(error)")
        }
    }

    /// What was done last with the files of these teams, newest first.
    func recent(teams: [String], limit: Int) throws -> [Activity] {
        guard let text = try self.tail() else { return [] }
        // If the window begins in the middle of a line, that one is not read as a whole one.
        let lines = text.split(separator: UInt8(ascii: "\n"))
        return Array(
            lines.reversed().lazy.compactMap { Activity(line: String(decoding: $0, as: UTF8.self)) }
                .filter { teams.contains($0.file.team) }.prefix(limit))
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
