import CLinux
import Glibc
import SystemPackage

/// The directory that files are served from: nothing outside of it is opened, whatever the path and whatever lies in it.
///
/// Every file is opened relative to the root's descriptor, by the ``Wall`` of this process; nothing is compared as text. Where the
/// root's path leads to another directory, that one is served (``RootDirectory``).
final class DocumentRoot: Sendable {
    /// The directory.
    let directory: RootDirectory

    private let wall: Wall

    /// The root's path as a web server's configuration names it.
    var configuredPath: UnsafeBufferPointer<UInt8> { self.directory.configuredPath }

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - path: An absolute path of a directory.
    ///   - source: What the root was named by, for the error's text.
    ///   - allowsSymbolicLinks: Whether the path may lead through symbolic links.
    ///   - wall: How paths are opened below it.
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` if it is not a directory that this process can
    ///   open files in.
    init(
        _ path: FilePath, from source: SettingSource, allowsSymbolicLinks: Bool = true, wall: Wall = .available
    ) throws(SendfileError) {
        self.directory = try RootDirectory(path, from: source, allowsSymbolicLinks: allowsSymbolicLinks)
        self.wall = wall
    }

    /// Calls `body`, perhaps several times, so that all that it opens is opened below one directory, even while the root is
    /// replaced.
    func consistently<Result>(_ body: () throws(FileRefusal) -> Result) throws(FileRefusal) -> Result {
        try self.directory.consistently(body)
    }

    /// Opens a regular file below the root.
    ///
    /// - Parameters:
    ///   - path: The path below the root, made with ``configuredPath`` if it is to be located.
    ///   - locating: Whether a web server is to be told the name.
    /// - Returns: The file, and its path: with a location if asked for, and without one where the root's path leads elsewhere.
    func open(
        _ path: RelativePath, locating: Bool
    ) throws(FileRefusal) -> (file: OpenFile, place: RelativePath) {
        do throws(FileRefusal) {
            return try self.openFile(path, locating: locating && self.directory.isNameable)
        } catch {
            if error == .missing, self.directory.isGone { throw .rootIsGone }
            throw error
        }
    }

    private func openFile(
        _ path: RelativePath, locating: Bool
    ) throws(FileRefusal) -> (file: OpenFile, place: RelativePath) {
        // O_NONBLOCK: opening a FIFO without a writer would wait for one.
        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        if self.wall == .kernel {
            do throws(FileRefusal) {
                let descriptor = try KernelWall.open(
                    path.nulTerminated, below: self.directory.descriptor, flags: flags, followsLinks: !locating)
                // Without a link on the way, the name asked for is the resolved name.
                return (try Self.file(descriptor), locating ? path : path.withoutRoot)
            } catch {
                // The walk knows the name that a link leads to. The second error: a filter that this process has put on itself.
                guard locating && error == .linkLoop || error == .system(.noFunction) else { throw error }
            }
        }
        var walk = PathWalk(below: self.directory.descriptor)
        let file = try Self.file(try walk.open(path.nulTerminated, flags: flags))
        guard locating else { return (file, path.withoutRoot) }
        return (file, RelativePath(resolved: walk.resolvedPath, below: self.configuredPath))
    }

    /// The file behind a descriptor, if it is a regular file.
    private static func file(_ descriptor: CInt) throws(FileRefusal) -> OpenFile {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileRefusal.notRegularFile
        }
        return OpenFile(descriptor: descriptor, status: status)
    }

    /// Removes the name of a file that is open.
    ///
    /// - Throws: ``FileRefusal`` if the name is a symbolic link, or leads to another file by now, or cannot be removed. A name that
    ///   is gone already is not an error: another request for the same file was first.
    func remove(_ path: RelativePath, openedAs file: OpenFile) throws(FileRefusal) {
        // A NUL-terminated path has the name at its end.
        let name = path.lastComponent + [0]
        let parent = try self.openDirectory(path.directory[...])
        defer { close(parent) }
        var opened = stat()
        var named = stat()
        let problem: Errno? = name.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                let name = $0.baseAddress!
                guard fstat(file.descriptor.rawValue, &opened) == 0,
                    fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0
                else { return Errno(rawValue: errno) }
                guard opened.st_ino == named.st_ino, opened.st_dev == named.st_dev else { return .fileExists }
                return unlinkat(parent, name, 0) == 0 ? nil : Errno(rawValue: errno)
            }
        }
        switch problem {
        case nil, .noSuchFileOrDirectory: return
        case .fileExists: throw .nameOfAnother
        case .readOnlyFileSystem, .permissionDenied, .notPermitted: throw .directoryNotWritable
        case .some(let errno): throw .system(errno)
        }
    }

    private func openDirectory(_ path: ArraySlice<UInt8>) throws(FileRefusal) -> CInt {
        let flags = linux_o_path | O_DIRECTORY | O_CLOEXEC
        if self.wall == .kernel {
            do throws(FileRefusal) {
                return try KernelWall.open(path, below: self.directory.descriptor, flags: flags, followsLinks: true)
            } catch {
                guard error == .system(.noFunction) else { throw error }
            }
        }
        var walk = PathWalk(below: self.directory.descriptor)
        return try walk.open(path, flags: flags)
    }
}
