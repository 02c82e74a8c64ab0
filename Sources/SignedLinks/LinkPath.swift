/// A file's path in a link: decoded, without a leading slash, and such that it means the same file to everybody.
struct LinkPath: Sendable, Hashable {
    /// Without a leading slash.
    let bytes: [UInt8]

    /// Takes a path with or without one leading slash.
    ///
    /// NUL is refused for two reasons: no file has it in its name, and the MD5 formats sign a mere concatenation, which whoever
    /// has one link could extend by MD5's padding and more; every such padding has NUL in it.
    init(_ path: some Sequence<UInt8>) throws(PathFlaw) {
        var bytes = Array(path)
        if bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
        guard !bytes.isEmpty else { throw PathFlaw(description: "it is empty") }
        guard !bytes.contains(0) else { throw PathFlaw(description: "it has a NUL byte") }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty { throw PathFlaw(description: "a component of it is empty") }
            if component.allSatisfy({ $0 == UInt8(ascii: ".") }), component.count <= 2 {
                throw PathFlaw(description: "a component of it is . or ..")
            }
        }
        self.bytes = bytes
    }

    /// Takes the path of a request.
    init(requested path: some Sequence<UInt8>) throws(LinkFlaw) {
        do {
            try self.init(path)
        } catch {
            throw LinkFlaw.malformed("no file has the path: \(error)")
        }
    }

    /// With a leading slash.
    var absolute: [UInt8] { [UInt8(ascii: "/")] + self.bytes }

    /// Percent-encoded, without a leading slash.
    var encoded: String { PercentEncoding.encode(self.bytes) }

    /// What is wrong with a path.
    struct PathFlaw: Error, CustomStringConvertible {
        let description: String
    }
}
