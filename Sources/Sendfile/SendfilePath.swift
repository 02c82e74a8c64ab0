public import SystemPackage

/// The path of a file relative to a root: `String`, `Substring` or `FilePath`.
///
/// A `FilePath` names files in any encoding; a `String` names those whose names are UTF-8.
public protocol SendfilePath {
    /// The path in the form that a ``Sendfile`` accepts.
    var requestedPath: RequestedPath { get }
}

extension String: SendfilePath {
    public var requestedPath: RequestedPath { RequestedPath(kind: .text(self)) }
}

extension Substring: SendfilePath {
    public var requestedPath: RequestedPath { RequestedPath(kind: .text(String(self))) }
}

extension FilePath: SendfilePath {
    public var requestedPath: RequestedPath { RequestedPath(kind: .filePath(self)) }
}

/// A path as a handler gave it, unchecked.
///
/// The types that conform to ``SendfilePath`` create one; a type of your own forwards to one of them.
public struct RequestedPath: Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        case text(String)
        case filePath(FilePath)
    }

    let kind: Kind

    static func text(_ text: String) -> Self { Self(kind: .text(text)) }

    static func filePath(_ path: FilePath) -> Self { Self(kind: .filePath(path)) }

    /// The path for the log, on one line.
    public var description: String {
        switch self.kind {
        case .text(let text): text.printable
        case .filePath(let path): path.string.printable
        }
    }

    /// The path in bytes.
    package var bytes: [UInt8] {
        switch self.kind {
        case .text(let text): Array(text.utf8)
        case .filePath(let path):
            path.withPlatformString {
                UnsafeBufferPointer(start: $0, count: path.length).map(UInt8.init(bitPattern:))
            }
        }
    }
}
