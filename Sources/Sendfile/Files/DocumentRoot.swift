import CLinux
import Glibc
import Synchronization
import SystemPackage

/// The directory that files are served from: a wall.
///
/// It is opened once. Every file is opened relative to that descriptor with openat2(2), and the kernel sees to it that no
/// component, `..` or symbolic link leads out; nothing is compared as text. The descriptor belongs to this object and is closed
/// with it. Everything here is immutable, so any thread may use it; ``configuredPath`` is memory that the object owns and that
/// whoever holds the object may read.
final class DocumentRoot: @unchecked Sendable {
    /// How often an open is tried again when the kernel says that a rename or an unlink got in its way.
    private static let maximumAttempts = 64

    private let descriptor: FileDescriptor
    private let device: dev_t
    private let inode: ino_t

    /// The root's absolute path without symbolic links when it was opened, without a slash at the end.
    ///
    /// `nil` if it cannot be known: then no web server can be told a name.
    private let resolvedPath: [UInt8]?

    /// The root's path as a web server's configuration names it, without a slash at the end: what the server compares names with
    /// (`x-sendfile-docroot`, `XSendFilePath`) is what the administrator wrote, links and all. No array: each use of one would
    /// count a reference that all threads share.
    let configuredPath: UnsafeBufferPointer<UInt8>

