import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Sendfile

/// Two ways to open a path below a root, with the same result.
struct WallTests {
    /// The result for a path: the file's identity, or the reason why there is none.
    private enum Outcome: Equatable {
        case file(inode: UInt, name: String?)
        case refused

        /// The result without the name.
        var inode: UInt? { if case .file(let inode, _) = self { inode } else { nil } }
    }

    /// - Parameter locating: Whether the name is requested, too; if the path contains links, both walls then walk.
    private static func outcome(
        _ path: String, below root: DocumentRoot, locating: Bool = false
    ) throws -> Outcome {
        do throws(FileRefusal) {
            let path = try RelativePath(.text(path), below: root.configuredPath)
            let (file, place) = try root.open(path, locating: locating)
            var status = stat()
            fstat(file.descriptor.rawValue, &status)
            return .file(
                inode: status.st_ino, name: locating ? String(decoding: place.bytes, as: UTF8.self) : nil)
        } catch {
            // A failure of the system would be a fault of the test or of the wall.
            if error.isAboutTheSystem { throw Errno(rawValue: EIO) }
            return .refused
        }
    }

    /// The number of paths of all seeds that led to a file: a test with refusals only would show little.
    private static let found = Locked(0)

    /// Trees of directories, files and links that a seed makes, and paths in them: the same outcome, and never outside.
    @Test("Both walls have the same result for every path", .serialized, arguments: 0..<40) func agreement(seed: UInt64)
        throws
    {
        var generator = SeededGenerator(seed: seed)
        let site = try TemporaryDirectory()
        try site.write("secret", "out")
        try site.makeDirectory("root")
        let names = ["a", "b", "c", "d", "l", "m", "n"]
        var directories = ["root"]
        for _ in 0..<30 {
            let directory = directories.randomElement(using: &generator)!
            let path = "\(directory)/\(names.randomElement(using: &generator)!)"
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                guard mkdir(site.path(path), 0o755) == 0 else { continue }
                directories.append(path)
            case 2:
                let descriptor = open(site.path(path), O_CREAT | O_EXCL | O_WRONLY, 0o644)
                if descriptor >= 0 { close(descriptor) }
            default:
                var target = (0...Int.random(in: 0...5, using: &generator)).map { _ in
                    (names + ["..", "..", "..", ".", "", "root"]).randomElement(using: &generator)!
                }.joined(separator: "/")
                if Int.random(in: 0..<20, using: &generator) == 0 { target = site.path("root/a") }
                _ = symlink(target, site.path(path))
            }
        }
        let roots = try Wall.allCases.map {
            try DocumentRoot(FilePath(site.path("root")), from: .code, wall: $0)
        }
        var found = 0
        for _ in 0..<2_000 {
            let path = (0...Int.random(in: 0...5, using: &generator)).map { _ in
                names.randomElement(using: &generator)!
            }.joined(separator: "/")
            let outcomes = try roots.map { try Self.outcome(path, below: $0) }
            #expect(outcomes[0] == outcomes[1], "\(path)")
            let named = try roots.map { try Self.outcome(path, below: $0, locating: true) }
            #expect(named[0] == named[1] && named[0].inode == outcomes[0].inode, "\(path)")
            if case .file(_, let name?) = named[1] {
                found += 1
                #expect(!name.split(separator: "/").contains(".."))
                // The resolved name leads to the same file without any link.
                var status = stat()
                #expect(lstat(site.path("root/" + name), &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
                #expect(named[1] == .file(inode: status.st_ino, name: name))
            }
        }
        Self.found.withLock { $0 += found }
        if seed == 39 { #expect(Self.found.withLock { $0 } > 1_000) }
    }

    @Test("Forty links are followed", arguments: Wall.allCases, [(39, true), (40, true), (41, false)])
    func fortyLinks(wall: Wall, chain: (Int, Bool)) throws {
        let (count, isFound) = chain
        let site = try TemporaryDirectory()
        try site.write("root/0", "in")
        for link in 1...count { try site.link("root/\(link)", to: "\(link - 1)") }
        let root = try DocumentRoot(FilePath(site.path("root")), from: .code, wall: wall)
        #expect((try Self.outcome("\(count)", below: root) != .refused) == isFound)
    }

    /// Each `..` makes the walk restart from the root: their number is limited, and no descriptor is left open.
    @Test("A link with many steps ends", arguments: Wall.allCases) func manySteps(wall: Wall) throws {
        let site = try TemporaryDirectory()
        let depth = 60
        let deep = Array(repeating: "d", count: depth).joined(separator: "/")
        try site.write("root/\(deep)/file", "in")
        let target = String(repeating: "../d/", count: 800) + "file"
        try site.link("root/\(deep)/link", to: target)
        try site.link("root/\(deep)/short", to: String(repeating: "../d/", count: 100) + "file")
        let root = try DocumentRoot(FilePath(site.path("root")), from: .code, wall: wall)
        #expect(try Self.outcome("\(deep)/short", below: root) != .refused)
        // The kernel has no limit here, and the walk stops: 404, not a busy thread.
        #expect((try Self.outcome("\(deep)/link", below: root) == .refused) == (wall == .walk))
    }

