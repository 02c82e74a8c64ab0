import CLinux
import Glibc
import SystemPackage

/// A directory that was opened as a root and verified. Closes its descriptor unless it is taken.
struct OpenRoot: ~Copyable {
    /// The open directory (`O_PATH`).
    let descriptor: CInt

    /// The directory's status when it was opened.
    let status: stat

    /// Opens the directory that a path leads to.
    ///
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` that names the path and what to do.
    init(_ path: FilePath, from source: SettingSource, allowsSymbolicLinks: Bool) throws(SendfileError) {
        func fail(_ problem: String, _ errno: Errno? = nil) -> SendfileError {
            SendfileError(
                .invalidRoot, "\(source.name(of: .root)) is \"\(path.string.printable)\", \(problem)", underlying: errno
            )
        }

        guard !path.isEmpty else { throw fail("which is empty; use the absolute path of a directory") }
        guard path.isAbsolute else {
            throw fail("which is relative; use an absolute path")
        }
        if !allowsSymbolicLinks { try RootPath.refuseSymbolicLinks(in: path) }

        let (opened, problem) = Self.open(path, followsLinks: allowsSymbolicLinks)
        guard opened >= 0 else {
            switch problem {
            case .noSuchFileOrDirectory:
                throw fail("which does not exist; create the directory or correct the path", problem)
            case .notDirectory:
                throw fail("which is not a directory; use the directory that contains the files", problem)
            case .permissionDenied:
                throw fail(
                    "which this process may not reach; give its user the search permission (x) on every directory above it",
                    problem)
            default: throw fail("which cannot be opened: \(problem)", problem)
            }
        }

        // Looking up "." needs the same permission as every file: the search permission on the root.
        let probe = ".".withPlatformString { linux_openat(opened, $0, linux_o_path | O_CLOEXEC) }
        guard probe >= 0 else {
            let problem = Errno(rawValue: errno)
            close(opened)
            throw fail(
                problem == .permissionDenied
                    ? "which this process may not open files in; give its user the search permission (x) on it"
                    : "in which no file can be opened: \(problem)", problem)
        }
        close(probe)

        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let problem = Errno(rawValue: errno)
            close(opened)
            throw fail("whose status cannot be read: \(problem)", problem)
        }
        self.descriptor = opened
        self.status = status
    }

    deinit { close(self.descriptor) }

    /// Transfers the ownership of the descriptor to the caller.
    consuming func take() -> CInt {
        let descriptor = self.descriptor
        discard self
        return descriptor
    }

    private static func open(_ path: FilePath, followsLinks: Bool) -> (descriptor: CInt, problem: Errno) {
        let flags = linux_o_path | O_DIRECTORY | O_CLOEXEC
        func open(_ path: FilePath) -> (descriptor: CInt, problem: Errno) {
            path.withPlatformString { (linux_open($0, flags, 0), Errno(rawValue: errno)) }
        }
        let opened = open(path)
        guard !followsLinks, opened.descriptor >= 0 else { return opened }

        // Open it again through a path without symbolic links at that moment.
        close(opened.descriptor)
        let top = open("/")
        guard top.descriptor >= 0 else { return top }
        defer { close(top.descriptor) }
        let relative = path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: path.length + 1)) }
        var walk = PathWalk(below: top.descriptor, followsLinks: false)
        do throws(FileRefusal) {
            return (try walk.open(relative.map(UInt8.init(bitPattern:))[...], flags: flags), Errno(rawValue: 0))
        } catch {
            if case .system(let problem) = error { return (-1, problem) }
            return (-1, .tooManySymbolicLinkLevels)
        }
    }
}
