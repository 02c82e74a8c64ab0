import Glibc
import HTTPTypes
import Logging
import SystemPackage
import Testing

@testable import Sendfile

/// The wall: no file outside of the root is served, for any path and any content of the root.
struct DocumentRootTests {
    /// A root with a secret beside it.
    private struct Site {
        let directory = try! TemporaryDirectory()
        let log = TestLog()
        let wall: Wall

        init(_ wall: Wall) throws {
            self.wall = wall
            try self.directory.write("root/file.txt", "in")
            try self.directory.write("root/dir/inner.txt", "in")
            try self.directory.write("secret.txt", "out")
            try self.directory.write("root_example/secret.txt", "out")
        }

        /// A `Sendfile` for a directory, with the path check under test.
        func sendfile(_ root: String, backend: BackendChoice = .stream) throws -> Sendfile {
            let path = FilePath(root.hasPrefix("/") ? root : self.directory.path(root))
            return try Sendfile(
                configuration: SendfileConfiguration(root: path, backend: backend),
                logger: self.log.logger, wall: self.wall)
        }

        func respond(_ path: String, backend: BackendChoice = .stream) throws -> FileResponse {
            try self.sendfile("root", backend: backend)(.test(), path)
        }
    }

    @Test(
        "A path that leads out of the root, or to no file, is not found",
        arguments: Wall.allCases,
        [
            "", "/", ".", "./", "..", "../", "dir", "dir/", "dir/.", "dir/..", "file.txt/", "file.txt/.", "file.txt/..",
            "file.txt/x", "missing", "missing/file.txt", "dir//inner.txt", ".//file.txt", "file.txt//", "../secret.txt",
            "dir/../../secret.txt", "dir/../file.txt",
            "./../secret.txt", "..//secret.txt", "../root/file.txt", "../root_example/secret.txt",
            "_example/secret.txt",
            "/etc/passwd", "//etc/passwd", "/file.txt", "file.txt\0", "file.txt\0.png", "\0", "dir\0/inner.txt",
            "file.txt ", " file.txt", "FILE.TXT", "file.txt\n", "%2e%2e/secret.txt", "..%2fsecret.txt",
            "..\\secret.txt",
            String(repeating: "x", count: 256), String(repeating: "x/", count: 3000) + "y",
            String(repeating: "x", count: 100_000),
        ]) func forbiddenPaths(wall: Wall, path: String) throws
    {
        let site = try Site(wall)
        for backend in [BackendChoice.stream, .lighttpd, .apache, .nginx] {
            let response = try site.respond(path, backend: backend)
            #expect(response.status == .notFound)
            #expect(response.headerFields == [.cacheControl: "private"])
            guard response.delivery.serverFields.isEmpty, response.delivery.body == nil else {
                Issue.record("\(backend) delivers \(path)")
                return
            }
        }
    }

    @Test(
        "A path with redundant components is found under its normal name",
        arguments: Wall.allCases,
        [
            ("file.txt", "file.txt"), ("./file.txt", "file.txt"), ("dir/inner.txt", "dir/inner.txt"),
            ("dir/./inner.txt", "dir/inner.txt"), ("./dir/././inner.txt", "dir/inner.txt"),
        ]) func normalizedPaths(wall: Wall, texts: (String, String)) throws
    {
        let (path, name) = texts
        let site = try Site(wall)
        #expect(try site.respond(path).status == .ok)
        #expect(try RelativePath(.text(path)).bytes.elementsEqual(name.utf8))
        #expect(try RelativePath(.filePath(FilePath(path))).bytes.elementsEqual(name.utf8))
        let fields = try site.respond(path, backend: .nginx).serverFields
        #expect(fields.map(\.value) == [Array("/protected/\(name)".utf8)])
    }

    @Test(
        "A link that leaves the root or leads nowhere is not found",
        arguments: Wall.allCases,
        [
            ("out", "../secret.txt"), ("absolute", "/etc/hostname"), ("outdir", ".."), ("dangling", "missing"),
            ("danglingout", "../missing"), ("loop", "loop"), ("upanddown", "../root/file.txt"),
        ]) func forbiddenLinks(wall: Wall, texts: (String, String)) throws
    {
        let (name, target) = texts
        let site = try Site(wall)
        try site.directory.link("root/\(name)", to: target)
        try site.directory.link("root/chain", to: name)
        for path in [name, "chain", "\(name)/secret.txt", "chain/secret.txt", "\(name)/file.txt"] {
            for backend in [BackendChoice.stream, .lighttpd] {
                #expect(try site.respond(path, backend: backend).status == .notFound, "\(path)")
            }
        }
    }

