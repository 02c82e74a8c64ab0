import CLinux
import Glibc
import SystemPackage

/// The directory from which files are served. No file outside of it is opened, for any path and any content of the
/// directory.
///
/// Every file is opened relative to the root's descriptor, with the ``Wall`` of this process; paths are never compared
/// as text. If the root's path leads to another directory, that one is served (``RootDirectory``).
final class DocumentRoot: Sendable {
    /// The directory.
    let directory: RootDirectory

    private let wall: Wall

    /// The root's path in a web server's configuration.
    var configuredPath: UnsafeBufferPointer<UInt8> { self.directory.configuredPath }

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - path: An absolute path of a directory.
    ///   - source: The origin of the setting, for error messages.
    ///   - allowsSymbolicLinks: Whether the path may lead through symbolic links.
    ///   - wall: The way to open paths below the root.
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` if it is not a directory that this process can
    ///   open files in.
    init(
        _ path: FilePath, from source: SettingSource, allowsSymbolicLinks: Bool = true, wall: Wall = .available
    ) throws(SendfileError) {
        self.directory = try RootDirectory(path, from: source, allowsSymbolicLinks: allowsSymbolicLinks)
        self.wall = wall
    }

    /// Calls `body`, several times if necessary, so that everything that it opens is below one directory, even while
    /// the root is replaced.
    func consistently<Result>(_ body: () throws(FileRefusal) -> Result) throws(FileRefusal) -> Result {
        try self.directory.consistently(body)
    }

    /// Opens a regular file below the root.
    ///
    /// - Parameters:
    ///   - path: The path below the root, created with ``configuredPath`` if a location is needed.
    ///   - locating: Whether a web server receives the name.
    /// - Returns: The file and its path, with a location if requested, and without one if the root's path leads
    ///   elsewhere.
    func open(
        _ path: RelativePath, locating: Bool
    ) throws(FileRefusal) -> (file: OpenFile, place: RelativePath) {
        do throws(FileRefusal) {
            return try self.openFile(path, locating: locating && self.directory.isNameable)
        } catch {
            if error == .missing || error.isAboutTheSystem, self.directory.isGone { throw .rootIsGone }
            throw error
        }
    }

    private func openFile(
        _ path: RelativePath, locating: Bool
    ) throws(FileRefusal) -> (file: OpenFile, place: RelativePath) {
        // O_NONBLOCK prevents waiting for a writer when a FIFO is opened.
        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        if self.wall == .kernel {
            do throws(FileRefusal) {
                let descriptor = try KernelWall.open(
                    path.nulTerminated, below: self.directory.descriptor, flags: flags, followsLinks: !locating)
                // The path contains no symbolic link, so it is the resolved name.
                return (try Self.file(descriptor), locating ? path : path.withoutRoot)
            } catch {
                // The walk determines the resolved name of a link. The second error comes from a seccomp filter that
                // this process installed itself.
                guard locating && error == .linkLoop || error == .system(.noFunction) else { throw error }
            }
        }
        var walk = PathWalk(below: self.directory.descriptor)
        let file = try Self.file(try walk.open(path.nulTerminated, flags: flags))
        guard locating else { return (file, path.withoutRoot) }
        return (file, RelativePath(resolved: walk.resolvedPath, below: self.configuredPath))
    }

    /// The file of a descriptor, if it is a regular file.
    private static func file(_ descriptor: CInt) throws(FileRefusal) -> OpenFile {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let problem = Errno(rawValue: errno)
            close(descriptor)
            throw FileRefusal(problem)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileRefusal.notRegularFile
        }
        return OpenFile(descriptor: descriptor, status: status)
    }

    /// Removes the name of an open file.
    ///
    /// - Throws: ``FileRefusal`` if the name is a symbolic link, now leads to another file, or cannot be removed. A
    ///   missing name is not an error, because another request for the same file may have removed it.
    func remove(_ path: RelativePath, openedAs file: OpenFile) throws(FileRefusal) {
        // The component of a NUL-terminated path is followed by that NUL.
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
