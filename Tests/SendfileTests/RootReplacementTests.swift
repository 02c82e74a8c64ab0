import Glibc
import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

/// A root whose path leads to another directory, as after a deployment.
struct RootReplacementTests {
    /// A site whose root is the symbolic link `current`.
    private struct Site {
        let directory = try! TemporaryDirectory()
        let log = TestLog()
        let sendfile: Sendfile

        init(_ wall: Wall, root: String = "current", backend: BackendChoice = .apache) throws {
            try self.directory.write("one/file.txt", "one")
            try self.directory.write("two/file.txt", "second")
            try self.directory.link("current", to: "one")
            self.sendfile = try Sendfile(
                configuration: SendfileConfiguration(root: FilePath(self.directory.path(root)), backend: backend),
                logger: self.log.logger, wall: wall)
        }

        /// Changes the link atomically, as `mv -T` does, but not `ln -sfn`.
        func turn(to target: String) throws {
            try self.directory.link("next", to: target)
            try self.directory.rename("next", to: "current")
        }

        /// Waits until a response is as expected, because the path is checked once per tick of the coarse clock.
        func wait(until isDone: () throws -> Bool) throws {
            let start = ContinuousClock.now
            while try !isDone() {
                guard start.duration(to: .now) < .seconds(10) else { throw Errno.timedOut }
                usleep(1000)
            }
        }

        var messages: [String] { self.log.entries.filter { $0.path == nil }.map(\.message) }
    }

    @Test("A changed link leads to the new release", arguments: Wall.allCases) func changedLink(wall: Wall) throws {
        let site = try Site(wall)
        #expect(try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 3)
        try site.turn(to: "two")
        try site.wait { try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 6 }
        let response = try site.sendfile(.test(), "file.txt")
        #expect(response.serverFields.map(\.value) == [Array(site.directory.path("current/file.txt").utf8)])
        #expect(site.messages.last == "the root was replaced; files come from the new directory")
    }

    @Test("A restored directory is served", arguments: Wall.allCases) func restoredDirectory(wall: Wall) throws {
        let site = try Site(wall, root: "one", backend: .stream)
        #expect(try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 3)
        try site.directory.rename("one", to: "old")
        try site.directory.rename("two", to: "one")
        try site.wait { try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 6 }
    }

    /// A file that is only in the new release is found at once, although the path was already checked in this tick.
    @Test("A file of the new release is found at once", arguments: Wall.allCases) func newFile(wall: Wall) throws {
        let site = try Site(wall)
        try site.directory.write("two/new.txt", "new")
        for _ in 0..<50 {
            #expect(try site.sendfile(.test(), "new.txt").status == .notFound)
            try site.turn(to: "two")
            #expect(try site.sendfile(.test(), "new.txt").status == .ok)
            try site.turn(to: "one")
            try site.wait { try site.sendfile(.test(), "new.txt").status == .notFound }
        }
    }

