import CLinux
import Glibc
import Synchronization
import SystemPackage

/// The directory of a root's path: one descriptor, whose directory is replaced when the path leads to another one.
///
/// Deployments replace a root: they change a symbolic link, restore a directory, or mount a volume. ``look()`` detects
/// that, at most one tick of the kernel's coarse clock (1 to 10 ms) later, opens the new directory and assigns it to
/// the same descriptor number (dup3(2)). A running system call finishes in the old directory, the next one begins in
/// the new directory, and no reference is counted. ``consistently(_:)`` makes several system calls use one directory.
/// Open files stay open. While the path leads to no usable directory, the old one stays.
///
/// `@unchecked Sendable` is valid because the descriptor's number and ``configuredPath`` never change during this
/// object's lifetime, and all other state is atomic or protected by the lock. Any thread that holds this object may
/// read the memory of ``configuredPath``.
final class RootDirectory: @unchecked Sendable {
    /// A change of the root's path.
    enum Change: Equatable {
        /// The path leads to another directory, which is served from now on.
        case replaced
        /// The path leads to no usable directory. The old one stays.
        case away(problem: String)
        /// The path leads to the open directory again.
        case back
    }

    /// The open directory (`O_PATH`).
    let descriptor: CInt

    /// The root's path in a web server's configuration, without a slash at the end: the server compares names with the
    /// configured path (`x-sendfile-docroot`, `XSendFilePath`), including its links. Empty for the root directory `/`.
    /// It is not an array, because each use of an array would count a reference that all threads share.
    let configuredPath: UnsafeBufferPointer<UInt8>

    private let path: FilePath
    private let source: SettingSource
    private let allowsSymbolicLinks: Bool

    private struct State {
        var device: dev_t
        var inode: ino_t
    }
    private let state: Locked<State>

    /// Whether the path leads to no usable directory. Changed with the lock held.
    private let away = Atomic<Bool>(false)

    /// Whether ``configuredPath`` leads to the open directory. Otherwise no web server may receive a name below it.
    private let nameable: Atomic<Bool>

    /// The time of the last check, in nanoseconds of the coarse clock, which changes only at ticks.
    private let lastLook = Atomic<Int>(-1)

    /// Whether a thread is checking the path: a path that hangs, such as one on an unreachable file server, blocks only
    /// one thread.
    private let isLooking = Atomic<Bool>(false)

