import CLinux
import Glibc

/// The obstacles for a user who opens a file: directories without search permission, or the file itself.
struct FileAccess: Sendable {
    struct Obstacle: Sendable {
        let path: String
        let isDirectory: Bool
    }

    let user: LocalUser
    let obstacles: [Obstacle]
    /// Paths whose permissions the current user cannot read.
    let unknown: [String]

    /// - Parameter need: The permission for the file itself.
    init(of file: String, by user: LocalUser, needing need: AccessControlList.Permissions = .read) {
        self.user = user
        var obstacles: [Obstacle] = []
        var unknown: [String] = []
        // Check the path as given and without symbolic links: the web server may use either.
        let resolved = realpath(file, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        var seen: Set<String> = []
        for path in [file, resolved].compactMap({ $0 }).flatMap(Self.steps) where seen.insert(path).inserted {
            guard let list = AccessControlList(of: path) else {
                unknown.append(path)
                continue
            }
            let isDirectory = path != file && path != resolved
            if !list.allows(isDirectory ? .execute : need, to: user) {
                obstacles.append(Obstacle(path: path, isDirectory: isDirectory))
            }
        }
        self.obstacles = obstacles
        self.unknown = unknown
    }

    /// All prefixes of a path: `/`, `/srv`, `/srv/reports`, `/srv/reports/q3.pdf`.
    private static func steps(_ path: String) -> [String] {
        ["/"] + path.indices.filter { path[$0] == "/" && $0 > path.startIndex }.map { String(path[..<$0]) } + [path]
    }
}

extension FileAccess.Obstacle {
    /// The command that grants access to this user only.
    ///
    /// - Parameter gate: The account of the gate, which has to read the file, too; the command is for a group of both.
    func remedy(for user: LocalUser, and gate: LocalUser? = nil) -> String {
        let letter = self.isDirectory ? "x" : "r"
        let path = self.path.quotedForShell
        if let gate, gate.id != user.id, let group = user.groups.intersection(gate.groups).min(),
            let name = getgrgid(group).map({ String(cString: $0.pointee.gr_name) })
        {
            return
                "setfacl -m g:\(name):\(letter) \(path)   (a group of \(user.name) and the gate; for every user of this machine: chmod o+\(letter) \(path))"
        }
        return
            "setfacl -m u:\(user.name):\(letter) \(path)   (for every user of this machine: chmod o+\(letter) \(path))"
    }
}

extension String {
    /// The text quoted as one word of a shell command.
    var quotedForShell: String {
        let isPlain = self.utf8.allSatisfy { byte in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || "/._-+,@".utf8.contains(byte)
        }
        return isPlain && !self.isEmpty ? self : "'\(self.replacing("'", with: "'\\''"))'"
    }
}
