import CLinux
import Glibc

extension SendfileRequest {
    /// Whether this request comes from an Apache whose mod_fcgid has started this program.
    ///
    /// mod_fcgid and mod_proxy_fcgi send the same parameters, except `SCRIPT_FILENAME`: mod_fcgid sends the program
    /// that it starts, and mod_proxy_fcgi `proxy:fcgi://…` or, with `ProxyFCGIBackendType GENERIC`, a path derived from
    /// the URL.
    func isFromFcgid(serverSoftware: String?) -> Bool {
        guard serverSoftware?.isVersion(of: "Apache") == true, let path = self.serverParameter("SCRIPT_FILENAME"),
            path.utf8.first == UInt8(ascii: "/"), let running = FileIdentity.runningProgram
        else { return false }
        return FileIdentity(of: path) == running
    }
}

/// The identity of the file at a path.
private struct FileIdentity: Sendable, Equatable {
    /// The file that this process runs; `nil` if /proc is missing.
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
