import Glibc
import Synchronization
import SystemPackage

/// A user who may sign in.
struct User: Sendable {
    let name: String
    /// The teams whose files this user may access, including ``Users/everyone``.
    let teams: [String]
    let password: PasswordHash

    /// A value that identifies this user and password. A name can be given to another person, and every hash has a new
    /// random salt, so other users and other passwords have other values. Every signature for a user covers it.
    var identity: String { "\(self.name):\(self.password)" }
}

/// The users file, with one line `name:team,team:hash` per user. Empty lines and lines that begin with `#` are ignored.
///
/// The file is read again when it changes, so adding or removing a user needs no restart. If the file is invalid, no
/// user can sign in.
final class Users: Sendable {
    /// The team that includes every user.
    static let everyone = "everyone"

    private struct Contents: Sendable {
        var version: Version
        var users: [String: User]
    }

    /// Identifies one version of the file. The modification time is not sufficient, because `cp -p` and `rsync` can set
    /// it back, and a new password does not change the size.
    private struct Version: Equatable {
        var inode: ino_t
        var size: off_t
        /// The time of the last inode change, which no program can set.
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: FilePath
    private let contents: Mutex<Contents>

    /// Reads the users file.
    init(path: FilePath) throws {
        self.path = path
        self.contents = Mutex(try Self.read(path))
    }

    /// The user of this name, or `nil`.
    func user(named name: String) throws -> User? {
        try self.current()[name]
    }

    /// Whether some user belongs to this team.
    func hasTeam(_ team: String) throws -> Bool {
        try team == Self.everyone || self.current().values.contains { $0.teams.contains(team) }
    }

    private func current() throws -> [String: User] {
        try self.contents.withLock { contents in
            if try Self.version(of: self.path) != contents.version { contents = try Self.read(self.path) }
            return contents.users
        }
    }

    private static func version(of path: FilePath) throws -> Version {
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else {
            throw SetupError("\(path): \(Errno(rawValue: errno))")
        }
        return Version(
            inode: status.st_ino, size: status.st_size, seconds: status.st_ctim.tv_sec,
            nanoseconds: status.st_ctim.tv_nsec)
    }

    private static func read(_ path: FilePath) throws -> Contents {
        // Read the version first: if the file changes in between, the next check notices it.
        let version = try Self.version(of: path)
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        var users: [String: User] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty && !line.hasPrefix("#") {
            guard let user = Self.user(line) else {
                throw SetupError("\(path), line \(index + 1) is not name:team,team:hash")
            }
            guard users.updateValue(user, forKey: user.name) == nil else {
                throw SetupError("\(path), line \(index + 1) names \(user.name) again")
            }
        }
        return Contents(version: version, users: users)
    }

    private static func user(_ line: Substring) -> User? {
        let parts = line.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let password = PasswordHash(String(parts[2])) else { return nil }
        let teams = parts[1].split(separator: ",").map(String.init)
        guard Self.isName(String(parts[0])), teams.allSatisfy(Self.isName) else { return nil }
        let all = teams.filter { $0 != Self.everyone } + [Self.everyone]
        return User(name: String(parts[0]), teams: all, password: password)
    }

    /// Names occur in cookies and as directory names: letters, digits, `-` and `_` never need escaping.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
                default: false
                }
            }
    }
}
