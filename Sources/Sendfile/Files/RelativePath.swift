import SendfileBasics
import SystemPackage

/// A path below a root as the kernel takes it: bytes, checked and normalised once.
///
/// A path with another possible meaning than "this file below the root" is rejected: NUL, `..`, `//`, an absolute or an
/// empty path, and a path that names a directory by its spelling. `.` components are removed, so that the bytes are
/// also the name that a web server receives. (A `FilePath` never contains `//`, because it removes that itself.)
struct RelativePath: Sendable, Hashable {
    /// The longest path that Linux takes, without its NUL.
    private static let maximumLength = 4095

    /// The root's path and a slash, the path, and a NUL; or without the root.
    private let storage: [UInt8]

    /// The position at which the path begins.
    private let start: Int

    /// The path, with a NUL at the end.
    var nulTerminated: ArraySlice<UInt8> { self.storage[self.start...] }

    /// The path in bytes.
    var bytes: ArraySlice<UInt8> { self.storage[self.start..<(self.storage.count - 1)] }

    /// The file's location, if the path has no links and was created with its root's path.
    var location: FileLocation? {
        self.start > 0 ? FileLocation(nulTerminated: self.storage, rootLength: self.start - 1) : nil
    }

    /// The same path without its root's.
    var withoutRoot: RelativePath { self.start > 0 ? RelativePath(storage: self.nulTerminated, start: 0) : self }

    /// The directory of the file, with a NUL at the end.
    var directory: [UInt8] {
        let directories = self.bytes.prefix(self.bytes.count - self.lastComponent.count)
        return (directories.isEmpty ? [UInt8(ascii: ".")] : Array(directories)) + [0]
    }

    /// The name of the file, without the directories before it.
    var lastComponent: ArraySlice<UInt8> {
        let bytes = self.bytes
        let slash = bytes.withUnsafeBufferPointer { $0.lastIndex(of: UInt8(ascii: "/")) }
        return slash.map { bytes[(bytes.startIndex + $0 + 1)...] } ?? bytes
    }

    /// Checks and normalises a path.
    ///
    /// - Parameter root: The path that ``location`` begins with.
    /// - Throws: ``FileRefusal`` with the fault of the path.
    init(_ path: RequestedPath, below root: UnsafeBufferPointer<UInt8>? = nil) throws(FileRefusal) {
        var storage: [UInt8] = []
        let refusal =
            switch path.kind {
            case .text(var text): text.withUTF8 { Self.normalise($0, below: root, to: &storage) }
            case .filePath(let path):
                path.withPlatformString { string in
                    string.withMemoryRebound(to: UInt8.self, capacity: path.length) {
                        Self.normalise(UnsafeBufferPointer(start: $0, count: path.length), below: root, to: &storage)
                    }
                }
            }
        if let refusal { throw refusal }
        self.storage = storage
        self.start = root.map { $0.count + 1 } ?? 0
    }

    /// The path of a file in the same directory whose name is longer by a suffix.
    func appending(_ suffix: String) -> RelativePath {
        RelativePath(storage: self.storage.dropLast() + suffix.utf8 + [0], start: self.start)
    }

    /// The path that leads to a file without symbolic links.
    init(resolved path: [UInt8], below root: UnsafeBufferPointer<UInt8>) {
        self.init(storage: root + [UInt8(ascii: "/")] + path + [0], start: root.count + 1)
    }

    private init(storage: some Sequence<UInt8>, start: Int) {
        self.storage = Array(storage)
        self.start = start
    }

    /// Copies component by component, and reads each byte once. Returns the fault of the path, if any.
    private static func normalise(
        _ path: UnsafeBufferPointer<UInt8>, below root: UnsafeBufferPointer<UInt8>?, to storage: inout [UInt8]
    ) -> FileRefusal? {
        guard let first = path.first else { return .emptyPath }
        guard first != UInt8(ascii: "/") else { return .absolutePath }
        guard path.count <= Self.maximumLength else { return .pathTooLong }

        var refusal: FileRefusal?
        storage.append(upTo: (root?.count ?? 0) + path.count + 2) { writer in
            if let root {
                writer.put(root)
                writer.put(UInt8(ascii: "/"))
            }
            refusal = Self.write(path, to: &writer)
            writer.put(0 as UInt8)
        }
        return refusal
    }

    private static func write(_ path: UnsafeBufferPointer<UInt8>, to writer: inout ByteWriter) -> FileRefusal? {
        let empty = writer.count
        var start = 0
        var endsInDirectory = false
        for index in 0...path.count {
            let byte = index < path.count ? path[index] : UInt8(ascii: "/")
            if byte == 0 { return .nul }
            guard byte == UInt8(ascii: "/") else { continue }
            let component = UnsafeBufferPointer(rebasing: path[start..<index])
            start = index + 1
            // Two slashes are an empty name, or the rest is an absolute path that was appended to another one.
            if component.isEmpty, index < path.count { return .emptyComponent }
            // An empty component or `.` at the end can only name a directory.
            switch PathComponent(component) {
            case .empty, .current:
                endsInDirectory = true
                continue
            case .parent: return .parentComponent
            case .name: endsInDirectory = false
            }
            if writer.count > empty { writer.put(UInt8(ascii: "/")) }
            writer.put(component)
        }
        return endsInDirectory ? .namesDirectory : nil
    }
}
