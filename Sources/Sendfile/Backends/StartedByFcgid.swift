import Glibc

extension SendfileRequest {
    /// Whether this request came from an Apache whose mod_fcgid has started this program.
    ///
    /// mod_fcgid and mod_proxy_fcgi send the same parameters, but for `SCRIPT_FILENAME`: to the one it is the program that it
    /// starts, to the other `proxy:fcgi://…` or, with `ProxyFCGIBackendType GENERIC`, a path made of the URL.
    func isFromFcgid(serverSoftware: String?) -> Bool {
        guard serverSoftware?.isVersion(of: "Apache") == true, let path = self.serverParameter("SCRIPT_FILENAME"),
            path.utf8.first == UInt8(ascii: "/")
        else { return false }
        var named = stat()
        var running = stat()
        return stat(path, &named) == 0 && stat("/proc/self/exe", &running) == 0 && named.st_ino == running.st_ino
            && named.st_dev == running.st_dev
    }
}
