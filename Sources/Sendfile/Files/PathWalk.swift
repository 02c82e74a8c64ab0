import CLinux
import Glibc
import SystemPackage

/// Opens a path below a directory one component at a time, without openat2(2).
///
/// Each system call of the walk receives one component, and none follows a symbolic link (`O_NOFOLLOW`). The walk reads
/// links itself and inserts their targets before the rest of the path. It removes the last directory for `..` and never
/// goes above the root, so no concurrent rename can lead out. Links with an absolute target are refused, as openat2(2)
/// does with `RESOLVE_BENEATH`; that includes the magic links of `/proc`.
///
/// The walk owns the descriptor of its current directory, and closes it.
struct PathWalk: ~Copyable {
    /// The maximum number of symbolic links in a path (path_resolution(7)).
    private static let maximumLinks = 40

    /// The maximum number of directories that one walk opens. A link with many `..` makes the walk restart from the
    /// root repeatedly; the kernel needs no such limit, and no realistic path comes near it.
    private static let maximumSteps = 16_384

    /// The longest target of a link, in bytes.
    private static let maximumTarget = 4095

    private let root: CInt
    private let followsLinks: Bool

    /// The current directory; the root's own descriptor at the start.
    private var directory: CInt
    /// The names that lead from the root to ``directory`` (after ``catchUp()``).
    private var names: [ArraySlice<UInt8>] = []
    /// Whether `..` has shortened ``names`` since ``directory`` was opened.
    private var isBehind = false
    private var links = 0
    private var steps = 0

    /// - Parameters:
    ///   - root: The descriptor of the directory that confines the walk; it must stay open during the walk.
    ///   - followsLinks: Whether symbolic links are followed; if not, a link is ``FileRefusal/linkLoop``.
    init(below root: CInt, followsLinks: Bool = true) {
        self.root = root
        self.directory = root
        self.followsLinks = followsLinks
    }

    deinit {
        if self.directory != self.root { close(self.directory) }
    }

    /// The path of the opened file, from the root, without symbolic links, `.` and `..`.
    var resolvedPath: [UInt8] { Array(self.names.joined(separator: CollectionOfOne(UInt8(ascii: "/")))) }

