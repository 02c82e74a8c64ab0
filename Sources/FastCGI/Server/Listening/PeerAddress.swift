import CLinux
import Glibc
import SendfileBasics

/// The address of a TCP peer, without its port: IPv4 addresses in their IPv6 form, `::ffff:192.0.2.10`, as an IPv6 socket reports them.
struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// The 128 bits of the address, the first byte in the highest bits.
    let bits: UInt128

    /// The upper 96 bits of each IPv4 address.
    private static let mappedPrefix = UInt128(0xFFFF) << 32

    /// The number of bits that precede the 32 bits of an IPv4 address.
    static let mappedLength = 96

    /// `::`, on which a socket accepts connections to every address of the machine.
    static let unspecified = PeerAddress(bits: 0)

    private static let loopback = PeerAddress(bits: 1)

    /// Reads an IPv4 or IPv6 address, without brackets; `nil` for any other text.
    init?(_ text: some StringProtocol) {
        guard let bytes = NumericAddress.bytes(text) else { return nil }
        let bits = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        self.init(bits: bytes.count == 4 ? Self.mappedPrefix | bits : bits)
    }

    /// Reads a socket's address; `nil` for a Unix socket.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET: self.init(address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr })
        case AF_INET6: self.init(address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee.sin6_addr })
        default: return nil
        }
    }

    private init(bits: UInt128) { self.bits = bits }

    private init(_ address: in_addr) {
        self.init(bits: Self.mappedPrefix | UInt128(UInt32(bigEndian: address.s_addr)))
    }

    private init(_ address: in6_addr) {
        self.init(bits: withUnsafeBytes(of: address) { $0.reduce(0) { $0 << 8 | UInt128($1) } })
    }

    var isIPv4: Bool { self.bits >> 32 == 0xFFFF }

    /// Whether only processes of this machine have this address (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3).
    var isLoopback: Bool { self.isIPv4 ? self.bits >> 24 & 0xFF == 127 : self == .loopback }

    var description: String {
        guard !self.isIPv4 else {
            return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: self.bits >> UInt128($0))) }
                .joined(separator: ".")
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { bytes in
            for index in bytes.indices {
                bytes[index] = UInt8(truncatingIfNeeded: self.bits >> UInt128(120 - 8 * index))
            }
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            inet_ntop(AF_INET6, &address, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) } ?? ""
        }
    }
}
