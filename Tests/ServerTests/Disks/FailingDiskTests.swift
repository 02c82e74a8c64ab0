import Glibc
import Testing

extension ServerTests {
    /// The program without a web server, with a root on a disk that fails, hangs, disappears and returns.
    @Suite(.serialized, .onFailingDisks, .collectingProgramLogs, .showingProgramLogs) struct FailingDiskTests {
        private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
        private static let small = Array("small\n".utf8)

        /// Runs `body` with a program whose root is a disk with a small and a large file.
        private static func withProgram(
            _ environment: [String: String] = [:], walks: Bool = false,
            _ body: (FailingDisk, RunningProgram) throws -> Void
        ) throws {
            let disk = try FailingDisk()
            defer { try? disk.unmount() }
            try disk.write(Self.small, to: "small")
            try disk.write(Self.large, to: "large")
            let program = try RunningProgram.listening(
                environment.merging(["SENDFILE_ROOT": disk.path, "FASTCGI_STDERR": "0"]) { $1 },
                wrapper: walks ? ["\(CodeBlock.package)/Tests/without-openat2"] : [])
            try body(disk, program)
            try disk.fail("")
            // A test may have stopped it.
            if program.process.isRunning { #expect(try program.stop() == .exited(0)) }
        }

        private static func status(_ program: RunningProgram, _ target: String = "/file/small") throws -> Int? {
            try program.client().exchange("GET", target).status
        }

        @Test(
            "An unreadable file is 500 or an incomplete response, and is sent when it is readable again",
            arguments: ["EIO", "ENOTCONN", "ESTALE", "ETIMEDOUT"])
        func reading(_ error: String) throws {
            try Self.withProgram { disk, program in
                try disk.fail("read \(error)")
                for target in ["/file/small", "/file/large"] {
                    #expect(try Self.status(program, target) == 500, "\(target)")
                }
                try disk.fail("")
                #expect(try Self.status(program) == 200)

                // In the middle of a stream: its end has been read, but not most of the rest.
                let client = try program.client()
                try client.begin("GET", "/file/large", contentLength: 0)
                try client.endInput()
                #expect(try client.receive().type == .output)
                try disk.fail("read \(error)")
                var received = 0
                #expect(throws: Failure.self) {
                    while case let record = try client.receive(), record.type != .endRequest {
                        received += record.content.count
                    }
                }
                #expect(received < Self.large.count - 4096)
                if error != "ETIMEDOUT" { try program.waitForLog("the file cannot be read") }
                try disk.fail("")
                let whole = try program.client().exchange("GET", "/file/large")
                #expect(whole.status == 200 && Bytes(whole.body) == Bytes(Self.large))
            }
        }

        @Test("A stale handle is resolved once more, and is 503 if it stays stale", arguments: [false, true])
        func stale(walks: Bool) throws {
            try Self.withProgram(walks: walks) { disk, program in
                #expect(try Self.status(program) == 200)
                // The kernel itself resolves a stale name once more, so the program sees the second error.
                try disk.fail("getattr ESTALE 2")
                #expect(try Self.status(program) == 200)
                try disk.fail("getattr ESTALE")
                #expect(try Self.status(program) == 503)
                try program.waitForLog("answered with 503")
                try disk.fail("getattr ENOENT")
                #expect([404, 503].contains(try Self.status(program)))
                try disk.fail("")
                #expect(try Self.status(program) == 200)
            }
        }

        @Test("A root on a missing disk is 503 until the disk is back", arguments: [false, true])
        func gone(walks: Bool) throws {
            try Self.withProgram(walks: walks) { disk, program in
                #expect(try Self.status(program) == 200)
                // A download that has begun breaks off.
                let client = try program.client()
                try client.begin("GET", "/file/large", contentLength: 0)
                try client.endInput()
                #expect(try client.receive().type == .output)
                try disk.lose()
                #expect(throws: Failure.self) { while try client.receive().type != .endRequest {} }
                try Deadline.wait("the loss is noticed") { try Self.status(program) == 503 }
                try program.waitForLog("until it is back")
                // The directory below the mount is empty.
                try disk.unmount()
                try Deadline.wait("the empty directory is served") { try Self.status(program) == 404 }
                #expect(try program.client().exchange("GET", "/ready").status == 200)
                try disk.mount()
                #expect(try Self.status(program) == 200)
                #expect(Bytes(try program.client().exchange("GET", "/file/large").body) == Bytes(Self.large))
            }
        }

