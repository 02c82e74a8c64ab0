import CLinux
import Glibc

/// Checks the address to listen on as a start would, without listening.
package enum ListeningCheck {
    /// The result, for an administrator.
    ///
    /// - Throws: The error of the start, unless another program listens at the address: that may be the one that is going to be
    ///   started again.
    package static func look(_ configuration: FastCGIServer.Configuration) throws(ListeningSocketError) -> String {
        guard let address = configuration.listen else {
            return
                "FASTCGI_LISTEN is not set: the socket comes from systemd, or from the web server that starts the program"
        }
        return switch address.kind {
        case .unix(let path): try Self.look(atPath: path)
        case .tcp(let host, let port): try Self.look(at: host, port, peers: configuration.peers)
        }
    }

    private static func look(atPath path: String) throws(ListeningSocketError) -> String {
        guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            throw ListeningSocket.badPath(path)
        }
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let directory = end == path.startIndex ? path.hasPrefix("/") ? "/" : "." : String(path[..<end])
        var status = stat()
        guard stat(directory, &status) == 0 else { throw ListeningSocketError.failure(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ListeningSocketError.failure(path: path, code: ENOTDIR)
        }
        switch try ListeningSocket.occupant(of: path) {
        case .listener: return "\(path): a program listens there; it must end before another one can start"
        case .stale, .nothing:
            guard access(directory, W_OK | X_OK) == 0 else {
                throw ListeningSocketError.failure(path: path, code: errno)
            }
            return "\(path): this user can create the socket"
        }
    }

    private static func look(
        at host: String, _ port: UInt16, peers: PeerAddresses?
    ) throws(ListeningSocketError) -> String {
        let name = ListenAddress.tcp(host: host, port: port).description
        do {
            // Bound and closed: no client can connect.
            let socket = try ListeningSocket.openTCP(host, port, listens: false) { own throws(ListeningSocketError) in
                try ListeningSocket.check(own, peers, address: name)
            }
            socket.close()
        } catch  where error.isInUse {
            return "\(name): a program listens there; it must end before another one can start"
        }
        return "\(name): the address is free"
    }
}
