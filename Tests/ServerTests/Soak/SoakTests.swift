import Glibc
import Sendfile
import Testing

extension ServerTests {
    /// Every kind of request for a long time, while programs are restarted and logs are rotated: memory, open files and threads
    /// stay as they are, and no request is lost.
    ///
    /// Run by `Tests/soak`. `SOAK_SECONDS` and `SOAK_REQUESTS` end it, whichever comes first; `SOAK_PLOT` is the file of the
    /// picture.
    @Suite(.serialized, .enabled(if: getenv("SOAK_SECONDS") != nil, "run by Tests/soak"))
    struct SoakTests {
        private static let clients = 24
        /// The time between two requests of a client, in microseconds.
        private static let pause: UInt32 = 200_000
        /// The clients that send small requests on connections that stay open.
        private static let smallClients = 8

        /// Two programs behind nginx, of which the second is restarted again and again.
        private final class Pair {
            let steady: RunningProgram
            private var other: RunningProgram
            private let listener: Int32
            let address: Address
            let log: String

            init() throws {
                let directory = try Workspace.shared.makeDirectory("soak")
                chmod(directory, 0o777)
                self.log = "\(directory)/access.jsonl"
                let environment = ["FASTCGI_SOCKET_MODE": "0666", "FASTCGI_ACCESS_LOG": self.log]
                self.steady = try RunningProgram.listening(on: .unix(path: "\(directory)/steady.sock"), environment)
                self.address = Address.unix(path: "\(directory)/other.sock")
                self.listener = try self.address.listen()
                chmod(self.address.description, 0o666)
                self.other = try RunningProgram.activated(on: self.listener, self.address, environment)
            }

            deinit { close(self.listener) }

            /// Starts a new program on the same socket, and stops the old one.
            func restart() throws {
                let old = self.other
                self.other = try RunningProgram.activated(
                    on: self.listener, self.address, ["FASTCGI_ACCESS_LOG": self.log])
                let end = try old.stop()
                guard end == .exited(0) else { throw Failure("a program ended with \(end)") }
            }

            /// Moves the access log away as logrotate does, and removes the last one: a soak would fill the disk.
            func rotate() throws {
                guard rename(self.log, "\(self.log).1") == 0 else { throw Failure.system("rename \(self.log)") }
            }

            func stop() throws {
                for program in [self.steady, self.other] {
                    let end = try program.stop()
                    guard end == .exited(0) else { throw Failure("a program ended with \(end)") }
                }
            }
        }

        /// mod_fcgid replaces its programs after a number of requests.
        private static func apache() throws -> Site {
            try Site(
                Delivery(server: .apacheFcgid, streams: true),
                settings: [
                    "FcgidMaxProcesses 32":
                        "FcgidMaxProcesses 60\nFcgidMaxProcessesPerClass 60\nFcgidSpawnScoreUpLimit 100000",
                    "FcgidMaxRequestsPerProcess 0": "FcgidMaxRequestsPerProcess 2000",
                ])
        }

        private static func number(_ name: String, or other: Int) -> Int {
            getenv(name).flatMap { Int(String(cString: $0)) } ?? other
        }

        @Test("A long mix of everything loses no request and holds no more memory, files or threads at its end")
        func soak() throws {
            let (seconds, requests) = (Self.number("SOAK_SECONDS", or: 600), Self.number("SOAK_REQUESTS", or: 1 << 40))
            let pair = try Pair()
            let servers = "\(pair.steady.address) max_fails=0; server unix:\(pair.address) max_fails=0"
            let nginx = try Site(Delivery(server: .nginx, streams: false), socket: servers)
            let apache = try Self.apache()
            let record = SoakRecord()
            let clients = try [nginx, apache].map { site in
                let tag = try #require(try site.client.get("/file/plain.txt").field("ETag"))
                return SoakClient(site: site.client, tag: tag)
            }
            let load = Load(clients: Self.clients, requests: requests) { number in
                // mod_fcgid needs a process for each request, so only every sixth request is for it.
                let isApache = number % 6 == 5
                record.note(kind: number / 6 % 100, of: isApache ? "mod_fcgid" : "nginx") {
                    try clients[isApache ? 1 : 0].run(number / 6)
                }
                // The clients of the tests are slow: without a pause, they leave no processor for the small requests.
                usleep(Self.pause)
            }
            let many = try SmallRequests(
                port: nginx.client.port, file: "\(try Workspace.shared.root)/plain.txt", connections: Self.smallClients)
            let small = Load(clients: 1, requests: 1 << 40) { _ in
                let (requests, lost) = try many.run(seconds: 5)
                record.add(requests, lost: lost)
            }
            let program = pair.steady.statistics
            let end = time(nil) + seconds
            let interval = max(2, seconds / 120)
            var next = time(nil)
            var round = 0
            while time(nil) < end, record.requests < requests {
                sleep(1)
                guard time(nil) >= next else { continue }
                next += interval
                try record.sample(program)
                round += 1
                if round % 3 == 0 { try pair.restart() }
                if round % 5 == 0 { try pair.rotate() }
            }
            try load.stop()
            try small.stop()
            // Nothing is running: the program holds as much as before the first request.
            try record.sample(program)
            if let plot = getenv("SOAK_PLOT").map({ String(cString: $0) }) {
                try Files.write(SoakPlot(record.samples).svg, to: plot)
            }
            for (failure, count) in record.lost.sorted(by: { $0.value > $1.value }).prefix(20) {
                print("\(count) lost: \(failure)")
            }
            try nginx.stop()
            try apache.stop()
            try pair.stop()
            Self.check(record.samples, lost: record.lost)
        }

        /// Compares the last fifth of the samples with the second one: at first, memory grows up to that of the busiest
        /// moment. The memory is the median, because up to 4 MiB of lines wait at a moment when the disk of the log is busy.
        private static func check(_ samples: [SoakRecord.Sample], lost: [String: Int]) {
            #expect(lost.isEmpty)
            let fifth = samples.count / 5
            guard fifth > 1 else { return }
            func sorted(_ part: Int, _ value: (SoakRecord.Sample) -> Int) -> [Int] {
                samples[part * fifth..<(part + 1) * fifth].map(value).sorted()
            }
            let memory = [1, 4].map { sorted($0, \.privateMemory)[fifth / 2] }
            #expect(memory[1] <= memory[0] + 1 << 20, "memory grows")
            #expect(sorted(4, \.threads).last ?? 0 <= sorted(1, \.threads).last ?? 0, "threads")
            // As many as clients may be using at a moment.
            let used = 3 * (Self.clients + Self.smallClients)
            #expect(samples.last?.openFiles ?? 0 <= (samples.first?.openFiles ?? 0) + used, "open files")
        }
    }
}
