import Glibc
import SystemPackage

/// The reason why a socket to listen on is unavailable.
public struct ListeningSocketError: ProgramError, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The exit status of sysexits.h.
        let exitStatus: Int32

        /// The program was started without a socket and without an address.
        public static let noSocket = Self(description: "noSocket", exitStatus: 64)
        /// A socket cannot be opened at the address.
        public static let unavailable = Self(description: "unavailable", exitStatus: 69)
        /// Other machines can reach the address, and the configuration does not say which of them may connect.
        public static let peersRequired = Self(description: "peersRequired", exitStatus: 78)
    }

    /// The kind of error.
    public let code: Code

    /// The address at which no socket can be opened; `nil` without an address.
    public let address: String?

    /// One sentence: the address, the reason, and the remedy.
    public let description: String

    /// The exit status of sysexits.h: 64 (usage) without a socket, 69 (service unavailable) where the address is unavailable, 78
    /// (configuration) without the addresses that may connect.
    public var exitStatus: Int32 { self.code.exitStatus }

    /// Whether another program listens at the TCP address.
    private(set) var isInUse = false

    static let noSocket = Self(
        code: .noSocket, address: nil,
        description:
            "This is a FastCGI program: a web server starts it with a listening socket as standard input; to start it by "
            + "hand, set FASTCGI_LISTEN to a path, host:port or [::1]:port.")

    static func unavailable(address: String, reason: String) -> Self {
        Self(code: .unavailable, address: address, description: "cannot listen on \(address): \(reason)")
    }

    static func peersRequired(address: String, own: PeerAddress) -> Self {
        let port = address.hasPrefix("inherited") ? "\(address), which listens on \(own)" : address
        return Self(
            code: .peersRequired, address: address,
            description:
                "FASTCGI_PEERS is missing, and other machines can reach \(port): FastCGI has no authentication, so each of them could "
                + "send any parameters, such as a user; set FASTCGI_PEERS to the addresses of the web servers, such as 192.0.2.10 or "
                + "192.0.2.0/28, or to any if a firewall admits only them, or listen on a loopback address or a Unix socket"
        )
    }

    /// An errno about a Unix socket's path, with its remedy.
    static func failure(path: String, code: Int32) -> ListeningSocketError {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let directory = end == path.startIndex ? path.hasPrefix("/") ? "/" : "." : String(path[..<end])
        let remedy: String? =
            switch code {
            case ENOENT: "the directory \(directory) does not exist; create it"
            case ENOTDIR: "\(directory) is not a directory; give a path in one"
            case EACCES, EPERM: "let the program's user write in \(directory), or give a path where it may"
            case EROFS: "give a path where the program may write; RuntimeDirectory= of systemd makes a directory"
            default: nil
            }
        return Self.failure(path, code, remedy)
    }

    /// An errno about a TCP address, with its remedy.
    static func failure(address: String, code: Int32) -> ListeningSocketError {
        let remedy: String? =
            switch code {
            case EADDRINUSE: "another program listens there; end it, or give another port"
            case EACCES, EPERM: "ports below 1024 are for root; give one from 1024 on"
            case EADDRNOTAVAIL: "this machine has no such address; give one that it has, such as 127.0.0.1"
            default: nil
            }
        var error = Self.failure(address, code, remedy)
        error.isInUse = code == EADDRINUSE
        return error
    }

    private static func failure(_ address: String, _ code: Int32, _ remedy: String?) -> ListeningSocketError {
        .unavailable(address: address, reason: "\(Errno(rawValue: code))" + (remedy.map { ": \($0)" } ?? ""))
    }
}
