import CLinux
import Glibc

/// The maximum number of files that this process may have open (`RLIMIT_NOFILE`): each connection is one, and so is
/// each file that is streamed.
enum OpenFileLimit {
    /// Raises the soft limit to the hard one. The soft one is low by default (1,024) for programs that call select(2), which
    /// this library does not.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
