import Crypto
import FastCGI
import Glibc
import SystemPackage

/// The log of users' actions on files, one line each, appended to a file.
///
/// A line is `seconds action user team name address`, separated by tabs and percent-encoded, so that a name with a line
/// end cannot add a line.
struct ActivityLog: Sendable {
    /// The time in which all ranges of a file that one client fetches count as one download, in seconds.
    static let rangesLifetime: Int64 = 60 * 60

    private let file: LineFile
    /// The time of the last line for a file of which ranges are fetched, in seconds since 1970.
    private let ranges: SharedTable

    /// Opens the log in the state directory; the file need not exist.
    init(stateDirectory: FilePath, key: SymmetricKey) {
        self.file = LineFile(stateDirectory.appending("activity.log"))
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
        // If the line cannot be written, no file is sent: the client receives an error.
        try self.file.append([
            "\(time(nil))", action.rawValue, user, file.team, PercentText.encode(file.name),
            PercentText.encode((address ?? "").utf8),
        ])
    }

    /// The latest actions on the files of these teams, newest first, without previews.
    func recent(teams: [String], limit: Int) throws -> [Activity] {
        Array(
            try self.file.tail().reversed().lazy.compactMap { Activity(line: $0) }
                .filter { $0.action.isListed && teams.contains($0.file.team) }.prefix(limit))
    }
}