    /// Odd while the directory is being replaced; increased by each replacement.
    private let generation = Atomic<UInt>(0)

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - path: An absolute path of a directory.
    ///   - source: The origin of the setting, for error messages.
    ///   - allowsSymbolicLinks: Whether the path may lead through symbolic links.
    /// - Throws: ``SendfileError`` with the code ``SendfileError/Code/invalidRoot`` if it is not a directory that this process can
    ///   open files in.
    init(_ path: FilePath, from source: SettingSource, allowsSymbolicLinks: Bool) throws(SendfileError) {
        let opened = try OpenRoot(path, from: source, allowsSymbolicLinks: allowsSymbolicLinks)
        self.path = path
        self.source = source
        self.allowsSymbolicLinks = allowsSymbolicLinks
        self.state = Locked(State(device: opened.status.st_dev, inode: opened.status.st_ino))
        let configured = RootPath.cleaned(path) ?? RootPath.resolved(path)
        self.nameable = Atomic(configured.map { Self.leads($0, to: opened.status) } ?? false)
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: configured?.count ?? 0)
        _ = copy.initialize(from: configured ?? [])
        self.configuredPath = UnsafeBufferPointer(copy)
        self.descriptor = opened.take()
    }

    deinit {
        self.configuredPath.deallocate()
        close(self.descriptor)
    }

    /// Whether a web server may receive names below ``configuredPath``.
    var isNameable: Bool { self.nameable.load(ordering: .acquiring) }

    /// Whether the open directory was deleted, or its file system is gone, and the path leads to no other. The state of a
    /// file is then unknown.
    var isGone: Bool {
        guard self.away.load(ordering: .acquiring) else { return false }
        var status = stat()
        return fstat(self.descriptor, &status) != 0 || status.st_nlink == 0
    }

    // MARK: Replacing

    /// Checks whether the root's path still leads to the open directory, and opens another one if not. Call it before
    /// each use of a file.
    ///
    /// The first caller in each tick of the coarse clock performs the check, which is one system call; all others only
    /// read the clock, without a system call.
    ///
    /// - Returns: The change, if any.
    @inline(__always)
    func look() -> Change? {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        let tick = now.tv_sec &* 1_000_000_000 &+ now.tv_nsec
        let last = self.lastLook.load(ordering: .relaxed)
        if last == tick { return nil }
        guard self.lastLook.compareExchange(expected: last, desired: tick, ordering: .relaxed).exchanged else {
            return nil
        }
        return self.lookAgain()
    }

    /// Checks the path regardless of the clock: a missing file may be in a directory that was put in place since the
    /// last check.
    ///
    /// - Parameter isStale: Whether a handle was no longer valid on its file server. If the root's is not, the directory is
    ///   opened again.
    /// - Returns: The change, if any; `nil` also while another thread checks.
    @inline(never)
    func lookAgain(isStale: Bool = false) -> Change? {
        guard !self.isLooking.exchange(true, ordering: .acquiring) else { return nil }
        defer { self.isLooking.store(false, ordering: .releasing) }
        return self.compare(isStale: isStale)
    }

    private func compare(isStale: Bool = false) -> Change? {
        var status = stat()
        let found = self.path.withPlatformString { stat($0, &status) }
        return self.state.withLock { state in
            if found == 0, !isStale || self.isUsable, status.st_ino == state.inode, status.st_dev == state.device {
                self.nameable.store(self.isConfiguredPath(leadingTo: status), ordering: .releasing)
                return self.away.exchange(false, ordering: .acquiringAndReleasing) ? .back : nil
            }
            // Do this before the new directory is opened: a web server would already use the new directory for the
            // name.
            self.nameable.store(false, ordering: .releasing)
            do throws(SendfileError) {
                let opened = try OpenRoot(
                    self.path, from: self.source, allowsSymbolicLinks: self.allowsSymbolicLinks)
                try self.replace(with: opened)
                state = State(device: opened.status.st_dev, inode: opened.status.st_ino)
                self.nameable.store(self.isConfiguredPath(leadingTo: opened.status), ordering: .releasing)
                self.away.store(false, ordering: .releasing)
                return .replaced
            } catch {
                let wasAway = self.away.exchange(true, ordering: .acquiringAndReleasing)
                return wasAway ? nil : .away(problem: error.description)
            }
        }
    }

    /// Whether the handle of the open directory is still valid.
    private var isUsable: Bool {
        var status = stat()
        return fstat(self.descriptor, &status) == 0
    }

    /// Assigns another directory to the descriptor.
    private func replace(with opened: borrowing OpenRoot) throws(SendfileError) {
        self.generation.add(1, ordering: .sequentiallyConsistent)
        defer { self.generation.add(1, ordering: .sequentiallyConsistent) }
        while dup3(opened.descriptor, self.descriptor, O_CLOEXEC) < 0 {
            let problem = Errno(rawValue: errno)
            // EBUSY means that the kernel is about to assign this number to another file, which cannot be because it is
            // open.
            guard problem == .interrupted || problem == .resourceBusy else {
                throw SendfileError(.invalidRoot, "the root cannot be replaced: dup3: \(problem)", underlying: problem)
            }
        }
    }

    /// Calls `body` until no replacement of the directory occurs during the call, so that it uses one directory.
    func consistently<Result>(_ body: () throws(FileRefusal) -> Result) throws(FileRefusal) -> Result {
        while true {
            var before = self.generation.load(ordering: .sequentiallyConsistent)
            while before % 2 == 1 {
                // Wait for the lock, and thereby for the end of the replacement.
                before = self.state.withLock { _ in self.generation.load(ordering: .sequentiallyConsistent) }
            }
            do throws(FileRefusal) {
                let result = try body()
                if self.generation.load(ordering: .sequentiallyConsistent) == before { return result }
            } catch {
                if self.generation.load(ordering: .sequentiallyConsistent) == before { throw error }
            }
        }
    }

    /// Whether the path that web servers use leads to this directory, too. It differs from the root's path if that
    /// contains `..`.
    private func isConfiguredPath(leadingTo status: stat) -> Bool {
        RootPath.cleaned(self.path) != nil || Self.leads(Array(self.configuredPath), to: status)
    }

    private static func leads(_ path: [UInt8], to directory: stat) -> Bool {
        var status = stat()
        let path = (path.isEmpty ? [UInt8(ascii: "/")] : path).map(CChar.init(bitPattern:)) + [0]
        return stat(path, &status) == 0 && status.st_ino == directory.st_ino && status.st_dev == directory.st_dev
    }
}
