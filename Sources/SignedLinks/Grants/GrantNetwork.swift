import Glibc
import SendfileBasics

extension Grant {
    /// A range of addresses, IPv4 or IPv6: `203.0.113.0/24`, `2001:db8::/32`, or a single address.
    ///
    /// An IPv4 address in its IPv6 form, `::ffff:203.0.113.9`, is the IPv4 address.
    public struct Network: Sendable, Hashable, CustomStringConvertible {
        /// The first address.
        private let first: Address
        /// The number of bits that an address has in common with the first one.
        private let length: Int

        /// Reads an address, or a network of CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3); `nil` for any other text, and for a
        /// network with bits beyond its length, such as `203.0.113.9/24`.
        public init?(_ text: String) {
            self.init(text, isMasked: false)
        }

        /// Reads a network; if its bits are masked, those beyond its length do not matter.
        package init?(_ text: String, isMasked: Bool) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let (address, isMapped) = Address.read(String(parts[0])) else { return nil }
            var length = address.width
            if parts.count == 2 {
                guard let number = UnixTime.decimal(Array(parts[1].utf8)).flatMap({ Int(exactly: $0) }) else {
                    return nil
                }
                length = isMapped ? number - 96 : number
            }
            guard (0...address.width).contains(length) else { return nil }
            let first = address.prefix(length)
            guard isMasked || first == address.bits else { return nil }
            self.first = Address(bits: first, width: address.width)
            self.length = length
        }

        /// The network that is one client: the first 64 bits of an IPv6 address, because a browser changes the others; `nil` for any other
        /// text.
        init?(clientOf address: String) {
            guard let (address, _) = Address.read(address), address.width == 128 else { return nil }
            self.length = 64
            self.first = Address(bits: address.prefix(self.length), width: address.width)
        }

        /// Whether the network contains an address; `false` for a text that is not an address.
        public func contains(_ address: String) -> Bool {
            guard let (address, _) = Address.read(address) else { return false }
            return address.width == self.first.width && address.prefix(self.length) == self.first.bits
        }

        /// The network in its shortest notation; a single address has no length.
        public var description: String {
            self.length == self.first.width ? self.first.text : "\(self.first.text)/\(self.length)"
        }
    }

    /// An address of 32 or 128 bits.
    private struct Address: Hashable {
        let bits: UInt128
        let width: Int

        /// Reads an address, and whether it is an IPv4 address in its IPv6 form.
        static func read(_ text: String) -> (address: Address, isMapped: Bool)? {
            guard let bytes = NumericAddress.bytes(text) else { return nil }
            let bits = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
            guard bytes.count == 16 else { return (Address(bits: bits, width: 32), false) }
            return bits >> 32 == 0xFFFF
                ? (Address(bits: bits & 0xFFFF_FFFF, width: 32), true) : (Address(bits: bits, width: 128), false)
        }

        /// The address with zeros in place of the bits after a length.
        func prefix(_ length: Int) -> UInt128 {
            let rest = self.width - length
            return (self.bits >> UInt128(rest)) << UInt128(rest)
        }

        var text: String {
            var bytes = (0..<self.width / 8).map {
                UInt8(truncatingIfNeeded: self.bits >> UInt128(self.width - 8 - 8 * $0))
            }
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                inet_ntop(self.width == 32 ? AF_INET : AF_INET6, &bytes, text.baseAddress, socklen_t(text.count))
                    .map { String(cString: $0) } ?? ""
            }
        }
    }
}
