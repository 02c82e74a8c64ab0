import CLinux
import Glibc

/// The files of a root that the web server's user or the gate's cannot read: one good file says nothing about the others.
struct RootSurvey: Sendable {
    /// The number of files and directories that were looked at.
    private(set) var count = 0
    /// The first obstacles, with the user.
    private(set) var obstacles: [(user: LocalUser, obstacle: FileAccess.Obstacle)] = []
    /// The number of all obstacles.
    private(set) var number = 0

    /// The symbolic links to existing files and directories outside of the root, with their targets. A gate sends no such file.
    private(set) var leaving: [(link: String, target: String)] = []

    /// The symbolic link on the way from a root to a file that leads out of the root, with its target.
    static func link(to file: String, outOf root: String) -> (link: String, target: String)? {
        let top = CheckedFile.resolved(root) ?? root
        return WatchedPaths.way(to: file).reversed().lazy.compactMap { path -> (link: String, target: String)? in
            var status = stat()
            guard path.hasPrefix("\(root)/"), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
                let target = CheckedFile.resolved(path), !target.hasPrefix("\(top)/")
            else { return nil }
            return (path, target)
        }.first
    }

    /// The command that puts a directory in the place of a link to it, or a copy in that of a link to a file.
    static func remedy(_ leaving: (link: String, target: String)) -> String {
        let (link, target) = (leaving.link.quotedForShell, leaving.target.quotedForShell)
        var status = stat()
        guard stat(leaving.target, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return "cp --remove-destination \(target) \(link)   (a copy in place of the link)"
        }
        return
            "rm \(link); mkdir \(link); mount --bind \(target) \(link)   (a mount in place of the link; /etc/fstab keeps it)"
    }

    /// The most entries that are looked at.
    private static let most = 20_000

    init(of root: String, users: [LocalUser]) {
        var directories = [root]
        var seen: Set<String> = []
        while let directory = directories.popLast(), self.count < Self.most {
            for name in SampleFile.names(in: directory) where !name.hasPrefix(".") && name != "lost+found" {
                let path = "\(directory)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFLNK, let target = CheckedFile.resolved(path),
                    !target.hasPrefix("\(CheckedFile.resolved(root) ?? root)/"), self.leaving.count < 4
                {
                    self.leaving.append((path, target))
                }
                let isDirectory = status.st_mode & S_IFMT == S_IFDIR
                guard isDirectory || status.st_mode & S_IFMT == S_IFREG else { continue }
                // A file without any permission was withdrawn on purpose.
                guard status.st_mode & 0o777 != 0 else { continue }
                self.count += 1
                guard let list = AccessControlList(of: path) else { continue }
                for user in users where !list.allows(isDirectory ? .execute : .read, to: user) {
                    self.number += 1
                    let isFirst = seen.insert("\(user.id) \(directory)").inserted
                    if self.obstacles.count < 4, isFirst {
                        self.obstacles.append((user, FileAccess.Obstacle(path: path, isDirectory: isDirectory)))
                    }
                }
                if isDirectory { directories.append(path) }
            }
        }
    }
}
