import CLinux
import Glibc

/// How a public URL leads to the file on the disk.
enum PublicPath {
    /// The symbolic links and mounts on the way from a web server's document root to a public URL's file.
    static func detours(_ url: URLText, _ route: Route) -> [String] {
        let line = route.innermost(["root", "documentroot", "server.document-root"]).last
        guard let words = line?.words, let last = words.last else { return [] }
        var path = LighttpdRoute.plain(last)
        while path.hasSuffix("/") { path.removeLast() }
        var lines: [String] = []
        for name in RoutedRequest(url).path.split(separator: "/") {
            var parent = stat()
            let hasParent = stat(path, &parent) == 0
            path += "/\(name)"
            var status = stat()
            guard hasParent, lstat(path, &status) == 0 else { break }
            if status.st_mode & S_IFMT == S_IFLNK, let target = CheckedFile.resolved(path) {
                lines.append("rm \(path.quotedForShell)   (a symbolic link to \(target) makes the files public)")
            } else if status.st_mode & S_IFMT == S_IFDIR, status.st_dev != parent.st_dev {
                lines.append("umount \(path.quotedForShell)   (a mount makes the files public)")
            } else if status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 1 {
                lines.append("rm \(path.quotedForShell)   (a hard link makes the file public)")
            }
        }
        return lines
    }
}
