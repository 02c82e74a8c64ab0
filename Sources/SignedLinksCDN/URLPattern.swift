import SendfileBasics
import SignedLinks

/// A pattern with the wildcards of CDNs: `*` matches any number of characters, slashes too, and `?` one character.
///
/// A `*` with text behind it does not match the question mark before a query: a client can append any query, so that `/*.jpg` would
/// otherwise cover `/secret.pdf?.jpg`.
struct URLPattern {
    private static let star = UInt8(ascii: "*")
    private static let mark = UInt8(ascii: "?")
    private static let slash = UInt8(ascii: "/")

    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Whether the pattern matches a whole URL.
    func matches(_ url: [UInt8]) -> Bool {
        guard let end = url.firstIndex(of: Self.mark) else { return Self.matches(self.bytes[...], url[...]) }
        let (path, query) = (url[..<end], url[(end + 1)...])
        if self.bytes.last == Self.star, Self.matches(self.bytes[...], path) { return true }
        return self.bytes.indices.contains { index in
            self.bytes[index] == Self.mark && Self.matches(self.bytes[..<index], path)
                && Self.matches(self.bytes[(index + 1)...], query)
        }
    }

    /// Whether a pattern matches a whole text, in which no character is special.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (place, index) = (pattern.startIndex, text.startIndex)
        // The last star, and the end of the text that it matches. An earlier star never has to match more.
        var last: (place: Int, index: Int)?
        while index < text.endIndex {
            if place < pattern.endIndex, pattern[place] == Self.star {
                last = (place, index)
                place += 1
            } else if place < pattern.endIndex, pattern[place] == Self.mark || pattern[place] == text[index] {
                (place, index) = (place + 1, index + 1)
            } else if let star = last {
                last = (star.place, star.index + 1)
                (place, index) = (star.place + 1, star.index + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == Self.star }
    }

    /// The files that a pattern for decoded paths covers, one of which is requested: a folder, if the only wildcard is a star behind a
    /// slash, and the file in every other case.
    ///
    /// - Parameters:
    ///   - file: The requested file's path below the site's prefix, without a leading slash.
    ///   - path: The request's whole path, decoded.
    func scope(of file: LinkPath, in path: [UInt8]) -> Grant.Scope {
        let folder = self.bytes.dropLast()
        let prefix = path.dropLast(file.bytes.count)
        guard self.bytes.last == Self.star, folder.last == Self.slash,
            !folder.contains(Self.star), !folder.contains(Self.mark), path.suffix(file.bytes.count) == file.bytes[...]
        else { return .file(file.bytes) }
        let scope = Grant.Scope.folder(folder.starts(with: prefix) ? folder.dropFirst(prefix.count) : [])
        return scope.covers(file) ? scope : .file(file.bytes)
    }
}