    /// While the path leads nowhere, the open directory is served, and no web server receives a name.
    @Test("A root that is missing for a moment is still served", arguments: Wall.allCases) func missingRoot(wall: Wall)
        throws
    {
        let site = try Site(wall, root: "one")
        try site.directory.link("one/link", to: "file.txt")
        #expect(try site.sendfile(.test(), "link").serverFields.count == 1)
        try site.directory.rename("one", to: "moved")
        try site.wait { try site.sendfile(.test(), "file.txt").isStreamed }
        #expect(try site.sendfile(.test(), "link").isStreamed)
        #expect(
            site.messages.last
                == "the root given to Sendfile is \"\(site.directory.path("one"))\", which does not exist; create the directory "
                + "or correct the path; until it is back, files come from the directory that was open before")
        try site.directory.rename("moved", to: "one")
        try site.wait { try !site.sendfile(.test(), "file.txt").isStreamed }
        #expect(site.messages.last == "the root is back")
        // Logged once, not at each check.
        #expect(site.messages.count { $0.contains("until it is back") } == 1)
    }

    /// The state of the files in a deleted root is unknown, so 404 would be wrong.
    @Test("A deleted root is answered with 503 until it is restored", arguments: Wall.allCases) func deletedRoot(
        wall: Wall
    ) throws {
        let site = try Site(wall, root: "one")
        try site.directory.unlink("one/file.txt")
        #expect(try site.sendfile(.test(), "file.txt").status == .notFound)
        try #require(rmdir(site.directory.path("one")) == 0)
        try site.wait { try site.sendfile(.test(), "file.txt").status == .serviceUnavailable }
        try site.directory.write("one/file.txt", "back")
        try site.wait { try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 4 }
    }

    @Test("A root's path that leads to a file is not served", arguments: Wall.allCases) func fileAsRoot(wall: Wall)
        throws
    {
        let site = try Site(wall)
        try site.directory.write("three", "not a directory")
        try site.turn(to: "three")
        try site.wait {
            site.messages.last?.contains("which is not a directory") == true
                || (try? site.sendfile(.test(), "file.txt"))?.status == nil
        }
        #expect(try site.sendfile(.test(), "file.txt").isStreamed)
        try site.turn(to: "two")
        try site.wait { try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 6 }
    }

    /// Web servers know a path with `..` by the path without it. If that leads elsewhere, they receive no name.
    @Test("A root with parent components is followed, and its files are streamed", arguments: Wall.allCases)
    func parentComponents(wall: Wall) throws {
        let site = try Site(wall, root: "one/../current")
        let name = site.directory.path("one/file.txt")
        #expect(try site.sendfile(.test(), "file.txt").serverFields.map(\.value) == [Array(name.utf8)])
        try site.turn(to: "two")
        try site.wait { try site.sendfile(.test(), "file.txt").storage.requestedFile?.size == 6 }
        #expect(try site.sendfile(.test(), "file.txt").isStreamed)
    }

    /// A root without links may not become one with links.
    @Test("A root without links is not replaced by one with links") func forbiddenLinks() throws {
        let site = try Site(.kernel)
        let sendfile = try Sendfile(
            configuration: SendfileConfiguration(root: FilePath(site.directory.path("one"))), logger: site.log.logger,
            allowsSymbolicLinksInRoot: false)
        try site.directory.rename("one", to: "old")
        try site.directory.link("one", to: "two")
        try site.wait {
            _ = try sendfile(.test(), "file.txt")
            return site.messages.contains { $0.contains("leads through the symbolic link") }
        }
        #expect(try sendfile(.test(), "file.txt").storage.requestedFile?.size == 3)
    }

    /// Two files that are opened for one response are of one release, and no response fails while releases change.
    @Test("No response mixes two releases", .timeLimit(.minutes(1)), arguments: Wall.allCases) func consistency(
        wall: Wall
    ) async throws {
        let site = try Site(wall)
        // With a compressed neighbour in release one only, which would be larger.
        try site.directory.write("one/app.js", "1", modificationTime: 1_600_000_000)
        try site.directory.write("two/app.js", "22", modificationTime: 1_600_000_000)
        try site.directory.write("one/app.js.gz", "first", modificationTime: 1_600_000_000)
        try site.directory.write("two/app.js.br", "second", modificationTime: 1_600_000_000)
        let root = try DocumentRoot(FilePath(site.directory.path("current")), from: .code, wall: wall)
        let name = try RelativePath(.text("app.js"), below: root.configuredPath)
        let isDone = Locked(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !isDone.withLock({ $0 }) {
                    try site.turn(to: "two")
                    try site.turn(to: "one")
                }
            }
            group.addTask {
                defer { isDone.withLock { $0 = true } }
                var replacements = 0
                var seen: Set<Int64> = []
                let start = ContinuousClock.now
                while replacements < 100, start.duration(to: .now) < .seconds(20) {
                    if root.directory.look() == .replaced { replacements += 1 }
                    let file = try root.consistently { () throws(FileRefusal) in
                        try root.representation(of: name, "br, gzip", locating: true) { _, _ in }
                    }
                    // An original of one release without its neighbour would be a mixture.
                    #expect(file.file.size > 2, "\(file.file.size) bytes")
                    seen.insert(file.file.size)
                }
                #expect(replacements == 100 && seen == [5, 6])
            }
            try await group.waitForAll()
        }
    }

    /// The descriptor that a replacement uses is closed.
    @Test("A replacement leaves no descriptor open") func noDescriptor() throws {
        let site = try Site(.kernel)
        func descriptors() -> Int {
            (3..<1024).count { fcntl($0, F_GETFD) >= 0 }
        }
        _ = try site.sendfile(.test(), "file.txt")
        let root = try DocumentRoot(FilePath(site.directory.path("current")), from: .code)
        var number: CInt = -1
        for round in 0..<50 {
            try site.turn(to: round % 2 == 0 ? "two" : "one")
            try site.wait { root.directory.look() == .replaced }
            if number < 0 { number = root.directory.descriptor }
            #expect(root.directory.descriptor == number)
        }
        // Other tests open files meanwhile, but not fifty that stay.
        let before = descriptors()
        for round in 0..<200 {
            try site.turn(to: round % 2 == 0 ? "two" : "one")
            try site.wait { root.directory.look() == .replaced }
        }
        #expect(descriptors() < before + 100)
    }
}