    /// Opens a path. Call it once.
    ///
    /// - Parameters:
    ///   - path: The path relative to the root, with a NUL at the end.
    ///   - flags: The flags of open(2).
    /// - Returns: A descriptor, owned by the caller.
    mutating func open(_ path: ArraySlice<UInt8>, flags: CInt) throws(FileRefusal) -> CInt {
        var rest = path.dropLast()
        while true {
            rest = rest.drop { $0 == UInt8(ascii: "/") }
            guard !rest.isEmpty else { break }
            let name = rest.prefix { $0 != UInt8(ascii: "/") }
            rest = rest[name.endIndex...]
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                guard !self.names.isEmpty else { throw FileRefusal.leavesRoot }
                try self.leave()
                continue
            }
            try self.catchUp()
            // With a slash after it, the last name must be a directory's.
            let isLast = rest.isEmpty
            let (opened, problem) = try self.step(
                into: name, flags: isLast ? flags : linux_o_path | O_DIRECTORY | O_CLOEXEC)
            if opened >= 0 {
                self.names.append(name)
                if isLast { return opened }
                self.enter(opened)
                continue
            }
            // A link is reported as ELOOP, or as ENOTDIR if a directory was requested.
            guard problem == .tooManySymbolicLinkLevels || problem == .notDirectory,
                let target = try self.target(of: name, isTrailing: !rest.contains { $0 != UInt8(ascii: "/") })
            else { throw FileRefusal(problem) }
            rest = target + rest
        }
        // The path ends with a slash, `.` or `..`: it names a directory.
        try self.catchUp()
        let (opened, problem) = try self.step(into: Array(".".utf8)[...], flags: flags)
        guard opened >= 0 else { throw FileRefusal(problem) }
        return opened
    }

    private mutating func enter(_ opened: CInt) {
        if self.directory != self.root { close(self.directory) }
        self.directory = opened
    }

    /// Removes the last directory, if this process may search it: the kernel requires that permission for `..`, too.
    private mutating func leave() throws(FileRefusal) {
        // Directories above have been searched already.
        if !self.isBehind {
            let (opened, problem) = try self.step(into: Array(".".utf8)[...], flags: linux_o_path | O_CLOEXEC)
            guard opened >= 0 else { throw FileRefusal(problem) }
            close(opened)
        }
        self.names.removeLast()
        self.isBehind = true
    }

    /// Opens the directory of ``names`` from the root, after `..` has shortened them.
    ///
    /// It does not open `..`, because a directory that is moved meanwhile has another parent.
    private mutating func catchUp() throws(FileRefusal) {
        guard self.isBehind else { return }
        self.isBehind = false
        self.enter(self.root)
        for name in self.names {
            let (opened, problem) = try self.step(into: name, flags: linux_o_path | O_DIRECTORY | O_CLOEXEC)
            guard opened >= 0 else { throw FileRefusal(problem) }
            self.enter(opened)
        }
    }

    /// Calls openat(2) with one name in the current directory.
    private mutating func step(
        into name: ArraySlice<UInt8>, flags: CInt
    ) throws(FileRefusal) -> (opened: CInt, problem: Errno) {
        self.steps += 1
        guard self.steps <= Self.maximumSteps else { throw FileRefusal.linkLoop }
        return Self.withCString(name) { name in
            while true {
                let opened = linux_openat(self.directory, name, flags | O_NOFOLLOW | O_CLOEXEC)
                let problem = Errno(rawValue: errno)
                if opened >= 0 || problem != .interrupted { return (opened, problem) }
            }
        }
    }

    /// The target of a symbolic link; `nil` if the name is not, or no longer, a symbolic link.
    ///
    /// - Parameter isTrailing: Whether it is the last component of the whole path.
    private mutating func target(
        of name: ArraySlice<UInt8>, isTrailing: Bool
    ) throws(FileRefusal) -> ArraySlice<UInt8>? {
        // Open the link itself, so that the checked link is the one that is read.
        let (link, problem) = try self.step(into: name, flags: linux_o_path)
        guard link >= 0 else { throw FileRefusal(problem) }
        defer { close(link) }
        var status = stat()
        guard fstat(link, &status) == 0 else { throw FileRefusal(Errno(rawValue: errno)) }
        guard status.st_mode & S_IFMT == S_IFLNK else { return nil }
        self.links += 1
        guard self.followsLinks, self.links <= Self.maximumLinks, !Self.forbidsLinks(link) else {
            throw FileRefusal.linkLoop
        }
        guard !isTrailing || self.mayFollow(status) else { throw FileRefusal.accessDenied }
        var length = 0
        let target = [UInt8](unsafeUninitializedCapacity: Self.maximumTarget + 1) { buffer, count in
            length = buffer.withMemoryRebound(to: CChar.self) { readlinkat(link, "", $0.baseAddress!, $0.count) }
            count = max(0, length)
        }
        guard length >= 0 else { throw FileRefusal(Errno(rawValue: errno)) }
        guard length <= Self.maximumTarget else { throw FileRefusal.pathTooLong }
        guard target.first != UInt8(ascii: "/") else { throw FileRefusal.leavesRoot }
        return target[...]
    }

    /// Whether a link at the end of a path may be followed in a directory such as `/tmp`, where every user can create
    /// links. As with the kernel's `fs.protected_symlinks` (proc(5)), the link must belong to this process's user or to
    /// the directory's owner.
    private func mayFollow(_ link: stat) -> Bool {
        var status = stat()
        guard fstat(self.directory, &status) == 0 else { return false }
        let isShared = status.st_mode & (S_ISVTX | S_IWOTH) == S_ISVTX | S_IWOTH
        return !isShared || link.st_uid == geteuid() || link.st_uid == status.st_uid
    }

    /// Whether the file system forbids following links (mount(8), `nosymfollow`).
    private static func forbidsLinks(_ link: CInt) -> Bool {
        var status = statvfs()
        return fstatvfs(link, &status) == 0 && status.f_flag & Self.noSymbolicLinks != 0
    }

    /// `ST_NOSYMFOLLOW` of Linux 5.10, which glibc does not declare.
    private static let noSymbolicLinks: UInt = 0x2000

    private static func withCString<Result>(
        _ name: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: name.count + 1) { buffer in
            for (index, byte) in name.enumerated() { buffer.initializeElement(at: index, to: CChar(bitPattern: byte)) }
            buffer.initializeElement(at: name.count, to: 0)
            return body(UnsafePointer(buffer.baseAddress!))
        }
    }
}
