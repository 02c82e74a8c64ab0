import SendfileBasics

/// A file's path in a link: decoded, without a leading slash, and in a form that every program interprets as the same
/// file.
package struct LinkPath: Sendable, Hashable {
    /// Without a leading slash.
    package let bytes: [UInt8]

    /// Creates a path from one with or without a leading slash.
    ///
    /// NUL is rejected for two reasons: no file name contains it, and the MD5 formats sign a plain concatenation, which
    /// the owner of one link could extend by MD5's padding and more text; every such padding contains a NUL.
    init(_ path: some Sequence<UInt8>) throws(PathFlaw) {
        var bytes = Array(path)
        if bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
        guard !bytes.isEmpty else { throw PathFlaw(description: "it is empty") }
        guard !bytes.contains(0) else { throw PathFlaw(description: "it contains a NUL byte") }
        for component in PathComponent.all(of: bytes) {
            switch PathComponent(component) {
            case .empty: throw PathFlaw(description: "a component of it is empty")
            case .current, .parent: throw PathFlaw(description: "a component of it is . or ..")
            case .name: continue
            }
        }
        self.bytes = bytes
    }

    /// Creates a path from that of a request.
    package init(requested path: some Sequence<UInt8>) throws(LinkFlaw) {
        do {
            try self.init(path)
        } catch {
            throw LinkFlaw.malformed("no file has the path: \(error)")
        }
    }

    /// With a leading slash.
    var absolute: [UInt8] { [UInt8(ascii: "/")] + self.bytes }

    /// Percent-encoded, without a leading slash.
    var encoded: String { PercentEncoding.text(self.bytes, keeping: PercentEncoding.pathCharacters) }

    /// The reason why a path is invalid.
    package struct PathFlaw: Error, CustomStringConvertible {
        package let description: String
    }
}
