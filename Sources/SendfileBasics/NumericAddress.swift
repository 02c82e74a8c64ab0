import Glibc

/// The text of an IPv4 or IPv6 address.
package enum NumericAddress {
    /// The bytes of an address, 4 or 16 in network order; `nil` for any other text.
    ///
    /// inet_pton(3) would accept an address, a NUL, and any text behind it.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        let text = String(text)
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
