import Glibc
import Testing

extension ServerTests {
    /// Faults of a store, of its configuration and of the credentials: the client gets a clear answer, and no credential.
    @Suite(.serialized) struct ObjectFailureTests {
        /// A store whose answer the key selects.
        private final class FailingStore: Sendable {
            let port: UInt16
            let log: String
            private let process: ChildProcess

            init(certificate: [String] = []) throws {
                let directory = try Workspace.shared.makeDirectory("failing-store")
                self.port = try Address.freePort()
                self.log = "\(directory)/requests.log"
                self.process = try ChildProcess(
                    ["\(CodeBlock.package)/Tests/ServerTests/Objects/failing-store", String(self.port)] + certificate,
                    log: self.log)
                try Deadline.wait("the failing store listens") {
                    guard self.process.isRunning else { throw Failure(try Files.text(self.log)) }
                    return (try? Socket.connected(to: .loopback(port: self.port))) != nil
                }
            }

            func stop() throws {
                self.process.signal(SIGKILL)
                _ = try self.process.waitForEnd()
            }
        }

        /// The client's answer and the logs contain neither the secret nor what a store's error repeats of the request.
        private static func checkSecrecy(_ answer: HTTPAnswer, _ logs: String) {
            let head = answer.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            for word in [
                "testing", "test:tester", "test%3Atester", "AWSAccessKeyId", "temp_url_sig", "X-Amz-Signature",
                "elsewhere",
            ] {
                #expect(!head.contains(word) && !answer.text.contains(word), "\(word)")
            }
            #expect(!logs.contains("testing"))
        }

        @Test(
            "A fault of the store is a clear status, and never a complete response with wrong bytes",
            arguments: [
                ("good", 200), ("400", 502), ("401", 502), ("403", 502), ("404", 404), ("410", 404), ("429", 502),
                ("500", 502),
                ("503", 502), ("504", 504), ("moved", 502), ("nothing", 502), ("half-head", 502),
                ("silent", 504),
                ("long", 200),
            ]) func statuses(key: String, status: Int) throws
        {
            for delivery in Self.deliveries {
                try Self.withFailingStore(delivery) { (site, _) throws in
                    let logs = try site.logsFromNow()
                    for query in ["", "size=10&etag=v1"] {
                        let answer = try site.client.get(ObjectSite.target(key, query: query))
                        #expect(answer.status == status)
                        Self.checkSecrecy(answer, try logs())
                        if status == 200 {
                            #expect(answer.text == "0123456789" && answer.field("Content-Length") == "10")
                            #expect(answer.field("X-Amz-Request-Id") == nil)
                        } else {
                            #expect(answer.field("ETag") == nil)
                        }
                    }
                }
            }
        }

        @Test(
            "A body that is cut, and an answer that is not HTTP, are not a complete response",
            arguments: ["short", "chunks-cut", "garbage", "stalled"], deliveries)
        func cut(key: String, delivery: String) throws {
            try Self.withFailingStore(delivery) { (site, _) throws in
                if key == "garbage", delivery == "stream" {
                    #expect(try site.client.get(ObjectSite.target(key)).status == 502)
                } else {
                    #expect(throws: (any Error).self) { try site.client.get(ObjectSite.target(key)) }
                }
                // The next response is complete.
                #expect(try site.client.get(ObjectSite.target("good")).text == "0123456789")
            }
        }

