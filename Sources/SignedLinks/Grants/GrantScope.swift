import SendfileBasics

extension Grant {
    /// The files that a grant covers: one file, or all files below a folder.
    public struct Scope: Sendable, Hashable, CustomStringConvertible {
        /// The path without a leading slash; of a folder without one at the end, too.
        let path: [UInt8]

        /// Whether the scope is a folder.
        public let isFolder: Bool

        /// One file. Its path is decoded, with or without a leading slash.
        public static func file(_ path: String) -> Self { self.file(path.utf8) }

        /// One file, whose name need not be UTF-8.
        public static func file(_ path: some Sequence<UInt8>) -> Self {
            Self(path: Self.withoutFirstSlash(path), isFolder: false)
        }

        /// All files below a folder, at any depth: `films/7` covers `films/7/audio/1.ts`, and neither `films/70/1.ts` nor
        /// `films/7`. The empty path covers every file.
        public static func folder(_ path: String) -> Self { self.folder(path.utf8) }

        /// All files below a folder, whose name need not be UTF-8.
        public static func folder(_ path: some Sequence<UInt8>) -> Self {
            var path = Self.withoutFirstSlash(path)
            // A slash alone stays, because an empty component is invalid, and does not mean every file.
            if path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
            return Self(path: path, isFolder: true)
        }

        /// Reads a pattern: `films/7/*` is a folder, and `*` every file; a path without `/*` at its end is a file.
        ///
        /// A file whose name is `*` has no pattern; it is `.file(path)`.
        public init(_ pattern: String) {
            var path = Self.withoutFirstSlash(pattern.utf8)
            let isFolder = path == [UInt8(ascii: "*")] || path.suffix(2) == [UInt8(ascii: "/"), UInt8(ascii: "*")]
            if isFolder { path.removeLast(path.count == 2 ? 1 : min(2, path.count)) }
            self.init(path: path, isFolder: isFolder)
        }

        private init(path: [UInt8], isFolder: Bool) {
            self.path = path
            self.isFolder = isFolder
        }

        private static func withoutFirstSlash(_ path: some Sequence<UInt8>) -> [UInt8] {
            let path = Array(path)
            return path.first == UInt8(ascii: "/") ? Array(path.dropFirst()) : path
        }

        /// The pattern, percent-encoded, with a leading slash.
        public var description: String {
            let path = PercentEncoding.text(self.path, keeping: PercentEncoding.pathCharacters)
            return self.isFolder ? (path.isEmpty ? "/*" : "/\(path)/*") : "/\(path)"
        }

        /// Whether a file is covered. Names of folders are compared as a whole, byte by byte.
        package func covers(_ file: LinkPath) -> Bool {
            guard self.isFolder else { return file.bytes == self.path }
            return self.path.isEmpty
                || file.bytes.starts(with: self.path)
                    && file.bytes.dropFirst(self.path.count).first == UInt8(ascii: "/")
        }

        /// The reason why the scope covers no file; `nil` if it can cover one.
        var flaw: LinkPath.PathFlaw? {
            if self.isFolder, self.path.isEmpty { return nil }
            // A path that begins with another slash has an empty component.
            guard self.path.first != UInt8(ascii: "/") else {
                return LinkPath.PathFlaw(description: "a component of it is empty")
            }
            do throws(LinkPath.PathFlaw) {
                _ = try LinkPath(self.path)
                return nil
            } catch {
                return error
            }
        }
    }
}
