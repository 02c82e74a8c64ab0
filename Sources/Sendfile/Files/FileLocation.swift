/// Where a file is, for a web server that opens it again by name.
///
/// Names are bytes: they have no encoding. The name is the resolved one, without symbolic links below the root, and held when
/// the file was opened.
public struct FileLocation: Sendable, Hashable {
    /// The root's absolute path as it was configured, without a slash at the end; empty for the root directory `/`. It may lead
    /// through symbolic links.
    public var root: [UInt8] { self.names.root }

    /// The file's path relative to the root, without a slash at the start.
    public var path: [UInt8] { Array(self.relativePath) }

    /// The same as a part of a URL: percent-encoded, all but unreserved characters (RFC 3986 §2.3) and `/`.
    public var percentEncodedPath: [UInt8] { PercentEncoding.encodePath(self.relativePath) }

    /// The same, where it was made.
    var relativePath: ArraySlice<UInt8> { self.names.relativePath }

    /// One object for each location: to copy the root's path would be to count references to what all threads share.
    private final class Names: Sendable {
        let root: [UInt8]
        let relativePath: ArraySlice<UInt8>

        init(root: [UInt8], relativePath: ArraySlice<UInt8>) {
            self.root = root
            self.relativePath = relativePath
        }
    }

    private let names: Names

    public static func == (left: FileLocation, right: FileLocation) -> Bool {
        left.root == right.root && left.relativePath == right.relativePath
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.root)
        hasher.combine(self.relativePath)
    }

    /// The file's absolute path.
    public var absolutePath: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.root.count + 1 + self.relativePath.count)
        bytes.append(contentsOf: self.root)
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: self.relativePath)
        return bytes
    }

    /// Creates a location from the root's absolute path and the path below it, to test a ``Backend``.
    public init(root: [UInt8], path: [UInt8]) {
        self.init(root: root, path: path[...])
    }

    init(root: [UInt8], path: ArraySlice<UInt8>) {
        self.names = Names(root: root, relativePath: path)
    }
}
