import Glibc
import Testing

extension ServerTests {
    /// Responses whose program fails or dies before their end: a client must never take them for complete ones.
    @Suite(.serialized) struct IncompleteStreamTests {
        /// The end of a response on a connection that the client keeps open.
        private struct End {
            let isComplete: Bool
            let seconds: Int
        }

        /// Receives a response, and calls `during` once when its first bytes have arrived.
        private static func receive(
            _ target: String, from site: Site, during: () throws -> Void = {}
        ) throws -> End {
            let socket = try Socket.connected(to: .loopback(port: site.port))
            try socket.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            var start = ContinuousClock.now
            var isComplete = false
            var event: Result<Void, any Error>?
            do {
                _ = try HTTPAnswer(from: socket, toHead: false, readsToEnd: false) { _ in
                    if event == nil {
                        event = Result { try during() }
                        start = .now
                    }
                }
                isComplete = true
            } catch {}
            try #require(event).get()
            return End(isComplete: isComplete, seconds: Int((ContinuousClock.now - start).components.seconds))
        }

        /// They take the end of a connection, and an invalid record, for the end of a response without a length.
        private static let exceptions: [WebServer] = [.apacheFcgid, .caddy]

        @Test(
            "A stream without a length that fails is an incomplete response, except behind two servers",
            arguments: Delivery.all.filter { $0.streams })
        func failure(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let end = try Self.receive("/unfinished/fails", from: site)
                #expect(end.isComplete == Self.exceptions.contains(delivery.server))
                #expect(try site.client.get("/ready").status == 200)
            }
        }

        /// nginx with a setting in place of `fastcgi_keep_conn on`, and a file that no buffer holds completely.
        private static func nginx(_ setting: String, idle seconds: Int) throws -> (site: Site, target: String) {
            let name = "unfinished-\(getpid()).bin"
            let site = try Site(
                Delivery(server: .nginx, streams: true),
                settings: [
                    "fastcgi_keep_conn on;": setting,
                    "listen 127.0.0.1:": "keepalive_timeout \(seconds)s; listen 127.0.0.1:",
                ])
            try Files.writeSparse(size: 64 << 20, marks: [:], to: "\(site.root)/\(name)")
            return (site, name)
        }

        @Test("A stream that fails is an incomplete response if nginx does not buffer it", arguments: ["on", "off"])
        func failureWithoutBuffer(keepConnection: String) throws {
            let (site, _) = try Self.nginx("fastcgi_keep_conn \(keepConnection); fastcgi_buffering off;", idle: 2)
            try withLogs(of: site) { site in
                let end = try Self.receive("/unfinished/fails", from: site)
                #expect(!end.isComplete)
                let next = try site.client.get("/ready")
                #expect(next.status == 200)
            }
            try site.end()
        }

        private static func killed(_ target: String, _ site: Site) throws -> End {
            let program = try site.program()
            return try Self.receive(target, from: site) {
                guard kill(program.pid, SIGKILL) == 0 else { throw Failure.system("kill") }
            }
        }

        @Test("With the configuration in conf, a response is incomplete at once if the program dies")
        func death() throws {
            for target in ["file", "stream"] {
                let (site, name) = try Self.nginx("fastcgi_keep_conn on;", idle: 40)
                defer { unlink("\(site.root)/\(name)") }
                let end = try Self.killed(target == "file" ? "/file/\(name)" : "/unfinished/waits", site)
                #expect(!end.isComplete && end.seconds < 30, "\(target): \(end)")
                try site.end()
            }
        }

        /// The faults of nginx that the article on nginx describes: if this test fails, nginx has changed.
        @Test(
            "Without fastcgi_keep_conn, or without buffering, a stream looks complete if the program dies",
            arguments: ["", "fastcgi_keep_conn on; fastcgi_buffering off;"])
        func fault(_ setting: String) throws {
            let (site, name) = try Self.nginx(setting, idle: 2)
            defer { unlink("\(site.root)/\(name)") }
            #expect(try Self.killed("/unfinished/waits", site).isComplete)
            try site.end()

            let (other, _) = try Self.nginx(setting, idle: 2)
            let end = try Self.killed("/file/\(name)", other)
            #expect(!end.isComplete && end.seconds >= 1, "\(end)")
            try other.end()
        }
    }
}

extension Site {
    /// Stops the servers of a site whose program was killed.
    fileprivate func end() throws {
        for process in self.processes.reversed() { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }
}