        @Test("A hanging disk occupies one thread for each request, and all requests are answered when it is back")
        func hanging() throws {
            try Self.withProgram(["FASTCGI_WORKERS": "2"]) { disk, program in
                #expect(try Self.status(program) == 200)
                try disk.fail("getattr hang")
                let waiting = try (0..<8).map { _ in
                    let client = try program.client()
                    try client.begin("GET", "/file/small", contentLength: 0)
                    try client.endInput()
                    return client
                }
                // Spare threads serve everything else meanwhile.
                for _ in 0..<100 { #expect(try Self.status(program, "/ready") == 200) }
                var poll = waiting.map { pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0) }
                #expect(Glibc.poll(&poll, nfds_t(poll.count), 0) == 0)
                try disk.fail("")
                for client in waiting { #expect(try client.receiveAnswer().status == 200) }
            }
        }

        @Test("A disk that hangs does not hold up a stop beyond the drain time")
        func stopping() throws {
            try Self.withProgram(["FASTCGI_WORKERS": "2", "FASTCGI_DRAIN_TIMEOUT": "200ms"]) { disk, program in
                // A file for each request: the kernel does not end a thread that opens a FUSE file while a read of the same file
                // hangs.
                for number in 0..<4 { try disk.write(Self.small, to: "small\(number)") }
                try disk.fail("read hang")
                let waiting = try (0..<4).map { number in
                    let client = try program.client()
                    try client.begin("GET", "/file/small\(number)", contentLength: 0)
                    try client.endInput()
                    return client
                }
                #expect(try Self.status(program, "/ready") == 200)
                #expect(try program.stop() == .exited(0))
                try program.waitForLog("the drain time is over")
                for client in waiting { #expect(throws: Failure.self) { try client.receiveAnswer() } }
            }
        }

        @Test(
            "A file that cannot be deleted is sent nevertheless and kept",
            arguments: ["EIO", "EROFS", "ENOSPC", "EACCES"])
        func deleting(_ error: String) throws {
            try Self.withProgram { disk, program in
                // FUSE deletes an open file by renaming it.
                try disk.fail("rename \(error)")
                let answer = try program.client().exchange("GET", "/with/delete/small")
                #expect(answer.status == 200 && answer.body == Self.small)
                try program.waitForLog("sent and not deleted")
                #expect(access("\(disk.directory)/small", F_OK) == 0)
                try disk.fail("")
                #expect(try program.client().exchange("GET", "/with/delete/small").body == Self.small)
                #expect(access("\(disk.directory)/small", F_OK) != 0)
            }
        }

        @Test(
            "A root on a missing disk behind a web server is 503 until the disk is back, without a restart",
            arguments: [WebServer.nginx, .lighttpd, .apacheFcgid, .apacheProxyFcgi, .caddy].flatMap { server in
                [false, true].map { Delivery(server: server, streams: $0) }
            })
        func behind(_ delivery: Delivery) throws {
            let disk = try FailingDisk()
            defer { try? disk.unmount() }
            try disk.write(Self.small, to: "small")
            try disk.write(Self.large, to: "large")
            let program = SiteProgram(
                path: try Workspace.shared.program, root: disk.path, readyTarget: "/ready",
                environment: ["SENDFILE_ROOT": disk.path])
            let site = try Site(delivery, program: program)
            defer { try? site.stop() }
            try withLogs(of: site) { site in
                func status() throws -> Int { try site.client.get("/file/small").status }
                #expect(try site.client.get("/file/large").body.count == Self.large.count)
                try disk.fail("open EIO")
                #expect(try status() == 500)
                try disk.fail("")
                #expect(try status() == 200)
                try disk.lose()
                try Deadline.wait("the loss is noticed") { try status() == 503 }
                try disk.unmount()
                try Deadline.wait("the empty directory is served") { try status() == 404 }
                try disk.mount()
                let back = try site.client.get("/file/small")
                #expect(back.status == 200 && back.body == Self.small)
                #expect(try site.client.get("/file/large").body.count == Self.large.count)
            }
        }
    }
}
