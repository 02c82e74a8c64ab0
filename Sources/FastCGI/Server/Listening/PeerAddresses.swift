/// The addresses of the web servers that may connect to a TCP port.
///
/// FastCGI has no authentication: a peer that can connect chooses every parameter, such as the user. Therefore a server refuses to
/// start on a TCP address that other machines can reach unless its configuration says which addresses may connect.
///
/// ```swift
/// var configuration = try FastCGIServer.Configuration(environment: .process)
/// configuration.listen = .tcp(host: "10.0.0.7", port: 9000)
/// configuration.peers = PeerAddresses("10.0.0.2, 10.0.0.3")
/// ```
///
/// The addresses are those of the connections, which a firewall or a proxy between the machines may change. They do not
/// replace a firewall: a machine on the same network can use the address of another machine.
public struct PeerAddresses: Sendable, Hashable, CustomStringConvertible {
    /// Every address. Use it only where a firewall or a private network admits no other machine than the web servers.
    public static let any = PeerAddresses(networks: [])

    private struct Network: Sendable, Hashable {
        let prefix: UInt128
        /// The bits that an address and the prefix have in common.
        let mask: UInt128

        init?(_ text: Substring) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = PeerAddress(parts[0]) else { return nil }
            let offset = address.isIPv4 && !parts[0].contains(":") ? PeerAddress.mappedLength : 0
            var length = 128
            if parts.count == 2 {
                guard !parts[1].isEmpty, parts[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
                    let number = Int(parts[1]), number <= 128 - offset
                else { return nil }
                length = offset + number
            }
            self.prefix = address.bits
            self.mask = length == 0 ? 0 : UInt128.max << UInt128(128 - length)
            // A mistake in the length, such as 192.0.2.10/8, would let far more machines in.
            guard self.prefix & ~self.mask == 0 else { return nil }
        }

        func contains(_ address: PeerAddress) -> Bool { address.bits & self.mask == self.prefix }
    }

    /// Empty for ``any``.
    private let networks: [Network]

    /// The list as it was written.
    public let description: String

    private init(networks: [Network], description: String = "any") {
        self.networks = networks
        self.description = description
    }

    /// Reads a list as `FASTCGI_PEERS` contains it: addresses and networks, IPv4 or IPv6, separated by commas or spaces, such as
    /// `192.0.2.10, 2001:db8:0:1::/64`; or `any`.
    ///
    /// `nil` for an empty list, a name, and a network that has bits after its prefix length.
    public init?(_ text: String) {
        if text == "any" {
            self = .any
            return
        }
        let entries = text.split { $0 == "," || $0 == " " || $0 == "\t" }
        let networks = entries.compactMap(Network.init)
        guard !networks.isEmpty, networks.count == entries.count else { return nil }
        self.init(networks: networks, description: text)
    }

    var isAny: Bool { self.networks.isEmpty }

    func contains(_ address: PeerAddress) -> Bool {
        self.isAny || self.networks.contains { $0.contains(address) }
    }
}
