import Glibc
import Testing

@testable import FastCGI

@Suite struct PeerAddressesTests {
    @Test(
        "A list contains the addresses and the networks in it",
        arguments: [
            ("192.0.2.10", ["192.0.2.10"], ["192.0.2.11", "::1", "::c000:20a"]),
            ("192.0.2.0/28", ["192.0.2.0", "192.0.2.15"], ["192.0.2.16", "192.0.1.255"]),
            ("0.0.0.0/0", ["192.0.2.1", "127.0.0.1"], ["2001:db8::1"]),
            ("::/0", ["2001:db8::1", "192.0.2.1"], []),
            ("2001:db8:0:1::/64", ["2001:db8:0:1::", "2001:db8:0:1:ffff::9"], ["2001:db8:0:2::", "192.0.2.1"]),
            ("::1", ["::1"], ["127.0.0.1", "::2"]),
            ("::ffff:192.0.2.0/120", ["192.0.2.77", "::ffff:192.0.2.1"], ["192.0.3.1"]),
            ("127.0.0.1,192.0.2.1, 192.0.2.4/30\t::1", ["127.0.0.1", "192.0.2.1", "192.0.2.7", "::1"], ["192.0.2.8"]),
            ("any", ["192.0.2.1", "::1", "2001:db8::1"], []),
        ])
    func lists(text: String, inside: [String], outside: [String]) throws {
        let peers = try #require(PeerAddresses(text))
        #expect(peers.description == text)
        for address in inside { #expect(peers.contains(try #require(PeerAddress(address))), "\(address)") }
        for address in outside { #expect(!peers.contains(try #require(PeerAddress(address))), "\(address)") }
    }

    @Test(
        "A list that could contain other addresses than it seems to is refused",
        arguments: [
            "", " ", ",", "localhost", "192.0.2.10/8", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/",
            "192.0.2", "192.0.2.010", "0xc0.0.2.1", "2001:db8::/129", "2001:db8::1/64", "[::1]", "::1%lo",
            "192.0.2.1:9000",
            "192.0.2.1;192.0.2.2", "192.0.2.1 any", "ANY", "192.0.2.0/0",
        ])
    func invalid(text: String) {
        #expect(PeerAddresses(text) == nil)
    }

    @Test("An IPv4 address is equal on an IPv4 and an IPv6 socket, and is shown as an IPv4 address") func mapped()
        throws
    {
        let address = try #require(PeerAddress("::ffff:192.0.2.10"))
        #expect(address == PeerAddress("192.0.2.10"))
        #expect("\(address)" == "192.0.2.10")
        #expect(PeerAddress("2001:DB8::0:1").map(String.init(describing:)) == "2001:db8::1")

        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "192.0.2.10", &four.sin_addr)
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        inet_pton(AF_INET6, "::ffff:192.0.2.10", &six.sin6_addr)
        var local = sockaddr_un()
        local.sun_family = sa_family_t(AF_UNIX)
        #expect(Self.read(&four) == address)
        #expect(Self.read(&six) == address)
        #expect(Self.read(&local) == nil)
    }

    private static func read<Specific>(_ address: inout Specific) -> PeerAddress? {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { PeerAddress($0) }
        }
    }

    @Test(
        "Only loopback addresses count as such",
        arguments: [
            ("127.0.0.1", true), ("127.255.255.254", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false), ("128.0.0.1", false), ("::2", false), ("192.0.2.1", false), ("fe80::1", false),
        ])
    func loopback(text: String, isLoopback: Bool) {
        #expect(PeerAddress(text)?.isLoopback == isLoopback)
    }
}
