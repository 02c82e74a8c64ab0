import CLinux
import Glibc

/// What is in the way of a user who opens a file: directories that the user may not enter, or the file itself.
struct FileAccess: Sendable {
    struct Obstacle: Sendable {
        let path: String
        let isDirectory: Bool
    }

    let user: LocalUser
    let obstacles: [Obstacle]
    /// What could not be looked at by whoever runs this.
    let unknown: [String]

    init(of file: String, by user: LocalUser) {
        self.user = user
        var obstacles: [Obstacle] = []
        var unknown: [String] = []
        // As it is named, and as it is named without symbolic links: the web server may go either way.
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
            if !list.allows(isDirectory ? .execute : .read, to: user) {
                obstacles.append(Obstacle(path: path, isDirectory: isDirectory))
            }
        }
        self.obstacles = obstacles
        self.unknown = unknown
    }

    /// `/`, `/srv`, `/srv/reports`, `/srv/reports/q3.pdf`.
    private static func steps(_ path: String) -> [String] {
        ["/"] + path.indices.filter { path[$0] == "/" && $0 > path.startIndex }.map { String(path[..<$0]) } + [path]
    }
}

extension FileAccess.Obstacle {
    /// What lets this user through, and nobody else.
    func remedy(for user: LocalUser) -> String {
        let letter = self.isDirectory ? "x" : "r"
        let path = self.path.quotedForShell
        return
            "setfacl -m u:\(user.name):\(letter) \(path)   (for every user of this machine: chmod o+\(letter) \(path))"
    }
}

extension String {
    /// As one word of a shell's command.
    var quotedForShell: String {
        let isPlain = self.utf8.allSatisfy { byte in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || "/._-+,@".utf8.contains(byte)
        }
        return isPlain && !self.isEmpty ? self : "'\(self.replacing("'", with: "'\\''"))'"
    }
}
