import Glibc
import Testing

extension ServerTests {
    /// The real clock jumps, as when a machine's time is corrected, while connections, time limits and links run.
    @Suite(
        .serialized, .collectingProgramLogs, .showingProgramLogs,
        .disabled(if: Sanitizer.isPresent, "a sanitizer has clocks of its own"))
    struct ClockTests {
        private static let hour: Int64 = 3600

        /// Runs `body`, and returns the seconds that it took.
        private static func seconds(_ body: () throws -> Void) throws -> Double {
            let start = ContinuousClock.now
            try body()
            return start.duration(to: .now) / .seconds(1)
        }

        /// Begins a request; with a length, its body never arrives.
        private static func begin(_ program: RunningProgram, _ target: String, length: Int = 0) throws -> FastCGIClient
        {
            let client = try program.client()
            try client.begin(length == 0 ? "GET" : "POST", target, contentLength: length)
            if length == 0 { try client.endInput() }
            return client
        }

        @Test("A jump of the real clock neither shortens nor extends a time limit", arguments: [hour, -hour])
        func jumps(_ shift: Int64) throws {
            let clock = try JumpingClock()
            let limits = [
                "FASTCGI_HANDLER_TIMEOUT": "3", "FASTCGI_IDLE_TIMEOUT": "3", "FASTCGI_READ_TIMEOUT": "2",
                "FASTCGI_DRAIN_TIMEOUT": "3",
            ]
            let program = try RunningProgram.listening(clock.environment.merging(limits) { $1 })
            let kept = try program.client()
            #expect(try kept.exchange("GET", "/ready", keepConnection: true).status == 200)
            let short = try Self.begin(program, "/wait/1000")
            let long = try Self.begin(program, "/wait/60000")
            let late = try Self.begin(program, "/echo", length: 5)
            try program.waitForLog("a request waits")

            var time = try Self.seconds { () throws in
                try clock.jump(to: shift)
                // No limit passes at once.
                #expect(try kept.exchange("GET", "/ready", keepConnection: true).status == 200)
                #expect(try short.receiveAnswer().status == 200)
            }
            #expect(time > 0.3 && time < 2.5, "\(time) s")
            time += try Self.seconds { () throws in
                // No limit lasts longer either, for any jump.
                try clock.jump(to: -shift)
                #expect(try late.receiveAnswer().status == 408)
                try clock.jump(to: 0)
                #expect(try long.receiveAnswer().status == 504)
                #expect(try kept.socket.receive().isEmpty)
            }
            #expect(time > 2 && time < 10, "\(time) s")

            // A stop waits for the drain time.
            let stopped = try Self.begin(program, "/wait/2500")
            usleep(200_000)
            program.process.signal(SIGTERM)
            try clock.jump(to: shift)
            time = try Self.seconds { () throws in
                #expect(try stopped.receiveAnswer().status == 200)
                #expect(try program.process.waitForEnd() == .exited(0))
            }
            #expect(time > 1.5 && time < 6, "\(time) s")
        }

        /// A control of the test above: time limits use the monotonic clock.
        @Test("A jump of the monotonic clock ends a kept connection and the wait for a body at once")
        func monotonic() throws {
            let clock = try JumpingClock()
            let program = try RunningProgram.listening(clock.environment)
            let kept = try program.client()
            #expect(try kept.exchange("GET", "/ready", keepConnection: true).status == 200)
            let late = try Self.begin(program, "/echo", length: 5)
            // Another request is answered meanwhile, so the server has read this one.
            #expect(try program.client().exchange("GET", "/ready").status == 200)
            let time = try Self.seconds { () throws in
                var shift: Int64 = 0
                // Repeatedly, because the program may not have begun to wait when the clock jumps first.
                try Deadline.wait("both end") { () throws in
                    shift += Self.hour
                    try clock.jump(to: 0, monotonic: shift)
                    var poll = [kept, late].map { pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0) }
                    _ = Glibc.poll(&poll, 2, 100)
                    return poll.allSatisfy { $0.revents != 0 }
                }
                // The handler's time limit has passed as well.
                #expect([408, 504].contains(try late.receiveAnswer().status))
                #expect(try kept.socket.receive().isEmpty)
            }
            #expect(time < 15, "\(time) s")
            #expect(try program.stop() == .exited(0))
        }

        @Test("A file is young according to the real clock", arguments: [hour, -hour])
        func young(_ shift: Int64) throws {
            let clock = try JumpingClock()
            let program = try RunningProgram.listening(clock.environment)
            let file = "\(try Workspace.shared.root)/clock-\(getpid()).txt"
            defer { unlink(file) }
            /// Writes the file as a program whose clock is ahead by `shift`.
            func write(_ text: String, at shift: Int64) throws {
                try Files.write(text, to: file)
                var now = timespec()
                Glibc.clock_gettime(CLOCK_REALTIME, &now)
                now.tv_sec += Int(shift)
                #expect(utimensat(AT_FDCWD, file, [now, now], 0) == 0)
            }
            func tag() throws -> String {
                try program.client().exchange("GET", "/file/clock-\(getpid()).txt").field("ETag") ?? ""
            }
            func status(_ tag: String) throws -> Int? {
                try program.client().exchange(
                    "GET", "/file/clock-\(getpid()).txt", parameters: ["HTTP_IF_NONE_MATCH": tag]
                ).status
            }
            try write("first", at: 0)
            let before = try tag()
            #expect(before.hasPrefix("W/"))
            try clock.jump(to: shift)
            // According to the new time, the file is an hour old, or its time was set explicitly.
            let after = try tag()
            #expect(!after.hasPrefix("W/") && !after.isEmpty)
            #expect(try status(before) == 200 && status(after) == 304)
            // A version that is written now has another date and is young.
            try write("other", at: shift)
            let next = try tag()
            #expect(next.hasPrefix("W/"))
            #expect(try status(before) == 200 && status(after) == 200 && status(next) == 304)
            try Deadline.wait("the file is not young any more") { try !tag().hasPrefix("W/") }
            #expect(try status(next) == 200)
            #expect(try program.stop() == .exited(0))
        }

        @Test("A link expires according to the real clock, and is valid again if the clock is set back")
        func links() throws {
            let clock = try JumpingClock()
            let workspace = try Workspace.shared
            let directory = try workspace.makeDirectory("clock-gate")
            let settings = ["SENDFILE_ROOT": workspace.root, "SENDFILE_LINK_SECRET": GateSite.secret]
            let link = try GateRun(["link", "plain.txt", "--expires", "600"], environment: settings).output
            let address = Address.unix(path: "\(directory)/gate.sock")
            let gate = try ChildProcess(
                [workspace.gate, "serve"],
                environment: ChildProcess.plainEnvironment.merging(settings) { $1 }.merging(clock.environment) { $1 }
                    .merging(["FASTCGI_LISTEN": address.description]) { $1 },
                log: "\(directory)/log")
            try Deadline.wait("the gate listens") { (try? Socket.connected(to: address)) != nil }
            func status() throws -> Int? {
                try FastCGIClient(address).exchange("GET", String(link.dropLast())).status
            }
            #expect(try status() == 200)
            try clock.jump(to: Self.hour)
            #expect([403, 410].contains(try status()))
            try clock.jump(to: -Self.hour)
            #expect(try status() == 200)
            try clock.jump(to: 0)
            #expect(try status() == 200)
            gate.signal(SIGTERM)
            #expect(try gate.waitForEnd() == .exited(0))
        }
    }
}