        @Test(
            "The store receives the signed host and the judged range, and nothing else of the client's request",
            arguments: deliveries)
        func request(delivery: String) throws {
            try Self.withFailingStore(delivery) { (site, store) throws in
                let size = Files.size(store.log)
                let fields = [
                    "Cookie": "a=b", "Authorization": "Basic x", "X-Amz-Date": "x", "Range": "bytes=2-",
                    "If-None-Match": "\"v0\"",
                    "If-Range": "\"v1\"", "Accept-Encoding": "gzip", "User-Agent": "test",
                ]
                _ = try site.client.send("GET", ObjectSite.target("good", query: "size=10&etag=v1"), fields)
                let lines = try Files.text(store.log, from: size).split(separator: "\n")
                #expect(lines.first?.hasPrefix("GET /bucket/team/good?X-Amz-Algorithm=") == true)
                let port = delivery == "server" ? try ObjectStoreServer.shared.port : store.port
                #expect(
                    Set(lines.dropFirst().map { $0.lowercased() }) == ["host: localhost:\(port)", "range: bytes=2-9"],
                    "\(lines)")
                // HEAD of an object that the handler does not know: nginx has a signature for GET only.
                let next = Files.size(store.log)
                _ = try site.client.send("HEAD", ObjectSite.target("good"))
                let method = delivery == "server" ? "GET" : "HEAD"
                #expect(try Files.text(store.log, from: next).contains("\(method) /bucket/team/good?"))
            }
        }

        @Test("The store is asked once in the time for which its answer is remembered") func remembered() throws {
            try Self.withFailingStore("stream") { (site, store) throws in
                for (query, count) in [("asked=60", 1), ("asked=0", 3)] {
                    let size = Files.size(store.log)
                    for _ in 0..<3 {
                        let answer = try site.client.get(ObjectSite.target("good", query: query))
                        #expect(answer.status == 200 && answer.text == "0123456789" && answer.field("ETag") == "\"x\"")
                    }
                    let heads = try Files.text(store.log, from: size).ranges(of: "HEAD /").count
                    #expect(heads == count)
                }
                #expect(try site.client.get(ObjectSite.target("403", query: "asked=60")).status == 502)
                #expect(try site.client.get(ObjectSite.target("404", query: "asked=60")).status == 404)
            }
        }

        @Test("A store that closes each connection after its answer loses no request") func closedConnections() throws {
            try Self.withFailingStore("stream") { (site, _) throws in
                for _ in 0..<500 {
                    let answer = try site.client.get(ObjectSite.target("good", query: "size=10&etag=v1"))
                    guard answer.status == 200 else {
                        Issue.record("\(answer.status): \(answer.text)")
                        return
                    }
                }
            }
        }

