import SystemPackage

/// A path as a handler gave it.
enum RequestedPath: Sendable, CustomStringConvertible {
    case text(String)
    case filePath(FilePath)

    /// The path for the log, on one line.
    var description: String {
        switch self {
        case .text(let text): text.printable
        case .filePath(let path): path.string.printable
        }
    }
}

/// A path below a root as the kernel takes it: bytes, checked and normalised once.
///
/// What could mean something else than "this file below the root" cannot be made: NUL, `..`, `//`, an absolute or an empty
/// path, and a path that names a directory by its spelling. `.` components are taken out, so the bytes are also the name that a
/// web server is told. (A `FilePath` never has `//`: it takes that out by itself.)
struct RelativePath: Sendable, Hashable {
    /// The longest path that Linux takes, without its NUL.
    private static let maximumLength = 4095

    /// The path, with a NUL at the end.
    let nulTerminated: [UInt8]

    /// The path in bytes.
    var bytes: ArraySlice<UInt8> { self.nulTerminated[..<(self.nulTerminated.count - 1)] }

    /// The directory of the file, with a NUL at the end.
    var directory: [UInt8] {
        let directories = self.bytes.prefix(self.bytes.count - self.lastComponent.count)
        return (directories.isEmpty ? [UInt8(ascii: ".")] : Array(directories)) + [0]
    }

    /// The name of the file, without the directories before it.
    var lastComponent: ArraySlice<UInt8> {
        let bytes = self.bytes
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
        return bytes[(slash + 1)...]
    }

    /// Checks and normalises a path.
    ///
    /// - Throws: ``FileRefusal`` that says what is wrong with the path.
    init(_ path: RequestedPath) throws(FileRefusal) {
        let result =
            switch path {
            case .text(var text): text.withUTF8 { Self.normalise($0) }
            case .filePath(let path):
                path.withPlatformString { string in
                    string.withMemoryRebound(to: UInt8.self, capacity: path.length) {
                        Self.normalise(UnsafeBufferPointer(start: $0, count: path.length))
                    }
                }
            }
        self.nulTerminated = try result.get()
    }

    /// The path of a file in the same directory whose name is longer by a suffix.
    func appending(_ suffix: String) -> RelativePath {
        RelativePath(nulTerminated: self.bytes + suffix.utf8 + [0])
    }

    private init(nulTerminated: ArraySlice<UInt8>) {
        self.nulTerminated = Array(nulTerminated)
    }

    /// One pass: copies component by component, and looks at each byte once.
    private static func normalise(_ path: UnsafeBufferPointer<UInt8>) -> Result<[UInt8], FileRefusal> {
        guard let first = path.first else { return .failure(.emptyPath) }
        guard first != UInt8(ascii: "/") else { return .failure(.absolutePath) }
        guard path.count <= Self.maximumLength else { return .failure(.pathTooLong) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.count + 1)
        var start = 0
        var endsInDirectory = false
        for index in 0...path.count {
            let byte = index < path.count ? path[index] : UInt8(ascii: "/")
            if byte == 0 { return .failure(.nul) }
            guard byte == UInt8(ascii: "/") else { continue }
            let component = UnsafeBufferPointer(rebasing: path[start..<index])
            start = index + 1
            // Two slashes are an empty name, or the rest is an absolute path that was put behind another.
            if component.isEmpty, index < path.count { return .failure(.emptyComponent) }
            // An empty component or `.` at the end can only name a directory.
            endsInDirectory = component.isEmpty || (component.count == 1 && component[0] == UInt8(ascii: "."))
            if endsInDirectory { continue }
            if component.count == 2, component[0] == UInt8(ascii: "."), component[1] == UInt8(ascii: ".") {
                return .failure(.parentComponent)
            }
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
            bytes.append(contentsOf: component)
        }
        guard !endsInDirectory else { return .failure(.namesDirectory) }
        bytes.append(0)
        return .success(bytes)
    }
}