    /// When the root's path was last seen to lead to the directory that is open, in seconds of the clock that never jumps.
    private let lastSeen = Atomic<Int>(-1)

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - path: An absolute path of a directory.
    ///   - source: What the root was named by, for the error's text.
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` if it is no directory that this process can
    ///   open files in.
    init(_ path: FilePath, from source: SettingSource) throws(SendfileError) {
        func fail(_ problem: String, _ errno: Errno? = nil) -> SendfileError {
            SendfileError(
                .invalidRoot, "\(source.name(of: .root)) is \"\(path.string.printable)\", \(problem)", underlying: errno
            )
        }

        guard !path.isEmpty else { throw fail("which is empty; give the absolute path of a directory") }
        guard path.isAbsolute else {
            throw fail("which is relative to whatever the working directory is; give an absolute path")
        }

        let (opened, problem) = path.withPlatformString {
            (linux_open($0, linux_o_path | O_DIRECTORY | O_CLOEXEC, 0), Errno(rawValue: errno))
        }
        guard opened >= 0 else {
            switch problem {
            case .noSuchFileOrDirectory:
                throw fail("which does not exist; create the directory or correct the path", problem)
            case .notDirectory:
                throw fail("which is not a directory; name the directory that holds the files", problem)
            case .permissionDenied:
                throw fail(
                    "which this process may not reach; give its user the search permission (x) on every directory above it",
                    problem)
            default: throw fail("which cannot be opened: \(problem)", problem)
            }
        }
        self.descriptor = FileDescriptor(rawValue: opened)

        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let problem = Errno(rawValue: errno)
            try? self.descriptor.close()
            throw fail("whose status cannot be read: \(problem)", problem)
        }
        self.device = status.st_dev
        self.inode = status.st_ino
        self.resolvedPath = Self.linkTarget(of: self.descriptor).map { $0 == [UInt8(ascii: "/")] ? [] : $0 }
        let configured = Self.cleaned(path) ?? self.resolvedPath ?? []
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: configured.count)
        _ = copy.initialize(from: configured)
        self.configuredPath = UnsafeBufferPointer(copy)

        // Looking up "." needs what every file needs: openat2 itself, and the search permission on the root.
        let probe = linux_openat2(
            opened, ".", UInt64(linux_o_path | O_CLOEXEC), linux_resolve_beneath | linux_resolve_no_magiclinks)
        guard probe >= 0 else {
            let problem = Errno(rawValue: errno)
            switch problem {
            case .permissionDenied:
                throw fail(
                    "which this process may not open files in; give its user the search permission (x) on it", problem)
            case .noFunction:
                throw fail(
                    "but this kernel lacks openat2(2), which keeps requests inside it; Linux 5.6 or later has it",
                    problem)
            default: throw fail("in which openat2(2) fails: \(problem); a seccomp filter may have to allow it", problem)
            }
        }
        close(probe)
    }

    /// An absolute path without repeated slashes, `.` and a slash at the end; `nil` if it holds `..`, which web servers resolve in
    /// different ways.
    private static func cleaned(_ path: FilePath) -> [UInt8]? {
        let bytes = path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: path.length)) }
        var cleaned: [UInt8] = []
        for component in bytes.lazy.map(UInt8.init(bitPattern:)).split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) { return nil }
            cleaned.append(UInt8(ascii: "/"))
            cleaned.append(contentsOf: component)
        }
        return cleaned
    }

    /// A root's path from text, which may hold a NUL where a path ends.
    static func path(_ text: String, from source: SettingSource) throws(SendfileError) -> FilePath {
        guard !text.utf8.contains(0) else {
            throw SendfileError(
                .invalidRoot, "\(source.name(of: .root)) is \"\(text.printable)\", which holds a NUL; no path does")
        }
        return FilePath(text)
    }

    deinit {
        self.configuredPath.deallocate()
        try? self.descriptor.close()
    }

    /// Opens a regular file below the root.
    ///
    /// - Parameters:
    ///   - path: The path below the root, made with ``configuredPath`` if it is to be located.
    ///   - locating: Whether a web server is to be told the name.
    /// - Returns: The file, and its path: with a location if asked for, and without where nobody can tell its name, as when the
    ///   root was moved.
    func open(
        _ path: RelativePath, locating: Bool
    ) throws(FileRefusal) -> (file: OpenFile, place: RelativePath) {
        guard locating, self.resolvedPath != nil else { return (try self.open(path, resolve: 0), path.withoutRoot) }
        do throws(FileRefusal) {
            // Without a link on the way, the name asked for is the resolved name.
            let file = try self.open(path, resolve: linux_resolve_no_symlinks)
            return (file, self.isWhereItWas ? path : path.withoutRoot)
        } catch {
            guard error == .linkLoop else { throw error }
            let file = try self.open(path, resolve: 0)
            return (file, self.resolvedPath(of: file) ?? path.withoutRoot)
        }
    }

    /// Removes the name of a file that is open.
    ///
    /// - Throws: ``FileRefusal`` if the name is a symbolic link, or leads to another file by now, or cannot be removed. A name that
    ///   is gone already is no error: another request for the same file was first.
    func remove(_ path: RelativePath, openedAs file: OpenFile) throws(FileRefusal) {
        // A NUL-terminated path has the name at its end.
        let name = path.lastComponent + [0]
        let directory = path.directory
        let parent = try self.openDescriptor(
            directory[...], flags: UInt64(linux_o_path | O_DIRECTORY | O_CLOEXEC), resolve: 0)
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

    private func open(_ path: RelativePath, resolve: UInt64) throws(FileRefusal) -> OpenFile {
        // O_NONBLOCK: opening a FIFO without a writer would wait for one.
        let flags = UInt64(O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        let descriptor = try self.openDescriptor(path.nulTerminated, flags: flags, resolve: resolve)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileRefusal.notRegularFile
        }
        return OpenFile(
            descriptor: FileDescriptor(rawValue: descriptor), size: Int64(status.st_size),
            modificationTime: Int64(status.st_mtim.tv_sec))
    }

    private func openDescriptor(_ path: ArraySlice<UInt8>, flags: UInt64, resolve: UInt64) throws(FileRefusal) -> CInt {
        let resolve = resolve | linux_resolve_beneath | linux_resolve_no_magiclinks
        for _ in 0..<Self.maximumAttempts {
            let (opened, problem) = path.withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    let opened = linux_openat2(self.descriptor.rawValue, $0.baseAddress!, flags, resolve)
                    return (opened, Errno(rawValue: errno))
                }
            }
            if opened >= 0 { return opened }
            // EAGAIN: the kernel could not rule out that a rename has moved the walk out of the root.
            guard problem == .interrupted || problem == .resourceTemporarilyUnavailable else {
                throw FileRefusal(problem)
            }
        }
        throw FileRefusal(.resourceTemporarilyUnavailable)
    }

    /// Whether the root's path still leads to the directory that is open.
    ///
    /// Looked at once in a second: the web server opens the name later anyway, so a look at each request would promise no more.
    private var isWhereItWas: Bool {
        // For the root directory the path is empty here.
        guard !self.configuredPath.isEmpty else { return true }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        if self.lastSeen.load(ordering: .relaxed) == now.tv_sec { return true }
        var status = stat()
        let found = (Array(self.configuredPath) + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
        }
        guard found == 0, status.st_ino == self.inode, status.st_dev == self.device else { return false }
        self.lastSeen.store(now.tv_sec, ordering: .relaxed)
        return true
    }

    /// The path that the kernel knows an open file by.
    private func resolvedPath(of file: OpenFile) -> RelativePath? {
        guard let root = self.resolvedPath, let target = Self.linkTarget(of: file.descriptor) else {
            return nil
        }
        // Component by component: the root is a prefix that ends where a component does. After a move it is none at all.
        guard target.starts(with: root), target.count > root.count + 1, target[root.count] == UInt8(ascii: "/") else {
            return nil
        }
        // What the kernel appends when the name is gone; a file may be called so, but nobody could tell.
        guard !target.suffix(10).elementsEqual(" (deleted)".utf8), self.isWhereItWas else { return nil }
        return RelativePath(resolved: target[(root.count + 1)...], below: self.configuredPath)
    }

    /// What `/proc/self/fd` says that a descriptor is.
    private static func linkTarget(of descriptor: FileDescriptor) -> [UInt8]? {
        let capacity = Int(PATH_MAX) + 32
        let target = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let length = buffer.withMemoryRebound(to: CChar.self) {
                readlink("/proc/self/fd/\(descriptor.rawValue)", $0.baseAddress!, capacity)
            }
            count = max(0, length)
        }
        // Something that is not a path ("pipe:[1]"), or one that may have been cut off, is no name.
        guard target.first == UInt8(ascii: "/"), target.count < capacity else { return nil }
        return target
    }
}
