import CLinux
import Glibc
import Synchronization
import SystemPackage

/// The directory that a root's path leads to: one descriptor, behind which the directory is replaced when the path leads to
/// another one.
///
/// Deployments replace a root: they turn a symbolic link, restore a directory, mount a volume. ``look()`` notices that, at most one
/// tick of the kernel's coarse clock (1 to 10 ms) later, opens the new directory and puts it behind the same descriptor (dup3(2)).
/// So a system call that has begun finishes in the old directory, the next one begins in the new directory, and no reference is
/// counted. ``consistently(_:)`` gives several system calls one directory. Files that are open already stay open. While the path leads to
/// no usable directory, the old one stays.
///
/// `@unchecked Sendable` holds because the descriptor's number and ``configuredPath`` never change until this object is gone, and all
/// else is atomic or behind the lock. Any thread may read the memory of ``configuredPath`` as long as it holds this object.
final class RootDirectory: @unchecked Sendable {
    /// The result of a look at the root's path.
    enum Change: Equatable {
        /// The path leads to another directory, which is served from now on.
        case replaced
        /// The path does not lead to a directory that can be served. The old one stays.
        case away(problem: String)
        /// The path leads to the directory that is open, again.
        case back
    }

    /// The open directory (`O_PATH`).
    let descriptor: CInt

    /// The root's path as a web server's configuration names it, without a slash at the end: what the server compares names with
    /// (`x-sendfile-docroot`, `XSendFilePath`) is what the administrator wrote, links and all. Empty for the root directory `/`. Not an
    /// array: each use of one would count a reference that all threads share.
    let configuredPath: UnsafeBufferPointer<UInt8>

    private let path: FilePath
    private let source: SettingSource
    private let allowsSymbolicLinks: Bool

    private struct State {
        var device: dev_t
        var inode: ino_t
    }
    private let state: Locked<State>

    /// Whether the path does not lead to a directory that can be served. Changed under the lock.
    private let away = Atomic<Bool>(false)

    /// Whether ``configuredPath`` leads to the directory that is open: otherwise no web server may be told a name below it.
    private let nameable: Atomic<Bool>

    /// When the path was last looked at, in nanoseconds of the coarse clock, which stands still between two ticks.
    private let lastLook = Atomic<Int>(-1)

    /// Whether a thread is looking: a path that hangs, such as one on a file server that is gone, holds one thread and no more.
    private let isLooking = Atomic<Bool>(false)

    /// Odd while the directory is being replaced, and another number after each time.
    private let generation = Atomic<UInt>(0)

    /// Opens a root.
    ///
    /// - Parameters:
    ///   - path: An absolute path of a directory.
    ///   - source: What the root was named by, for the error's text.
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

    /// Whether a web server may be told names below ``configuredPath``.
    var isNameable: Bool { self.nameable.load(ordering: .acquiring) }

    /// Whether the directory that is open is deleted and the path leads to no other: nothing can be said about a file then.
    var isGone: Bool {
        guard self.away.load(ordering: .acquiring) else { return false }
        var status = stat()
        return fstat(self.descriptor, &status) == 0 && status.st_nlink == 0
    }

    // MARK: Replacing

    /// Looks whether the root's path still leads to the directory that is open, and opens another one that it leads to. To be
    /// called before each use of a file.
    ///
    /// The first caller in each tick of the coarse clock looks, which is one system call; all others pay for reading the clock
    /// only, which is none.
    ///
    /// - Returns: What is different now; `nil` nearly always.
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

    /// The same, whatever the clock says: for a file that was not found, which may be in a directory that has come since.
    ///
    /// - Returns: What is different now; `nil` also while another thread looks.
    @inline(never)
    func lookAgain() -> Change? {
        guard !self.isLooking.exchange(true, ordering: .acquiring) else { return nil }
        defer { self.isLooking.store(false, ordering: .releasing) }
        return self.compare()
    }

    private func compare() -> Change? {
        var status = stat()
        let found = self.path.withPlatformString { stat($0, &status) }
        return self.state.withLock { state in
            if found == 0, status.st_ino == state.inode, status.st_dev == state.device {
                self.nameable.store(self.isConfiguredPath(leadingTo: status), ordering: .releasing)
                return self.away.exchange(false, ordering: .acquiringAndReleasing) ? .back : nil
            }
            // Before another directory can be opened: a web server would look for the name there already.
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

    /// Puts another directory behind the descriptor.
    private func replace(with opened: borrowing OpenRoot) throws(SendfileError) {
        self.generation.add(1, ordering: .sequentiallyConsistent)
        defer { self.generation.add(1, ordering: .sequentiallyConsistent) }
        while dup3(opened.descriptor, self.descriptor, O_CLOEXEC) < 0 {
            let problem = Errno(rawValue: errno)
            // EBUSY: the kernel is about to give this number to another file, which cannot be while it is open.
            guard problem == .interrupted || problem == .resourceBusy else {
                throw SendfileError(.invalidRoot, "the root cannot be replaced: dup3: \(problem)", underlying: problem)
            }
        }
    }

    /// Calls `body` until no replacement of the directory has come between its beginning and its end, so that it has seen one
    /// directory.
    func consistently<Result>(_ body: () throws(FileRefusal) -> Result) throws(FileRefusal) -> Result {
        while true {
            var before = self.generation.load(ordering: .sequentiallyConsistent)
            while before % 2 == 1 {
                // Until the lock is free, and with it the replacement done.
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

    /// Whether the path that web servers know leads to this directory too. It may be another path than the root's, if that holds
    /// `..`.
    private func isConfiguredPath(leadingTo status: stat) -> Bool {
        RootPath.cleaned(self.path) != nil || Self.leads(Array(self.configuredPath), to: status)
    }

    private static func leads(_ path: [UInt8], to directory: stat) -> Bool {
        var status = stat()
        let path = (path.isEmpty ? [UInt8(ascii: "/")] : path).map(CChar.init(bitPattern:)) + [0]
        return stat(path, &status) == 0 && status.st_ino == directory.st_ino && status.st_dev == directory.st_dev
    }
}
