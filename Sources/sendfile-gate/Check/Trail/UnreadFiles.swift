import CLinux
import Glibc

/// Files in the directory of a web server's configuration that are meant for a gate, and that the web server does not read.
enum UnreadFiles {
    private static let directories: [FrontServer: [String]] = [
        .nginx: ["/etc/nginx"], .apache: ["/etc/apache2", "/etc/httpd"], .lighttpd: ["/etc/lighttpd"],
    ]

    /// The most entries that are looked at.
    private static let most = 2_000

    static func find(_ configuration: ServerConfiguration) -> [String] {
        let read = Set(
            (configuration.directives.flatMap(\.all).map(\.file) + [configuration.file]).compactMap(
                CheckedFile.resolved))
        var directories = Self.directories[configuration.server] ?? []
        var found: [String] = []
        var count = 0
        while let directory = directories.popLast(), count < Self.most {
            for name in SampleFile.names(in: directory) where !name.hasPrefix(".") {
                count += 1
                let path = "\(directory)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: directories.append(path)
                case S_IFREG where !read.contains(path) && Self.isForGate(path): found.append(path)
                default: continue
                }
            }
        }
        return found.sorted()
    }

    private static func isForGate(_ path: String) -> Bool {
        guard var text = ConfigurationText(of: path) else { return false }
        let content = text.take { _ in true }
        return content.contains("sendfile-gate.sock") || content.contains("SENDFILE_BACKEND")
    }
}
