import Glibc
import Sendfile
import Testing

extension ServerTests {
    /// Processes that are killed or stopped while a real web server has requests.
    @Suite struct KilledProcessTests {
        private static let clients = 6

        /// Clients that download until the load is stopped; a response that is not whole is counted.
        private static func load(_ site: Site, _ failed: Locked<[String]>) -> Load {
            let client = site.client
            let content = Corpus.large.content
            return Load(clients: self.clients, requests: 1_000_000) { number in
                let isLarge = number % 4 == 0
                let answer = try? client.get(isLarge ? "/file/\(Corpus.large.name)" : "/ready")
                guard let answer, answer.status == 200, isLarge ? answer.body == content : answer.text == "ready" else {
                    failed.withLock { $0.append(answer.map { "\($0.status)" } ?? "incomplete") }
                    // A client that fails at once would count one fault many times.
                    usleep(50_000)
                    return
                }
            }
        }

        /// The web server's worker processes.
        private static func workers(of site: Site) throws -> [pid_t] {
            Self.children(of: try #require(site.processes.last).pid)
        }

        /// The processes that a process has started; none if it has ended.
        private static func children(of process: pid_t) -> [pid_t] {
            let text = try? Files.text("/proc/\(process)/task/\(process)/children")
            return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
        }

        /// The programs that the web server has started, by itself or by a process of its own.
        private static func programs(of site: Site) throws -> Set<pid_t> {
            let name = try #require(try Workspace.shared.program.split(separator: "/").last).prefix(15)
            let workers = try Self.workers(of: site)
            return Set(workers + workers.flatMap(Self.children)).filter { process in
                (try? Files.text("/proc/\(process)/comm"))?.dropLast() == name
            }
        }

        /// The client of a request whose handler waits.
        private static func waitingRequest(to site: Site) throws -> Socket {
            func count() -> Int { site.logs().ranges(of: "a request waits").count }
            let before = count()
            let socket = try Socket.connected(to: .loopback(port: site.port))
            try socket.send("GET /wait/600000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
            try Deadline.wait("the handler waits") { count() > before }
            return socket
        }

        @Test(
            "A program that is killed under load is started again by its web server, and then no request is lost",
            arguments: [WebServer.lighttpd, .apacheFcgid])
        func program(server: WebServer) throws {
            let site = try Site(Delivery(server: server, streams: true))
            let failed = Locked<[String]>([])
            let load = Self.load(site, failed)
            for _ in 0..<4 {
                load.wait(forMore: 100)
                let waiting = try Self.waitingRequest(to: site)
                let killed = try Self.programs(of: site)
                #expect(!killed.isEmpty)
                for program in killed { kill(program, SIGKILL) }
                #expect(try HTTPAnswer(from: waiting, toHead: false) { _ in }.status == 500)
                try Deadline.wait("another program answers") {
                    guard let program = try? site.program() else { return false }
                    return !killed.contains(program.pid)
                }
            }
            // Requests of that moment end.
            load.wait(forMore: 100)
            let count = failed.withLock { $0.count }
            load.wait(forMore: 200)
            try load.stop()
            #expect(failed.withLock { $0.count } == count)
            try site.stop()
        }

        @Test("A web server that is stopped (SIGSTOP) and continues completes every response")
        func stoppedServer() throws {
            let site = try Site(Delivery(server: .nginx, streams: true))
            let failed = Locked<[String]>([])
            let load = Self.load(site, failed)
            for _ in 0..<2 {
                load.wait(forMore: 50)
                let workers = try Self.workers(of: site)
                for pid in workers { kill(pid, SIGSTOP) }
                sleep(3)
                for pid in workers { kill(pid, SIGCONT) }
            }
            load.wait(forMore: 50)
            try load.stop()
            #expect(failed.withLock { $0 } == [])
            try site.stop()
        }

        @Test("Workers of a web server that are killed leave nothing in the program")
        func killedServer() throws {
            let site = try Site(Delivery(server: .nginx, streams: true))
            let failed = Locked<[String]>([])
            let load = Self.load(site, failed)
            for _ in 0..<4 {
                load.wait(forMore: 50)
                for pid in try Self.workers(of: site) { kill(pid, SIGKILL) }
                try Deadline.wait("nginx has started other workers") {
                    (try? site.client.get("/ready"))?.text == "ready"
                }
            }
            load.wait(forMore: 50)
            try load.stop()
            let count = failed.withLock { $0.count }
            #expect((1...4 * Self.clients).contains(count))
            try Deadline.wait("the program has no request left") {
                let status = try JSON(site.client.get("/status").body.dropLast())
                return status["requests"]?["active"] == .number("1")
            }
            try site.stop()
        }
    }
}
