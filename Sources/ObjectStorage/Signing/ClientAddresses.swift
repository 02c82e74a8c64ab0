import Glibc
import Sendfile
import SendfileBasics

/// An address of clients, or a network of them, from which a signed URL is valid.
public struct ClientAddresses: Sendable, Hashable, CustomStringConvertible {
    /// The address or the network as signatures contain it, such as `203.0.113.0/24`.
    public let description: String

    /// Reads an address or a network.
    ///
    /// An IPv4 address in IPv6 form (`::ffff:203.0.113.7`), as web servers pass it that listen for both, becomes the IPv4 address.
    ///
    /// - Parameter text: An address such as `203.0.113.7` or `2001:db8::7`, or a network such as `203.0.113.0/24`.
    /// - Throws: ``ObjectStoreError`` if it is neither, or if the address of a network has bits that its length does not cover: a store
    ///   refuses these.
    public init(_ text: String) throws(ObjectStoreError) {
        guard let canonical = Self.canonical(text) else {
            throw ObjectStoreError(
                .invalidAddresses,
                "\"\(text.printable)\" is neither an address nor a network of clients; use one such as 203.0.113.7 or 203.0.113.0/24"
            )
        }
        self.description = canonical
    }

    private static func canonical(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, var bytes = NumericAddress.bytes(String(parts[0])) else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(parts[1]), bits <= length
            else {
                return nil
            }
            length = bits
        }
        let isMapped = bytes.count == 16 && bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])
        if isMapped, length >= 96 {
            bytes.removeFirst(12)
            length -= 96
        }
        for index in bytes.indices {
            let covered = min(8, max(0, length - index * 8))
            guard bytes[index] & UInt8(0xFF >> covered & 0xFF) == 0 else { return nil }
        }
        let address = self.text(bytes)
        return length == bytes.count * 8 ? address : "\(address)/\(length)"
    }

    private static func text(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
