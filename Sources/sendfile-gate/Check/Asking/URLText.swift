import SendfileBasics

/// An `http` or `https` URL whose path is not normalized.
struct URLText: Sendable, Equatable {
    /// The scheme and authority without user and password, such as `https://example.org:8443`.
    let origin: String
    /// The scheme and authority with user and password.
    private let base: String
    /// The path from the first slash to the query, percent-encoded.
    var path: String
    /// The query with its question mark, or an empty string. It may contain a secret, such as a link's signature.
    var query: String

    /// - Returns: `nil` if the text is not such a URL.
    init?(_ text: String) {
        guard let separator = text.firstRange(of: "://"), !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else {
            return nil
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        // Bytes, because a separator and an accent behind it are one `Character`.
        let rest = text.utf8[separator.upperBound...].prefix { $0 != UInt8(ascii: "#") }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard scheme == "http" || scheme == "https", !authority.isEmpty else { return nil }
        let tail = rest[authority.endIndex...]
        let path = tail.prefix { $0 != UInt8(ascii: "?") }
        let host = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[authority.index(after: $0)...] }
        self.base = "\(scheme)://\(Substring(authority))"
        self.origin = "\(scheme)://\(Substring(host ?? authority))"
        self.path = path.isEmpty ? "/" : String(Substring(path))
        self.query = String(Substring(tail[path.endIndex...]))
    }

    /// The URL of another path and query, with user and password.
    func text(at target: String) -> String { self.base + target }

    var text: String { self.base + self.path + self.query }

    /// The URL for a report, without password and query.
    var shown: String { self.origin + self.path + (self.query.isEmpty ? "" : "?…") }

    /// The last component of the path, decoded.
    var name: [UInt8] {
        PercentEncoding.decode(self.path.utf8.suffix(while: { $0 != UInt8(ascii: "/") }))
    }

    /// The URL with another path and without a query.
    func at(_ path: String) -> URLText {
        var url = self
        url.path = path
        url.query = ""
        return url
    }

    /// The URL with another last component, which is percent-encoded here.
    func beside(_ name: some Sequence<UInt8>) -> URLText {
        var url = self
        let last = self.path.utf8.suffix(while: { $0 != UInt8(ascii: "/") })
        url.path = String(self.path[..<last.startIndex]) + PercentEncoding.text(Array(name))
        return url
    }

    /// The URL of the directory, without a slash at the end; `nil` for the top.
    var directory: URLText? {
        let parts = self.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 2 else { return nil }
        return self.at(parts.dropLast().joined(separator: "/"))
    }
}

extension BidirectionalCollection {
    /// The longest suffix whose elements all satisfy the condition.
    fileprivate func suffix(while predicate: (Element) -> Bool) -> SubSequence {
        var start = self.endIndex
        while start > self.startIndex, predicate(self[self.index(before: start)]) { start = self.index(before: start) }
        return self[start...]
    }
}
