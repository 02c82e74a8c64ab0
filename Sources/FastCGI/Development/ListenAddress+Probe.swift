import Glibc

extension ListenAddress {
    /// Whether a connection to this TCP address is accepted.
    var acceptsConnections: Bool {
        guard case .tcp(let host, let port) = self.kind else { return false }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let info = list?.pointee else { return false }
        defer { freeaddrinfo(list) }
        let descriptor = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return connect(descriptor, info.ai_addr, info.ai_addrlen) == 0
    }
}

extension ListeningSocket {
    /// The TCP port that the kernel has chosen, or the one that was asked for.
    var port: UInt16? {
        // The port has the same place in the addresses of IPv4 and IPv6.
        self.withOwnAddress { address, _ in
            UnsafeRawPointer(address).loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        }.map { UInt16(bigEndian: $0) }
    }

    /// The IP address on which this socket listens.
    var ipAddress: String? {
        self.withOwnAddress { address, size in
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                return nil
            }
            return String(decoding: text.lazy.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self)
        } ?? nil
    }

    private func withOwnAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(self.descriptor, address, &size) == 0 ? body(address, size) : nil
            }
        }
    }
}
