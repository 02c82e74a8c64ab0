import CLinux
import Glibc

/// A file as a process sees it: the sandbox of a unit can hide directories, or put others in their place.
struct ProcessView: Sendable {
    /// The first part of the file's path that the process does not see, or that is another file for it.
    let hidden: String
    /// Whether another file is in its place.
    let isReplaced: Bool

    /// - Returns: `nil` if the process sees this machine's file, or if this user cannot tell.
    init?(of file: String, by process: pid_t) {
        let root = "/proc/\(process)/root"
        guard access("\(root)/", X_OK) == 0, let file = CheckedFile.resolved(file) else { return nil }
        let parts = file.indices.filter { file[$0] == "/" && $0 > file.startIndex }.map { String(file[..<$0]) } + [file]
        for path in parts {
            var (own, seen) = (stat(), stat())
            guard stat(path, &own) == 0 else { return nil }
            guard stat(root + path, &seen) == 0 else {
                guard errno == ENOENT || errno == ENOTDIR || errno == EACCES else { return nil }
                (self.hidden, self.isReplaced) = (path, false)
                return
            }
            // An empty directory of systemd over the machine's own, or another mount.
            if own.st_ino != seen.st_ino || own.st_dev != seen.st_dev, own.st_mode & S_IFMT == S_IFREG {
                (self.hidden, self.isReplaced) = (path, true)
                return
            }
        }
        return nil
    }
}
