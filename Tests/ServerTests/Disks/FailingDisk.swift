import Glibc
import Sendfile
import Testing

/// A mounted file system that fails on request: `Tests/failing-disk`.
final class FailingDisk: Sendable {
    /// The reason why no such file system can be mounted; `nil` if one can.
    static let missing: String? = {
        guard geteuid() == 0 else { return "only root can mount a file system" }
        guard access("/dev/fuse", R_OK | W_OK) == 0 else { return "there is no /dev/fuse" }
        guard access("/usr/lib/python3/dist-packages/fusepy.py", R_OK) == 0 else {
            return "there is no fusepy: apt-get install python3-fusepy"
        }
        return nil
    }()

    /// The mount point.
    let path: String
    /// The directory that it shows.
    let directory: String
    private let control: String
    private let log: String
    private let process: Locked<ChildProcess?>

    init() throws {
        let workspace = try Workspace.shared.makeDirectory("disk")
        self.path = "\(workspace)/mounted"
        self.directory = "\(workspace)/shown"
        self.control = "\(workspace)/control"
        self.log = "\(workspace)/log"
        for path in [self.path, self.directory] { try Files.makeDirectory(path) }
        self.process = Locked(nil)
        try self.mount()
    }

    /// Mounts the file system, at the start and again after ``lose()`` or ``unmount()``.
    func mount() throws {
        try self.fail("")
        let process = try ChildProcess(
            ["\(CodeBlock.package)/Tests/failing-disk", self.directory, self.path, self.control], log: self.log)
        self.process.withLock { $0 = process }
        let outside = Self.device(CodeBlock.package)
        try Deadline.wait("a disk is mounted") {
            guard process.isRunning else { throw Failure(try Files.text(self.log)) }
            return Self.device(self.path).map { $0 != outside && $0 != Self.device("\(self.path)/..") } ?? false
        }
    }

    private static func device(_ path: String) -> dev_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_dev : nil
    }

    /// Sets the failures from now on, as described in `Tests/failing-disk`; none for an empty text.
    func fail(_ rules: String) throws {
        try Files.write(rules, to: "\(self.control).new")
        guard rename("\(self.control).new", self.control) == 0 else { throw Failure.system("rename the rules") }
    }

    /// The number of calls that the rules have delayed, or that hang or did, since the disk was created.
    var slowCalls: Int { (try? Files.text("\(self.control).slow").utf8.count) ?? 0 }

    /// Adds a file whose modification time is old.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Files.write(bytes, to: "\(self.directory)/\(name)".utf8)
    }

    /// Kills the process that serves the kernel. The mount stays, and every access to it fails.
    func lose() throws {
        guard let process = self.process.withLock({ $0.take() }) else { return }
        process.signal(SIGKILL)
        _ = try process.waitForEnd()
    }

    /// Unmounts the file system, even while files on it are open.
    func unmount() throws {
        try self.fail("")
        guard umount2(self.path, Int32(MNT_DETACH)) == 0 || errno == EINVAL else {
            throw Failure.system("unmount \(self.path)")
        }
        try self.lose()
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips tests if no failing file system can be mounted.
    static var onFailingDisks: Self {
        .enabled(if: FailingDisk.missing == nil, "\(FailingDisk.missing ?? "")")
    }
}
