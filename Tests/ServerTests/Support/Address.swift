import Glibc

/// An address to connect to or listen on.
enum Address: CustomStringConvertible {
    case loopback(port: UInt16)
    /// A name or an IP address, without brackets.
    case host(String, port: UInt16)
    case unix(path: String)

    var description: String {
        switch self {
        case .loopback(let port): "127.0.0.1:\(port)"
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// Creates a socket of this address's family, not inherited by child processes.
    func makeSocket() throws -> Int32 {
        let family = self.withPointer { address, _ in Int32(address.pointee.sa_family) }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system("socket") }
        return descriptor
    }

    /// A listening socket.
    func listen() throws -> Int32 {
        let descriptor = try self.makeSocket()
        guard self.withPointer({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 128) == 0 else {
            let failure = Failure.system("listen on \(self)")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// A currently unused TCP port.
    static func freePort() throws -> UInt16 {
        let descriptor = try Address.loopback(port: 0).listen()
        defer { close(descriptor) }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { throw Failure.system("getsockname") }
        return UInt16(bigEndian: address.sin_port)
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch self {
        case .loopback(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return Self.withGeneric(&address, body)
        case .host(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let result = getaddrinfo(host, String(port), &hints, &list)
            guard result == 0, let info = list?.pointee else { preconditionFailure("\(host) has no address") }
            defer { freeaddrinfo(list) }
            return body(info.ai_addr, info.ai_addrlen)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let capacity = MemoryLayout.size(ofValue: address.sun_path)
            precondition(path.utf8.count < capacity, "\(path) is too long for a Unix socket")
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            return Self.withGeneric(&address, body)
        }
    }

    private static func withGeneric<Specific, Result>(
        _ address: inout Specific, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Specific>.size))
            }
        }
    }
}
