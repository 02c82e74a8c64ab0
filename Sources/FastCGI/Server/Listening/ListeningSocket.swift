import CLinux
import Glibc
import Logging
import SystemPackage

/// A socket on which web servers connect.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    let address: String
    /// A Unix socket.
    let isLocal: Bool
    /// The path to remove when the server stops, and the inode that was created there. Another server's socket is not
    /// removed.
    private var ownPath: (path: String, inode: UInt64)?
    private var isInherited = false
    /// Whether another process has the socket, too, and accepts pending connections when this process has ended:
    /// systemd keeps the sockets that it passes on.
    private(set) var isShared = false
    /// The addresses that may connect; `nil` if every peer may that reaches the socket.
    private(set) var peers: PeerAddresses?

    private init(descriptor: Int32, address: String, isLocal: Bool) {
        self.descriptor = descriptor
        self.address = address
        self.isLocal = isLocal
    }

    /// The inherited sockets, or the configured one: the configured address, otherwise fd 0 if it is a listening socket
    /// (lighttpd `bin-path`, mod_fcgid, spawn-fcgi), else systemd's. Behind a web server that the program has started, fd 0 comes first.
    static func all(
        _ configuration: FastCGIServer.Configuration, environment: ListenEnvironment, logger: Logger
    ) throws(ListeningSocketError) -> [ListeningSocket] {
        var sockets = try Self.unrestricted(configuration, environment: environment)
        for index in sockets.indices { try sockets[index].restrict(to: configuration.peers, logger: logger) }
        return sockets
    }

    private static func unrestricted(
        _ configuration: FastCGIServer.Configuration, environment: ListenEnvironment
    ) throws(ListeningSocketError) -> [ListeningSocket] {
        if let address = configuration.listen, !DevelopmentSite.isRunning {
            return [try Self.open(address, configuration)]
        }
        if let inherited = Self.inherited(0) { return [inherited] }
        let sockets = environment.systemdDescriptors.compactMap(Self.inherited).map { socket in
            var socket = socket
            socket.isShared = true
            return socket
        }
        guard !sockets.isEmpty else { throw .noSocket }
        return sockets
    }

    /// A descriptor that is a listening socket already, or `nil`.
    private static func inherited(_ descriptor: Int32) -> ListeningSocket? {
        guard Self.option(descriptor, SO_ACCEPTCONN) == 1, let domain = Self.option(descriptor, SO_DOMAIN) else {
            return nil
        }
        // accept4(2) must not wait. The descriptor becomes non-blocking for other processes that share it, too; the other
        // instances of this program expect that.
        let flags = linux_fcntl(descriptor, F_GETFL, 0)
        _ = linux_fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        _ = linux_fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let isLocal = domain == AF_UNIX
        if !isLocal { Self.enable(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) }
        var socket = ListeningSocket(
            descriptor: descriptor, address: "inherited descriptor \(descriptor)", isLocal: isLocal)
        socket.isInherited = true
        return socket
    }

    /// Determines the peers that may connect.
    private mutating func restrict(to peers: PeerAddresses?, logger: Logger) throws(ListeningSocketError) {
        guard !self.isLocal else {
            if let peers, !peers.isAny {
                logger.warning(
                    "FASTCGI_PEERS has no effect on \(self.address): the mode of a Unix socket determines which users may connect"
                )
            }
            return
        }
        let own = self.ownAddress
        try Self.check(own, peers, address: self.address)
        guard let peers else { return }
        if !peers.isAny {
            self.peers = peers
        } else if !own.isLoopback {
            logger.warning(
                "\(self.address) is reachable from other machines, and FASTCGI_PEERS is any: every machine that reaches it can send any parameters, such as a user"
            )
        }
    }

    /// Throws an error if other machines can reach the address, and no setting says which of them may connect.
    static func check(
        _ own: PeerAddress, _ peers: PeerAddresses?, address: String
    ) throws(ListeningSocketError) {
        guard peers != nil || own.isLoopback else { throw .peersRequired(address: address, own: own) }
    }

    /// The address of a TCP socket, without its port. If the kernel does not report it, it counts as reachable from everywhere.
    private var ownAddress: PeerAddress {
        Self.withStorage { address, size in
            getsockname(self.descriptor, address, size) == 0 ? PeerAddress(address) : nil
        } ?? .unspecified
    }

    private static func withStorage<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
        }
    }

    private static func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    private static func enable(_ descriptor: Int32, _ level: Int32, _ name: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, name, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: Opening

    private static func open(
        _ address: ListenAddress, _ configuration: FastCGIServer.Configuration
    ) throws(ListeningSocketError) -> ListeningSocket {
        switch address.kind {
        case .unix(let path): try Self.openUnix(path, mode: configuration.socketMode)
        case .tcp(let host, let port):
            try Self.openTCP(host, port) { own throws(ListeningSocketError) in
                try Self.check(own, configuration.peers, address: address.description)
            }
        }
    }

    static func withAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
        -> Result
    {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    static func openUnix(_ path: String, mode: FilePermissions) throws(ListeningSocketError) -> ListeningSocket {
        guard !path.isEmpty, path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path),
            !path.utf8.contains(0)
        else {
            throw Self.badPath(path)
        }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw ListeningSocketError.failure(path: path, code: errno) }
        do throws(ListeningSocketError) {
            try Self.removeStale(path)
            // The socket is created with this mode less the umask, and then given the mode exactly: at no time may more users connect.
            fchmod(descriptor, mode.rawValue)
            guard Self.withAddress(path, { bind(descriptor, $0, $1) }) == 0, chmod(path, mode.rawValue) == 0,
                Glibc.listen(descriptor, SOMAXCONN) == 0
            else { throw ListeningSocketError.failure(path: path, code: errno) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        var socket = ListeningSocket(descriptor: descriptor, address: path, isLocal: true)
        var status = stat()
        if stat(path, &status) == 0 { socket.ownPath = (path, UInt64(status.st_ino)) }
        return socket
    }

    static func badPath(_ path: String) -> ListeningSocketError {
        .unavailable(address: path, reason: "a socket's path has 1 to 107 bytes; give a shorter one")
    }

    /// Removes a socket at `path` on which no process listens. Anything else there is an error.
    private static func removeStale(_ path: String) throws(ListeningSocketError) {
        switch try Self.occupant(of: path) {
        case .nothing: return
        case .listener:
            throw .unavailable(address: path, reason: "another program listens there; end it, or give another path")
        case .stale:
            guard Glibc.unlink(path) == 0 else { throw ListeningSocketError.failure(path: path, code: errno) }
        }
    }

    /// The kind of file at the path of a Unix socket.
    enum Occupant {
        case nothing
        /// A socket on which no process listens.
        case stale
        case listener
    }

    /// - Throws: An error if something other than a socket is there.
    static func occupant(of path: String) throws(ListeningSocketError) -> Occupant {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw ListeningSocketError.failure(path: path, code: errno) }
            return .nothing
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .unavailable(address: path, reason: "a file that is not a socket is there; give another path")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw ListeningSocketError.failure(path: path, code: errno) }
        defer { Glibc.close(probe) }
        // EAGAIN is a full backlog: another process listens, and is busy.
        return Self.withAddress(path, { connect(probe, $0, $1) }) != 0 && errno == ECONNREFUSED ? .stale : .listener
    }

    /// - Parameters:
    ///   - listens: Whether clients can connect.
    ///   - check: Called with the address before a client can connect.
    static func openTCP(
        _ host: String, _ port: UInt16, listens: Bool = true,
        check: (PeerAddress) throws(ListeningSocketError) -> Void = { _ throws(ListeningSocketError) in }
    ) throws(ListeningSocketError) -> ListeningSocket {
        let name = ListenAddress.tcp(host: host, port: port).description
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0, let info = list else {
            throw .unavailable(address: name, reason: String(cString: gai_strerror(result)))
        }
        defer { freeaddrinfo(list) }
        try check(PeerAddress(info.pointee.ai_addr) ?? .unspecified)
        let descriptor = socket(
            info.pointee.ai_family, info.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw ListeningSocketError.failure(address: name, code: errno) }
        Self.enable(descriptor, SOL_SOCKET, SO_REUSEADDR)
        // Accepted connections inherit it: a response's last few bytes must not wait for an acknowledgement.
        Self.enable(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        guard bind(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0,
            !listens || Glibc.listen(descriptor, SOMAXCONN) == 0
        else {
            let code = errno
            Glibc.close(descriptor)
            throw ListeningSocketError.failure(address: name, code: code)
        }
        return ListeningSocket(descriptor: descriptor, address: name, isLocal: false)
    }

    // MARK: Accepting

    /// A connection that was pending.
    enum Accepted {
        case connection(Int32)
        /// The peer's address is not among ``peers``. The connection is closed.
        case refused(PeerAddress?)
        /// No connection is pending, or accept4(2) failed: an errno.
        case failure(Int32)
    }

    /// Accepts a pending connection.
    func accept() -> Accepted {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard let peers = self.peers else {
            let descriptor = linux_accept(self.descriptor, flags)
            return descriptor >= 0 ? .connection(descriptor) : .failure(errno)
        }
        return Self.withStorage { address, size in
            let descriptor = accept4(self.descriptor, address, size, flags)
            guard descriptor >= 0 else { return .failure(errno) }
            let peer = PeerAddress(address)
            if let peer, peers.contains(peer) { return .connection(descriptor) }
            Glibc.close(descriptor)
            return .refused(peer)
        }
    }

    /// Whether a connection is pending.
    var isAwaited: Bool {
        var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 1 && descriptor.revents & Int16(POLLIN) != 0
    }

    // MARK: Leaving

    /// Refuses new connections, if no pending connection is lost by that.
    func refuseConnections() {
        guard let ownPath else { return }
        var status = stat()
        if stat(ownPath.path, &status) == 0, UInt64(status.st_ino) == ownPath.inode { Glibc.unlink(ownPath.path) }
        // A connect(2) that has found the path is refused from now on. accept4(2) still returns pending connections.
        shutdown(self.descriptor, Int32(SHUT_RD))
    }

    /// Ends listening on a socket that this process opened. An inherited one stays: other processes may accept from it, and the kernel
    /// keeps pending connections.
    func stopListening() {
        if !self.isInherited { shutdown(self.descriptor, Int32(SHUT_RDWR)) }
    }

    /// Closes a socket that this process opened.
    func close() {
        if !self.isInherited { Glibc.close(self.descriptor) }
    }
}