        @Test("A stream is read as fast as its client reads, and ends with the client") func backPressure() throws {
            try Self.withFailingStore("stream") { (site, store) throws in
                let size = Files.size(store.log)
                func sent() throws -> Int {
                    try Files.text(store.log, from: size).split(separator: "\n").filter { $0.hasPrefix("sent ") }.count
                }
                var socket: Socket? = try Socket.connected(to: .loopback(port: site.client.port))
                try socket?.send("GET \(ObjectSite.target("endless")) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
                _ = try socket?.receive()
                // The store writes this when its socket has taken nothing for a second: the buffers of the kernel, nginx and the
                // program are full.
                try Deadline.wait("the store cannot send more") {
                    try Files.text(store.log, from: size).contains("full\n")
                }
                #expect(try (1..<64).contains(sent()), "MiB are in memory somewhere")
                socket = nil
                try Deadline.wait("the store's connection is closed") {
                    try Files.text(store.log, from: size).contains("closed\n")
                }
            }
        }

        @Test("A store that refuses connections is 502", arguments: deliveries) func refused(delivery: String) throws {
            let port = try Address.freePort()
            let site = try ObjectSite(
                title: "objects without a store", store: port, settings: ObjectSite.plain(delivery),
                environment: ["STORE": "http://localhost:\(port)"])
            try withLogs(of: site) { site in
                let logs = try site.logsFromNow()
                let answer = try site.client.get(ObjectSite.target("good"))
                #expect(answer.status == 502)
                // nginx's own error log has the URL, with its signature, of an upstream that fails.
                Self.checkSecrecy(answer, delivery == "server" ? "" : try logs())
                #expect(try logs().contains(delivery == "server" ? "connect() failed" : "answered with 502: "))
            }
            try site.stop()
        }

        @Test(
            "Wrong credentials, a wrong region and a missing bucket are refused by the real store, and say nothing to the client",
            arguments: [
                (["STORE_SECRET": "wrong"], "s3", 502), (["STORE_SECRET": "wrong"], "sha256", 502),
                (["STORE_REGION": "mars"], "s3", 502),
                (["STORE_BUCKET": "missing"], "s3", 404), (["STORE_BUCKET": "missing"], "sha256", 404),
            ] as [([String: String], String, Int)]) func settings(
                environment: [String: String], name: String, status: Int
            ) throws
        {
            guard ObjectStoreServer.protocols(of: [name]) == [name] else { return }
            let site = try ObjectSite(title: "objects with wrong settings", environment: environment)
            try withLogs(of: site) { site in
                let logs = try site.logsFromNow()
                let answer = try site.client.get(ObjectSite.target(ObjectCorpus.plain, name))
                // Ceph ignores the region in a signature.
                let ignores = ObjectStoreServer.isCeph && environment["STORE_REGION"] != nil
                #expect(answer.status == (ignores ? 200 : status))
                Self.checkSecrecy(answer, try logs())
            }
            try site.stop()
        }

        @Test("An object that changes between two ranges is sent whole") func changes() throws {
            let site = try ObjectSite(title: "changing objects")
            try withLogs(of: site) { site in
                let store = try ObjectStoreServer.shared
                let target = ObjectSite.target("changing.txt")
                try store.replace("changing.txt", Array("first version".utf8))
                let first = try site.client.get(target, ["Range": "bytes=0-4"])
                let tag = try #require(first.field("ETag"))
                #expect(first.status == 206 && first.text == "first")
                try store.replace("changing.txt", Array("another version".utf8))
                let second = try site.client.get(target, ["Range": "bytes=5-", "If-Range": tag])
                #expect(second.status == 200 && second.text == "another version" && second.field("ETag") != tag)
                let third = try site.client.get(target, ["Range": "bytes=5-", "If-Match": tag])
                #expect(third.status == 412)
            }
            try site.stop()
        }

        @Test("The store's certificate is verified, for the host in the signed URL") func certificate() throws {
            let directory = try Workspace.shared.makeDirectory("certificate")
            let (certificate, key) = ("\(directory)/certificate.pem", "\(directory)/key.pem")
            let command = [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out",
                certificate, "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            ]
            let openssl = try ChildProcess(command, log: "\(directory)/openssl.log")
            #expect(try openssl.waitForEnd() == .exited(0))
            let store = try FailingStore(certificate: [certificate, key])
            let authorities = "/etc/ssl/certs/ca-certificates.crt"
            for (name, settings, status) in [
                ("localhost", [authorities: certificate], 200), ("elsewhere.example", [authorities: certificate], 502),
                ("localhost", [:], 502),
            ] {
                let site = try ObjectSite(
                    title: "objects over TLS", store: store.port, settings: settings,
                    environment: ["STORE": "https://\(name):\(store.port)"])
                try withLogs(of: site) { site in
                    let answer = try site.client.get(ObjectSite.target("good"))
                    #expect(answer.status == status, "\(name) \(settings)")
                }
                try site.stop()
            }
            try store.stop()
        }

        private static let deliveries = ["server", "stream"]

        private static let store = Result { try FailingStore() }

        private static let sites = Dictionary(
            uniqueKeysWithValues: Self.deliveries.map { delivery in
                (
                    delivery,
                    Result {
                        let port = try Self.store.get().port
                        let settings = ObjectSite.plain(delivery).merging([
                            "proxy_read_timeout 60s;": "proxy_read_timeout 1s;"
                        ]) { $1 }
                        return try ObjectSite(
                            title: "objects of a failing store, \(delivery)", store: port, settings: settings,
                            environment: [
                                "STORE": delivery == "server"
                                    ? ObjectStoreServer.shared.endpoint : "http://localhost:\(port)",
                                "STORE_TIMEOUT": "1",
                            ])
                    }
                )
            })

        private static func withFailingStore(
            _ delivery: String, _ body: (ObjectSite, FailingStore) throws -> Void
        ) throws {
            let store = try self.store.get()
            try withLogs(of: #require(self.sites[delivery]).get()) { try body($0, store) }
        }
    }
}