    @Test(
        "A link that stays inside is served under the name of its target",
        arguments: Wall.allCases,
        [
            ("link", "file.txt", "link", "file.txt"), ("link", "dir/inner.txt", "link", "dir/inner.txt"),
            ("linkdir", "dir", "linkdir/inner.txt", "dir/inner.txt"),
            ("dir/up", "../file.txt", "dir/up", "file.txt"),
            ("dir/updir", "../dir", "dir/updir/inner.txt", "dir/inner.txt"),
            ("dir/here", ".", "dir/here/here/inner.txt", "dir/inner.txt"),
        ]) func insideLinks(
            wall: Wall, texts: (String, String, String, String)
        ) throws
    {
        let (link, target, path, resolved) = texts
        let site = try Site(wall)
        try site.directory.link("root/\(link)", to: target)
        #expect(try site.respond(path).status == .ok)
        let response = try site.respond(path, backend: .apache)
        #expect(response.serverFields.map(\.value) == [Array(site.directory.path("root/\(resolved)").utf8)])
    }

    /// The web server compares names with the root in its configuration.
    @Test(
        "The web server receives the root as it is configured",
        arguments: Wall.allCases,
        [
            ("current", "current"), ("current/", "current"), (".//current/.", "current"), ("via/root", "via/root"),
            ("root/../current", "root"), ("via/../root", "elsewhere/root"),
        ]) func configuredRoot(wall: Wall, texts: (String, String)) throws
    {
        let (root, name) = texts
        let site = try Site(wall)
        try site.directory.link("current", to: "root")
        try site.directory.makeDirectory("elsewhere/sub")
        try site.directory.write("elsewhere/root/file.txt", "in")
        try site.directory.write("elsewhere/sub/root/file.txt", "in")
        try site.directory.link("elsewhere/root/link", to: "file.txt")
        try site.directory.link("root/link", to: "file.txt")
        try site.directory.link("elsewhere/sub/root/link", to: "file.txt")
        try site.directory.link("via", to: "elsewhere/sub")
        let sendfile = try site.sendfile(root, backend: .apache)
        for path in ["file.txt", "link"] {
            #expect(
                try sendfile(.test(), path).serverFields.map(\.value)
                    == [Array(site.directory.path("\(name)/file.txt").utf8)])
        }
        #expect(try sendfile(.test(), "../secret.txt").status == .notFound)
    }

    @Test("The directory / can be the root", arguments: Wall.allCases) func topDirectory(wall: Wall) throws {
        let site = try Site(wall)
        let sendfile = try site.sendfile("/", backend: .apache)
        let path = site.directory.path("root/file.txt")
        #expect(try sendfile(.test(), String(path.dropFirst())).serverFields.map(\.value) == [Array(path.utf8)])
        #expect(try sendfile(.test(), path).status == .notFound)
    }

    @Test("A FIFO is not found and does not block", .timeLimit(.minutes(1)), arguments: Wall.allCases) func fifo(
        wall: Wall
    ) throws {
        let site = try Site(wall)
        try #require(mkfifo(site.directory.path("root/fifo"), 0o644) == 0)
        #expect(try site.respond("fifo").status == .notFound)
        #expect(try site.respond("fifo", backend: .lighttpd).status == .notFound)
    }

    @Test("A socket is not found", arguments: Wall.allCases) func unixSocket(wall: Wall) throws {
        let site = try Site(wall)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: site.directory.path("root/socket").utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        #expect(try site.respond("socket").status == .notFound)
    }

    @Test("A device is not found", arguments: Wall.allCases, ["null", "fd/0", "stdin", "shm"]) func device(
        wall: Wall, path: String
    )
        throws
    {
        #expect(try Site(wall).sendfile("/dev")(.test(), path).status == .notFound)
    }

    /// The magic links of `/proc` lead directly to open files, without names.
    @Test("A magic link of /proc is not found", arguments: Wall.allCases) func magicLink(wall: Wall) throws {
        let site = try Site(wall)
        let descriptor = open(site.directory.path("secret.txt"), O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let sendfile = try site.sendfile("/proc", backend: .apache)
        for path in ["self/fd/\(descriptor)", "self/root/etc/hostname", "self/cwd/Package.swift", "\(getpid())/exe"] {
            #expect(try sendfile(.test(), path).status == .notFound)
        }
        #expect(try sendfile(.test(), "\(getpid())/status").status == .ok)
    }

    @Test("An open file keeps its bytes when its name is given to another file", arguments: Wall.allCases)
    func replacedFile(wall: Wall) throws {
        let site = try Site(wall)
        let response = try site.respond("file.txt")
        try site.directory.write("root/other", "elsewhere")
        try site.directory.rename("root/other", to: "root/file.txt")
        guard let body = response.delivery.body else {
            Issue.record("not streamed")
            return
        }
        #expect(body.length == 2)
        #expect(try body.collect() == Array("in".utf8))
    }

    @Test("A directory that is replaced by a link out of the root is not found", arguments: Wall.allCases)
    func swappedDirectory(wall: Wall) throws {
        let site = try Site(wall)
        let sendfile = try site.sendfile("root")
        #expect(try sendfile(.test(), "dir/inner.txt").status == .ok)
        try site.directory.rename("root/dir", to: "root/old")
        try site.directory.write("elsewhere/inner.txt", "out")
        try site.directory.link("root/dir", to: site.directory.path("elsewhere"))
        #expect(try sendfile(.test(), "dir/inner.txt").status == .notFound)
    }

    @Test("A name that ends in \"(deleted)\" is passed on unchanged", arguments: Wall.allCases) func deletedSuffix(
        wall: Wall
    ) throws {
        let site = try Site(wall)
        try site.directory.write("root/x (deleted)", "in")
        try site.directory.link("root/link", to: "x (deleted)")
        for path in ["link", "x (deleted)"] {
            #expect(
                try site.respond(path, backend: .apache).serverFields.map(\.value)
                    == [Array(site.directory.path("root/x (deleted)").utf8)])
        }
    }

    @Test("No request leaves a descriptor open", arguments: Wall.allCases) func descriptors(wall: Wall) throws {
        let site = try Site(wall)
        let sendfile = try site.sendfile("root")
        try site.directory.makeDirectory("root/empty")
        for _ in 0..<200 {
            _ = try sendfile(.test(), "file.txt")
            _ = try sendfile(.test(), "empty")
            _ = try sendfile(.test(), "missing")
        }
        // The root itself stays open. Other tests open files of their own meanwhile.
        #expect(try Self.openFiles(below: site.directory.path("root")) == 1)
        withExtendedLifetime(sendfile) {}
    }

    /// The number of this process's descriptors for `path` or for a file below it.
    private static func openFiles(below path: String) throws -> Int {
        guard let stream = opendir("/proc/self/fd") else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = target.withUnsafeMutableBytes {
                readlink("/proc/self/fd/" + name, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
            }
            guard length > 0 else { continue }
            let text = String(decoding: target.prefix(length), as: UTF8.self)
            if text == path || text.hasPrefix(path + "/") { count += 1 }
        }
        return count
    }

    @Test(
        "The log contains the reason of a refusal",
        arguments: Wall.allCases,
        [
            ("missing", Logger.Level.debug), ("dir", .info), ("../secret.txt", .notice), ("/etc/passwd", .notice),
            ("a\0b", .notice), ("", .debug), ("out", .notice),
        ]) func logLevel(wall: Wall, texts: (String, Logger.Level)) throws
    {
        let (path, level) = texts
        let site = try Site(wall)
        try site.directory.link("root/out", to: "../secret.txt")
        #expect(try site.respond(path).status == .notFound)
        let entry = try #require(site.log.entries.first { $0.path != nil })
        #expect(entry.level == level)
        #expect(entry.message.hasPrefix("answered with 404: "))
        #expect(entry.path == path.printable)
    }

    @Test("A path cannot add a line to the log", arguments: Wall.allCases) func hostilePath(wall: Wall) throws {
        let site = try Site(wall)
        #expect(try site.respond("a\r\nnotice: forged\u{1B}[2J\u{2028}\u{202E}").status == .notFound)
        let path = try #require(site.log.entries.compactMap(\.path).first)
        let isPlain = path.utf8.allSatisfy { byte in byte >= 0x20 && byte < 0x7F }
        #expect(isPlain)
    }

    @Test(
        "An unreadable file is not found and causes a warning", .enabled(if: geteuid() != 0), arguments: Wall.allCases)
    func unreadableFile(wall: Wall) throws {
        let site = try Site(wall)
        chmod(site.directory.path("root/file.txt"), 0)
        #expect(try site.respond("file.txt").status == .notFound)
        #expect(site.log.entries.filter { $0.path != nil }.map(\.level) == [.warning])
    }
}

extension FileResponse {
    /// The fields that ask the web server; empty if it is not asked.
    var serverFields: [ServerField] {
        self.delivery.serverFields
    }

    /// Whether the program sends the bytes.
    var isStreamed: Bool {
        self.delivery.body != nil
    }
}

extension FileBody {
    /// The bytes that a client would receive.
    func collect() throws -> [UInt8] {
        var bytes: [UInt8] = []
        for part in self.parts {
            switch part {
            case .bytes(let text): bytes += text
            case .file(let range):
                let piece = try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
                    count = try self.file.descriptor.read(
                        fromAbsoluteOffset: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
                }
                bytes += piece
            }
        }
        return bytes
    }
}
