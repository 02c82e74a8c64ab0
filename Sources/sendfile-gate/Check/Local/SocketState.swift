import CLinux
import Glibc

/// The state of the program's listening socket.
enum SocketState: Sendable, Equatable {
    case listens
    case missing
    case noSocket
    /// The socket exists but no process listens: the program has ended.
    case deaf
    /// The web server's user has no permission to connect.
    case closed(String)
    case unknown(String)

    init(at path: String, for user: LocalUser?) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = errno == ENOENT || errno == ENOTDIR ? .missing : .unknown(String(cString: strerror(errno)))
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            self = .noSocket
            return
        }
        switch Self.connect(to: path) {
        case 0: break
        case ECONNREFUSED:
            self = .deaf
            return
        case let code:
            self = .unknown(String(cString: strerror(code)))
            return
        }
        if let user, let list = AccessControlList(of: path), !list.allows(.init(rawValue: 2), to: user) {
            self = .closed(user.name)
        } else {
            self = .listens
        }
    }

    /// - Returns: 0 or an errno.
    private static func connect(to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return ENAMETOOLONG }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
