import CLinux
import Glibc
import SystemPackage

/// The way to open a path below a root, so that no component, `..` or symbolic link leads out of it.
///
/// Both ways have the same result for every path if `fs.protected_symlinks` is 1, as on Debian (``PathWalk`` always
/// applies that rule). The tests with hostile paths, links and concurrent changes run with both.
enum Wall: Sendable, CaseIterable, CustomStringConvertible {
    /// The kernel resolves the path: openat2(2) with `RESOLVE_BENEATH` and `RESOLVE_NO_MAGICLINKS`.
    case kernel
    /// The program resolves the path, component by component: ``PathWalk``.
    case walk

    /// The way that this process uses, chosen once: the kernel if openat2(2) works.
    ///
    /// A seccomp filter cannot inspect the structure passed to openat2(2), so filters that check the flags of open(2)
    /// deny it completely: systemd's `RestrictSUIDSGID=` and `DynamicUser=` (ENOSYS), older container runtimes (EPERM),
    /// gVisor (ENOSYS).
    /// Kernels before Linux 5.6 do not have it.
    static let available: Wall = {
        let probe = "/".withPlatformString {
            linux_openat2(AT_FDCWD, $0, UInt64(linux_o_path | O_CLOEXEC), linux_resolve_no_magiclinks)
        }
        guard probe >= 0 else { return .walk }
        close(probe)
        return .kernel
    }()

    var description: String {
        switch self {
        case .kernel: "openat2(2)"
        case .walk: "a walk by component"
        }
    }
}

/// openat2(2) below a directory.
enum KernelWall {
    /// The maximum number of attempts if the kernel reports a concurrent rename or unlink.
    private static let maximumAttempts = 64

    /// Opens a path below a directory.
    ///
    /// - Parameters:
    ///   - path: The path, with a NUL at the end.
    ///   - root: The directory's descriptor.
    ///   - flags: The flags of open(2).
    ///   - followsLinks: Whether symbolic links are followed; if not, a link is ``FileRefusal/linkLoop``.
    static func open(
        _ path: ArraySlice<UInt8>, below root: CInt, flags: CInt, followsLinks: Bool
    ) throws(FileRefusal) -> CInt {
        let resolve =
            linux_resolve_beneath | linux_resolve_no_magiclinks | (followsLinks ? 0 : linux_resolve_no_symlinks)
        for _ in 0..<Self.maximumAttempts {
            let (opened, problem) = path.withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    let opened = linux_openat2(root, $0.baseAddress!, UInt64(flags), resolve)
                    return (opened, Errno(rawValue: errno))
                }
            }
            if opened >= 0 { return opened }
            // EAGAIN: the kernel could not rule out that a rename has moved the lookup out of the root.
            guard problem == .interrupted || problem == .resourceTemporarilyUnavailable else {
                throw FileRefusal(problem)
            }
        }
        throw FileRefusal(.resourceTemporarilyUnavailable)
    }
}