    /// In a directory where every user can create links, a link of another user is not followed
    /// (`fs.protected_symlinks`).
    @Test("Another user's link in a shared directory is not followed", .enabled(if: geteuid() == 0))
    func sharedDirectory() throws {
        let site = try TemporaryDirectory()
        try site.write("root/file", "in")
        try site.makeDirectory("root/shared")
        try site.link("root/shared/link", to: "../file")
        let root = try DocumentRoot(FilePath(site.path("root")), from: .code, wall: .walk)
        #expect(try Self.outcome("shared/link", below: root) != .refused)
        try #require(lchown(site.path("root/shared/link"), 1234, 1234) == 0)
        #expect(try Self.outcome("shared/link", below: root) != .refused)
        try #require(chmod(site.path("root/shared"), 0o1777) == 0)
        #expect(try Self.outcome("shared/link", below: root) == .refused)
        // A link before the last component is followed, as by the kernel.
        try site.link("root/shared/way", to: "..")
        try #require(lchown(site.path("root/shared/way"), 1234, 1234) == 0)
        #expect(try Self.outcome("shared/way/file", below: root) != .refused)
        try #require(chown(site.path("root/shared"), 1234, 1234) == 0)
        #expect(try Self.outcome("shared/link", below: root) != .refused)
    }

    /// `..` needs the search permission on the directory that it leaves, as does any name in it.
    @Test("A path through a closed directory is refused", .enabled(if: geteuid() == 0), arguments: Wall.allCases)
    func closedDirectory(wall: Wall) throws {
        let site = try TemporaryDirectory()
        try site.write("root/file", "in")
        try site.makeDirectory("root/closed")
        try site.makeDirectory("root/open")
        try site.link("root/through", to: "closed/../file")
        try site.link("root/twice", to: "open/../closed/../file")
        try site.link("root/past", to: "open/../file")
        let root = try DocumentRoot(FilePath(site.path("root")), from: .code, wall: wall)
        try #require(chmod(site.path("root"), 0o755) == 0 && chmod(site.path("root/closed"), 0o700) == 0)
        #expect(try Self.outcome("through", below: root) != .refused)
        // setfsuid(2) counts for this thread only.
        typealias SetUser = @convention(c) (uid_t) -> CInt
        let setUser = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: SetUser.self)
        _ = setUser(65534)
        defer { _ = setUser(0) }
        #expect(try Self.outcome("file", below: root) != .refused)
        #expect(try Self.outcome("past", below: root) != .refused)
        #expect(try Self.outcome("through", below: root) == .refused)
        #expect(try Self.outcome("twice", below: root) == .refused)
    }

    /// Directories and links are swapped, and directories moved out of the root and back, while files are opened: never a file
    /// outside.
    @Test("A concurrent swap never leads out of the root", .timeLimit(.minutes(5)), arguments: Wall.allCases)
    func swaps(wall: Wall) async throws {
        let site = try TemporaryDirectory()
        try site.write("root/dir/sub/file", "in")
        try site.write("root/other/sub/file", "in")
        // The files that a wrong resolution would reach.
        for outside in ["file", "secret", "outside/file", "outside/sub/file", "away/file"] {
            try site.write(outside, "out")
        }
        try site.link("root/way", to: "dir/sub/../sub/../../dir/sub")
        try site.link("root/leave", to: "dir/sub/../../secret")
        try site.link("root/out", to: "../outside")
        try site.link("root/absolute", to: site.path("outside"))
        try site.link("root/dir/up", to: "../../outside/sub")
        let root = try DocumentRoot(FilePath(site.path("root")), from: .code, wall: wall)
        let isDone = Locked(false)
        @Sendable func move(_ one: String, _ other: String, exchange: Bool = true) {
            _ = renameat2(AT_FDCWD, site.path(one), AT_FDCWD, site.path(other), exchange ? 2 : 0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !isDone.withLock({ $0 }) {
                    move("root/dir", "root/out")
                    move("root/dir", "root/out")
                    move("root/other", "root/absolute")
                    move("root/other", "root/absolute")
                    move("root/dir/sub", "root/dir/up")
                    move("root/dir/sub", "root/dir/up")
                    move("root/dir/sub", "away/sub", exchange: false)
                    move("away/sub", "root/dir/sub", exchange: false)
                }
            }
            group.addTask {
                defer { isDone.withLock { $0 = true } }
                var opened = 0
                for _ in 0..<10_000 {
                    for path in [
                        "dir/sub/file", "way/file", "out/sub/file", "absolute/sub/file", "leave", "dir/up/file",
                    ] {
                        for locating in [false, true] {
                            guard let name = try? RelativePath(.text(path), below: root.configuredPath),
                                let file = try? root.open(name, locating: locating).file
                            else { continue }
                            opened += 1
                            #expect(file.size == 2, "\(path) leads out")
                        }
                    }
                }
                #expect(opened > 0)
            }
            try await group.waitForAll()
        }
    }
}
