import SignedLinks

/// Invented links, and changed links.
enum LinksTarget {
    private static let now = LinkTime(secondsSince1970: 1_780_000_000)
    private static let links: [SignedLinks] = LinkFormat.allNames.compactMap { name in
        LinkFormat(name).flatMap {
            try? SignedLinks(format: $0, keys: [LinkKey(id: "k1", secret: "not for the fuzzer to know")])
        }
    }

    static func run(_ input: Input) {
        var input = input
        let links = Self.links[Int(input.byte()) % Self.links.count]
        let position = Int(input.byte())
        let change = input.byte()
        let (path, query) = (input.line(), input.text())
        // No input has a correct signature.
        if case .valid = links.verify(path: path, query: query, at: Self.now) { require(false, "\(path) \(query)") }

        guard let link = try? links.link(to: path, expires: Self.now + .seconds(60)) else { return }
        let parts = link.split(separator: "?", maxSplits: 1)
        let bytes = Self.decoded(parts[0].utf8)
        let tail = parts.count > 1 ? String(parts[1]) : ""
        guard case .valid(let verified) = links.verify(path: bytes, query: tail, at: Self.now) else {
            return require(false, "\(links.format): \(link) is not valid")
        }
        require(verified.path == (path.first == UInt8(ascii: "/") ? Array(path.dropFirst()) : path), "\(link)")
        require(
            links.verify(path: bytes, query: tail, at: Self.now + .seconds(61)).statusCode == 410,
            "\(link) does not expire")

        // A link with one changed byte is for the same file, or invalid.
        var changed = bytes
        changed[position % changed.count] ^= change
        if case .valid(let other) = links.verify(path: changed, query: tail, at: Self.now) {
            require(other.path == verified.path && other.expires == verified.expires, "\(bytes) and \(changed)")
        }
    }

    /// The program that receives a request decodes its path.
    private static func decoded(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
