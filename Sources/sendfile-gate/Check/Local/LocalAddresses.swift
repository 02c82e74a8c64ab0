import Glibc

/// The addresses of this machine.
enum LocalAddresses {
    /// Whether this machine has an address. The whole network 127.0.0.0/8 leads to it.
    static func contains(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.") || Self.all.contains(address)
    }

    /// The addresses of a host; empty if it is unknown.
    static func resolve(_ host: String) -> [String] {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &list) == 0, let first = list else { return [] }
        defer { freeaddrinfo(first) }
        return sequence(first: first) { $0.pointee.ai_next }.compactMap { $0.pointee.ai_addr }.compactMap(Self.text)
    }

    private static var all: Set<String> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0, let first = list else { return [] }
        defer { freeifaddrs(first) }
        return Set(
            sequence(first: first) { $0.pointee.ifa_next }.compactMap { $0.pointee.ifa_addr }.compactMap(Self.text))
    }

    /// An address without the name of its network interface.
    private static func text(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        let length =
            switch Int32(address.pointee.sa_family) {
            case AF_INET: MemoryLayout<sockaddr_in>.size
            case AF_INET6: MemoryLayout<sockaddr_in6>.size
            default: 0
            }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard length > 0,
            getnameinfo(address, socklen_t(length), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        let bytes = host.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: "%")) }.map(UInt8.init(bitPattern:))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The line about a URL whose host leads elsewhere; `nil` if it leads to this machine or the address is unknown.
    static func shown(_ url: URLText, peer: String?) -> String? {
        guard let peer, !Self.contains(peer) else { return nil }
        let host = RoutedRequest(url).host
        let place = HostLines.find(host).first.map { "\($0.place): \($0.name)" } ?? "\(host) is \(peer)"
        return "\(place)   (not an address of this machine: another machine, a proxy or a CDN answers; "
            + "--connect-to 127.0.0.1 checks this machine's web server)"
    }
}
