import Glibc
import Testing

extension ServerTests {
    /// nginx and the program with two workers: more downloads than workers come from a disk that is slow or hangs.
    @Suite(.serialized, .onFailingDisks) struct SlowDiskTests {
        private static let downloads = 8
        private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

        /// Starts downloads from a disk that the rules make slow, and calls `body` when they have begun.
        ///
        /// - Parameter body: Gets the disk, the site, and the path of a file on another disk.
        private static func withDownloads(
            _ rules: String, _ body: (FailingDisk, Site, _ fast: String) throws -> Void
        ) throws {
            let disk = try FailingDisk()
            defer { try? disk.unmount() }
            for number in 0..<Self.downloads { try disk.write(Self.large, to: "large\(number)") }
            try disk.write(Array("small\n".utf8), to: "small")
            // The root contains the directory that the disk shows, too: there its files are on a fast disk.
            let root = String(disk.path.dropLast("/mounted".count))
            let program = SiteProgram(
                path: try Workspace.shared.program, root: root, readyTarget: "/ready",
                environment: ["SENDFILE_ROOT": root, "FASTCGI_WORKERS": "2"])
            let site = try Site(Delivery(server: .nginx, streams: true), program: program)
            defer { try? site.stop() }
            try withLogs(of: site) { site in
                try disk.fail(rules)
                // A test that fails does not wait for calls that hang.
                defer { try? disk.fail("") }
                let client = site.client
                let load = Load(clients: Self.downloads, requests: Self.downloads) { number in
                    let answer = try client.get("/file/mounted/large\(number)")
                    guard answer.status == 200, answer.body == Self.large else {
                        throw Failure("download \(number): \(answer.status), \(answer.body.count) bytes")
                    }
                }
                do {
                    try Deadline.wait("all downloads wait for the disk", seconds: 20) {
                        disk.slowCalls >= Self.downloads
                    }
                } catch {
                    throw Failure(
                        "\(error): \(disk.slowCalls) of \(Self.downloads) do. Each blocked worker must be replaced")
                }
                try body(disk, site, "/file/shown/small")
                try disk.fail("")
                try load.finish()
            }
        }

        @Test(
            "Requests for other files are answered while more downloads than workers wait for a disk",
            arguments: ["getattr hang", "open hang", "read hang"])
        func hanging(_ rule: String) throws {
            try Self.withDownloads(rule) { _, site, fast in
                for _ in 0..<25 {
                    let (ready, small) = (try site.client.get("/ready"), try site.client.get(fast))
                    #expect(ready.text == "ready")
                    #expect(small.text == "small\n")
                }
            }
        }

        @Test("Requests for other files take less time than one read of a slow disk")
        func slow() throws {
            try Self.withDownloads("read delay 1000") { _, site, fast in
                var slowest = Duration.zero
                for _ in 0..<25 {
                    for (target, text) in [("/ready", "ready"), (fast, "small\n")] {
                        let start = ContinuousClock.now
                        let answer = try site.client.get(target)
                        slowest = max(slowest, start.duration(to: .now))
                        #expect(answer.text == text)
                    }
                }
                #expect(slowest < .seconds(1))
            }
        }
    }
}
