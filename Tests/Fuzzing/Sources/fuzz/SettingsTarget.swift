@testable import FastCGI
@testable import Sendfile
@testable import SendfileBasics

/// The texts of settings: a value is refused, or is read as it was written.
enum SettingsTarget {
    static func run(_ input: Input) {
        var input = input
        let file = input.line()
        Self.mapping(input.text(), file: file)
        Self.duration(input.text())
        Self.addresses(input.text())
        let text = input.text()
        if let listen = ListenAddress(text) { require(ListenAddress(listen.description) == listen, text) }
        Self.size(input.text())
    }

    /// The internal URL of a file below a directory of the mapping is a prefix of the mapping and then the rest of the path.
    private static func mapping(_ text: String, file: [UInt8]) {
        guard let mapping = try? InternalURLMapping(text, from: .environment) else { return }
        let path = [UInt8(ascii: "/")] + file
        guard let encoded = mapping.encoded(for: path) else { return }
        require(
            encoded.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") },
            "\(text): \(encoded)")
        let decoded = PercentEncoding.decode(encoded)
        let rests = path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { path[($0 + 1)...] }
        require(rests.contains { !$0.isEmpty && decoded.reversed().starts(with: $0.reversed()) }, "\(text): \(decoded)")
    }

    private static func duration(_ text: String) {
        guard let duration = DurationText.duration(text) else { return }
        require(duration >= .zero && duration <= DurationText.longest, text)
        require(DurationText.duration(DurationText.text(duration)) == duration, text)
        require(text.utf8.allSatisfy { ("0123456789.mshdw").utf8.contains($0) }, text)
    }

    private static func size(_ text: String) {
        guard let bytes = SizeText.bytes(text) else { return }
        require(bytes >= 0 && SizeText.bytes(String(bytes)) == bytes, text)
        require(text.utf8.allSatisfy { ("0123456789kKmMgG").utf8.contains($0) }, text)
    }

    private static func addresses(_ text: String) {
        if let address = PeerAddress(text) {
            require(PeerAddress("\(address)") == address, text)
            require(PeerAddresses(text).map { $0.contains(address) } == true, text)
        }
        guard let peers = PeerAddresses(text) else { return }
        require(PeerAddresses(peers.description) == peers, text)
        // Each entry contains its own first address.
        for entry in text.split(whereSeparator: { ", \t".contains($0) }) where !peers.isAny {
            let first = PeerAddress(entry.prefix { $0 != "/" })
            require(first.map(peers.contains) == true, text)
        }
    }
}
