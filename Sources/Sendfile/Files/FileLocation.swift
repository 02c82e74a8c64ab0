import SendfileBasics

/// Where a file is, for a web server that opens it again by name.
///
/// Names are bytes: they have no encoding. The name is the resolved one, without symbolic links below the root, and held when
/// the file was opened.
public struct FileLocation: Sendable, Hashable {
    /// The file's absolute path, with a NUL at the end: the bytes that a file was opened with, where it was opened by them. The
    /// root's path is a copy: to refer to it would be to count references to what all threads share.
    private let nulTerminated: [UInt8]
    private let rootLength: Int

    /// The root's absolute path as it was configured, without a slash at the end; empty for the root directory `/`. It may lead
    /// through symbolic links.
    public var root: [UInt8] { Array(self.nulTerminated[..<self.rootLength]) }

    /// The file's path relative to the root, without a slash at the start.
    public var path: [UInt8] { Array(self.relativePath) }

    /// The same as a part of a URL: percent-encoded, all but unreserved characters (RFC 3986 §2.3) and `/`.
    public var percentEncodedPath: [UInt8] { PercentEncoding.encodePath(self.relativePath) }

    /// The same, where it was made.
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
