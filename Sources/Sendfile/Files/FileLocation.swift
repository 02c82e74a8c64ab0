import SendfileBasics

/// The location of a file, for a web server that opens it again by name.
///
/// Names are bytes without an encoding. The name is resolved, without symbolic links below the root, as it was when the
/// file was opened.
public struct FileLocation: Sendable, Hashable {
    /// The file's absolute path with a NUL at the end, as passed to the kernel. The root's path is copied, because
    /// sharing it would count references that all threads share.
    private let nulTerminated: [UInt8]
    private let rootLength: Int

    /// The configured absolute path of the root, without a slash at the end; empty for `/`. It may contain symbolic
    /// links.
    public var root: [UInt8] { Array(self.nulTerminated[..<self.rootLength]) }

    /// The file's path relative to the root, without a slash at the start.
    public var path: [UInt8] { Array(self.relativePath) }

    /// The path relative to the root, percent-encoded for a URL: all bytes except unreserved characters (RFC 3986 §2.3)
    /// and `/`.
    public var percentEncodedPath: [UInt8] { PercentEncoding.encodePath(self.relativePath) }

    /// The path relative to the root, without a copy.
    var relativePath: ArraySlice<UInt8> { self.nulTerminated[(self.rootLength + 1)..<(self.nulTerminated.count - 1)] }

    /// The file's absolute path.
    public var absolutePath: [UInt8] { Array(self.nulTerminated.dropLast()) }

    /// Creates a location from the root's absolute path and the path below it, to test a ``Backend``.
    public init(root: [UInt8], path: [UInt8]) {
        self.init(nulTerminated: root + [UInt8(ascii: "/")] + path + [0], rootLength: root.count)
    }

    init(nulTerminated: [UInt8], rootLength: Int) {
        self.nulTerminated = nulTerminated
        self.rootLength = rootLength
    }
}
