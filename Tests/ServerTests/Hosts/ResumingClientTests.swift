import Glibc
import Testing

extension ServerTests {
    /// Real clients that resume a download when the application server that sends it dies.
    @Suite(.serialized, .onMachines) struct ResumingClientTests {
        private static let target = "http://127.0.0.1:8080/file/\(SeveralServers.big.name)"

        /// Ends the server that the last `Instance` field in a text names, when a part of the file has arrived.
        private static func killSender(
            in site: SeveralServers, namedIn log: String, arrived file: String, beyond size: Int = 1 << 20,
            by client: ChildProcess
        ) throws {
            try Deadline.wait("a part of the file has arrived") {
                guard client.isRunning else { throw Failure("it has ended: \(try Files.text(client.log))") }
                return Files.size(file) > size
            }
            let matches = try Files.text(log).matches(of: /(?i)instance: (?<name>\w+)/)
            let name = try #require(matches.last.map { String($0.output.name) })
            let sender = try #require(site.applications.first { $0.instance == name })
            try Self.kill(sender)
        }

        private static func kill(_ server: ApplicationServer) throws {
            server.signal(SIGKILL)
            #expect(try server.waitForEnd() == .killed(signal: SIGKILL))
            // All servers are stopped at the end.
            try server.start()
        }

        private static func isComplete(_ file: String, of site: SeveralServers) throws -> Bool {
            let directory = try Workspace.shared.makeDirectory("compare")
            let compare = try ChildProcess(
                ["cmp", file, "\(site.applications[0].root)/\(SeveralServers.big.name)"], log: "\(directory)/log")
            return try compare.waitForEnd() == .exited(0)
        }

        @Test(
            "curl reports the cut, and resumes on another server", arguments: BalancingServer.Kind.allCases)
        func curl(_ kind: BalancingServer.Kind) throws {
            // curl must not wait for the time limit of the web server.
            let site = try SeveralServers([kind], readTimeout: 3600)
            let directory = try Workspace.shared.makeDirectory("curl")
            let (file, head) = ("\(directory)/file", "\(directory)/head")
            let command = site.fronts[0].host.wrapper + ["curl", "--silent", "--show-error", "--output", file]
            let first = try ChildProcess(
                command + ["--limit-rate", "4M", "--dump-header", head, Self.target], log: "\(directory)/log")
            try Self.killSender(in: site, namedIn: head, arrived: file, by: first)
            #expect(try first.waitForEnd() == .exited(18))
            #expect(Files.size(file) < SeveralServers.big.size)
            let second = try ChildProcess(command + ["--continue-at", "-", Self.target], log: "\(directory)/log")
            #expect(try second.waitForEnd() == .exited(0))
            #expect(try Self.isComplete(file, of: site))
            try site.stop()
        }

        /// nginx takes the end of a connection for the end of such a response, but not a reset.
        @Test(
            "A stream without a length is cut with every setting of nginx if its server dies",
            arguments: [
                "fastcgi_keep_conn on;", "fastcgi_keep_conn off;", "fastcgi_keep_conn on; fastcgi_buffering off;",
            ])
        func stream(_ setting: String) throws {
            let site = try SeveralServers([.nginx], changes: [(old: "fastcgi_keep_conn on;", new: setting)])
            let directory = try Workspace.shared.makeDirectory("stream")
            let (file, head) = ("\(directory)/file", "\(directory)/head")
            let command = ["curl", "--silent", "--show-error", "--no-buffer", "--output", file, "--dump-header", head]
            let client = try ChildProcess(
                site.fronts[0].host.wrapper + command + ["http://127.0.0.1:8080/unfinished/waits"],
                log: "\(directory)/log")
            try Self.killSender(in: site, namedIn: head, arrived: file, beyond: 100_000, by: client)
            #expect(try client.waitForEnd() == .exited(18))
            try site.stop()
        }

        @Test("rclone resumes by itself on another server") func rclone() throws {
            let site = try SeveralServers([.nginx])
            let directory = try Workspace.shared.makeDirectory("rclone")
            let name = SeveralServers.big.name
            let process = try ChildProcess(
                site.fronts[0].host.wrapper + [
                    "rclone", "--config", "/dev/null", "-vv", "--dump", "headers", "--bwlimit", "4M", "--http-url",
                    "http://127.0.0.1:8080/file/", "copyto", ":http:\(name)", "\(directory)/file",
                ], log: "\(directory)/log")
            try Self.killSender(in: site, namedIn: process.log, arrived: "\(directory)/file", by: process)
            #expect(try process.waitForEnd() == .exited(0))
            #expect(try Files.text(process.log).contains(/Range: bytes=[1-9]/))
            #expect(try Self.isComplete("\(directory)/file", of: site))
            try site.stop()
        }

        @Test("A browser resumes by itself on another server") func browser() throws {
            // nginx sends the first response slowly, so that it has not ended when the server dies.
            let slow = (
                old: "client_max_body_size 64m;",
                new: "client_max_body_size 64m; if ($http_range = \"\") { set $limit_rate 4m; }"
            )
            let site = try SeveralServers([.nginx], changes: [slow])
            let (browser, driver) = try Browser.start(on: site.fronts[0].host)
            var sender: ApplicationServer?
            var before: [String: Int] = [:]
            let (name, bytes) = try browser.saved { directory in
                for server in site.applications { before[server.instance] = try server.bytesWritten }
                try browser.evaluate("location.href = '\(Self.target)'")
                try Deadline.wait("a part of the file has arrived") {
                    try Files.names(in: directory).contains { Files.size("\(directory)/\($0)") > 1 << 20 }
                }
                sender = try site.applications.max { try $0.bytesWritten < $1.bytesWritten }
                try Self.kill(try #require(sender))
            }
            #expect(name == SeveralServers.big.name)
            let original = try Files.read("\(site.applications[0].root)/\(SeveralServers.big.name)")
            #expect(Bytes(bytes) == Bytes(original))
            // The rest came from the other servers, without the first megabyte.
            let rest = try site.applications.filter { $0.instance != sender?.instance }
                .map { try $0.bytesWritten - (before[$0.instance] ?? 0) }.reduce(0, +)
            #expect(rest > 1 << 20 && rest < SeveralServers.big.size - 1 << 20, "\(rest)")
            driver.signal(SIGTERM)
            _ = try driver.waitForEnd()
            try site.stop()
        }
    }
}
