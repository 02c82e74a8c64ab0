import CLinux
import Glibc

extension SendfileRequest {
    /// Whether this request came from an Apache whose mod_fcgid has started this program.
    ///
    /// mod_fcgid and mod_proxy_fcgi send the same parameters, but for `SCRIPT_FILENAME`: to the one it is the program that it
    /// starts, to the other `proxy:fcgi://…` or, with `ProxyFCGIBackendType GENERIC`, a path made of the URL.
    func isFromFcgid(serverSoftware: String?) -> Bool {
        guard serverSoftware?.isVersion(of: "Apache") == true, let path = self.serverParameter("SCRIPT_FILENAME"),
            path.utf8.first == UInt8(ascii: "/"), let running = FileIdentity.runningProgram
        else { return false }
        return FileIdentity(of: path) == running
    }
}

/// Which file a path leads to.
private struct FileIdentity: Sendable, Equatable {
    /// The file that this process runs; `nil` where /proc is missing.
    static let runningProgram = Self(of: "/proc/self/exe")

    private let device: dev_t
    private let inode: ino_t

    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.device = status.st_dev
        self.inode = status.st_ino
    }
}
