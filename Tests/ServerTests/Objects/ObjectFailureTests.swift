import Glibc
import Testing

extension ServerTests {
    /// Faults of a store, of its configuration and of the credentials: the client gets a clear answer, and no credential.
    @Suite(.serialized, .checking(.failures)) struct ObjectFailureTests {
        /// The client's answer and the logs contain neither the secret nor what a store's error repeats of the request.
        private static func checkSecrecy(_ answer: HTTPAnswer, _ logs: String, _ route: ObjectRoute) {
            let head = answer.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            for word in [
                "testing", "test:tester", "test%3Atester", "AWSAccessKeyId", "temp_url_sig", "X-Amz-Signature",
                "elsewhere",
            ] {
                #expect(!head.contains(word) && !answer.text.contains(word), "\(word)")
                // nginx's own error log has the URL, with its signature, of a store that fails.
                if route != .nginx { #expect(!logs.contains(word), "\(word)") }
            }
            #expect(!logs.contains("testing"))
        }

        /// The client's view of an object with a fault.
        private static func outcome(_ site: ObjectSite, _ target: String, _ route: ObjectRoute) throws -> String {
            let logs = try site.logsFromNow()
            let answer: HTTPAnswer
            do { answer = try site.client.get(target) } catch { return "incomplete" }
            Self.checkSecrecy(answer, try logs(), route)
            guard answer.status == 200 else {
                #expect(answer.field("ETag") == nil)
                // nginx keeps this field on its own error pages.
                #expect(route == .nginx || answer.field("Content-Disposition") == nil)
                return String(answer.status)
            }
            #expect(answer.field("X-Amz-Request-Id") == nil)
            return answer.text == "0123456789" ? "200" : "200 and these bytes"
        }

        @Test("A fault of the store is a clear status or an incomplete response", arguments: ObjectRoute.answering)
        func faults(route: ObjectRoute) throws {
            // On a busy machine, an answer that is not one of the slow ones may also take a second.
            let impatient = try Self.store.get().site(route, isImpatient: true)
            try Self.withFailingStore(route) { (patient, _) throws in
                for (row, keys) in ObjectFault.answers {
                    var outcomes: [String] = []
                    for key in keys {
                        let isSlow = ["silent", "stalled"].contains(key)
                        let site = isSlow ? impatient : patient
                        // The handler knows the object, or leaves it to the store; each answer of the slow keys takes a second.
                        for query in isSlow ? ["attachment=1"] : ["attachment=1", "size=10&etag=v1&attachment=1"] {
                            let outcome = try Self.outcome(site, ObjectSite.target(key, query: query), route)
                            if !outcomes.contains(outcome) { outcomes.append(outcome) }
                        }
                    }
                    let text = outcomes.joined(separator: " or ")
                    // Apache takes any text for the body of an HTTP/0.9 response.
                    let isFalse = text.contains("these bytes")
                    #expect(!isFalse || route == .apache && keys == ["garbage"], "\(row): \(text)")
                    ObjectTable.failures.set(text, row: row, column: route.rawValue)
                    // The next response is complete.
                    #expect(try patient.client.get(ObjectSite.target("good")).text == "0123456789")
                }
            }
            try impatient.stop()
        }

        @Test(
            "The store receives the signed host and the judged range, and nothing else of the client's request",
            arguments: ObjectRoute.answering)
        func request(route: ObjectRoute) throws {
            try Self.withFailingStore(route) { (site, store) throws in
                let size = Files.size(store.log)
                let fields = [
                    "Cookie": "a=b", "Authorization": "Basic x", "X-Amz-Date": "x", "X-Amz-Security-Token": "x",
                    "X-Auth-Token": "x", "Range": "bytes=2-", "If-None-Match": "\"v0\"", "If-Range": "\"v1\"",
                    "Accept": "*/*",
                    // For a client behind Caddy that accepts compression, If-Range is not evaluated.
                    "Accept-Encoding": route == .caddy ? "identity" : "gzip", "Accept-Language": "de",
                    "User-Agent": "test",
                    "Referer": "http://x/", "X-Forwarded-For": "192.0.2.1", "Origin": "http://x",
                ]
                _ = try site.client.send("GET", ObjectSite.target("good", query: "size=10&etag=v1"), fields)
                let lines = try Files.text(store.log, from: size).split(separator: "\n").filter { $0 != "connected" }
                #expect(lines.first?.hasPrefix("GET /bucket/team/good?X-Amz-Algorithm=") == true)
                let port = route.sendsSignedHost ? try ObjectStoreServer.shared.port : store.port
                let received = Set(lines.dropFirst().map { $0.lowercased() }).subtracting(["connection: keep-alive"])
                #expect(received == ["host: localhost:\(port)", "range: bytes=2-9"], "\(lines)")
                // HEAD of an object that the handler does not know: a web server has a signature for GET only.
                let next = Files.size(store.log)
                _ = try site.client.send("HEAD", ObjectSite.target("good"))
                let method = route.isFetching ? "GET" : "HEAD"
                #expect(try Files.text(store.log, from: next).contains("\(method) /bucket/team/good?"))
            }
        }

        @Test("Apache refuses a request with a field of a second signature that it does not remove")
        func secondSignature() throws {
            try Self.withFailingStore(.apache) { (site, store) throws in
                let size = Files.size(store.log)
                let answer = try site.client.get(ObjectSite.target("good"), ["X-Amz-Other": "x"])
                #expect(answer.status == 422 && Files.size(store.log) == size)
            }
        }

        @Test("The store is asked once in the time for which its answer is remembered") func remembered() throws {
            try Self.withFailingStore(.stream) { (site, store) throws in
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

        @Test("A store that closes each connection after its answer loses no request", arguments: ObjectRoute.answering)
        func closedConnections(route: ObjectRoute) throws {
            try Self.withFailingStore(route) { (site, _) throws in
                for _ in 0..<(route == .stream ? 500 : 100) {
                    let answer = try site.client.get(ObjectSite.target("good", query: "size=10&etag=v1"))
                    guard answer.status == 200 else {
                        Issue.record("\(answer.status): \(answer.text)")
                        return
                    }
                }
            }
        }

        @Test(
            "The body that the store sends for a HEAD is not given to the next client",
            arguments: ObjectRoute.answering)
        func bodyOfHead(route: ObjectRoute) throws {
            try Self.withFailingStore(route) { (site, _) throws in
                #expect(try site.client.get(ObjectSite.target("late")).text == "of another")
                for _ in 0..<16 {
                    #expect(try site.client.send("HEAD", ObjectSite.target("late")).status == 200)
                    let next = try site.client.get(ObjectSite.target("kept"))
                    #expect(next.status == 200 && next.text == "0123456789", "\(next.status) \(next.text)")
                }
            }
        }

        @Test(
            "A stream is read as fast as its client reads, and ends with the client", arguments: ObjectRoute.answering)
        func backPressure(route: ObjectRoute) throws {
            try Self.withFailingStore(route) { (site, store) throws in
                let size = Files.size(store.log)
                func sent() throws -> Int {
                    try Files.text(store.log, from: size).split(separator: "\n").filter { $0.hasPrefix("sent ") }.count
                }
                var socket: Socket? = try Socket.connected(to: .loopback(port: site.client.port))
                try socket?.send("GET \(ObjectSite.target("endless")) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
                _ = try socket?.receive()
                // The store writes this when its socket has taken nothing for a second: the buffers of the kernel, the web server and
                // the program are full.
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

        @Test("A store that refuses connections is 502, with a reason in the log", arguments: ObjectRoute.answering)
        func refused(route: ObjectRoute) throws {
            let port = try Address.freePort()
            let site = try ObjectSite(
                route, title: "objects without a store, \(route.rawValue)", store: route.address(port: port),
                environment: ["STORE": "http://localhost:\(port)"])
            try withLogs(of: site) { site in
                let logs = try site.logsFromNow()
                let outcome = try Self.outcome(site, ObjectSite.target("good"), route)
                let reasons =
                    switch route {
                    case .nginx: ["connect() failed"]
                    case .caddy: ["connect: connection refused"]
                    case .apache: ["Connection refused"]
                    default: ["answered with 502: ", " request="]
                    }
                #expect(outcome == "502")
                try Deadline.wait("a line of the log has \(reasons)") {
                    try logs().split(separator: "\n").contains { line in reasons.allSatisfy(line.contains) }
                }
                ObjectTable.failures.set(outcome, row: ObjectFault.refused, column: route.rawValue)
            }
            try site.stop()
        }

        @Test(
            "Wrong credentials, a wrong region and a missing bucket are refused by the real store, and say nothing to the client",
            arguments: ObjectRoute.answering)
        func settings(route: ObjectRoute) throws {
            var outcomes: [String] = []
            for (environment, names) in [
                (["STORE_SECRET": "wrong"], ["s3", "sha256"]), (["STORE_REGION": "mars"], ["s3"]),
                (["STORE_BUCKET": "missing"], ["s3", "sha256"]),
            ] {
                let site = try ObjectSite(
                    route, title: "objects with wrong settings, \(route.rawValue)", environment: environment)
                try withLogs(of: site) { site in
                    for name in names {
                        let target = ObjectSite.target(ObjectCorpus.plain, name)
                        // Ceph ignores the region in a signature.
                        if ObjectStoreServer.isCeph, environment["STORE_REGION"] != nil {
                            #expect(try site.client.get(target).status == 200)
                            continue
                        }
                        let outcome = try Self.outcome(site, target, route)
                        // For TempURL, Ceph refuses a missing bucket as it does a wrong key.
                        let isMissing =
                            environment["STORE_BUCKET"] != nil && (name == "s3" || !ObjectStoreServer.isCeph)
                        #expect(outcome == (isMissing ? "404" : "502"))
                        if !outcomes.contains(outcome) { outcomes.append(outcome) }
                    }
                }
                try site.stop()
            }
            ObjectTable.failures.set(
                outcomes.joined(separator: " or "), row: ObjectFault.credentials, column: route.rawValue)
        }

        @Test("An object that changes between two ranges is sent whole", arguments: ObjectRoute.answering)
        func changes(route: ObjectRoute) throws {
            try withLogs(of: ObjectSite.shared(route)) { site in
                let store = try ObjectStoreServer.shared
                let key = "changing-\(route.rawValue).txt"
                let target = ObjectSite.target(key)
                try store.replace(key, Array("first version".utf8))
                let first = try site.client.get(target, ["Range": "bytes=0-4"])
                let tag = try #require(first.field("ETag"))
                #expect(first.status == 206 && first.text == "first")
                try store.replace(key, Array("another version".utf8))
                let second = try site.client.get(target, ["Range": "bytes=5-", "If-Range": tag])
                #expect(second.status == 200 && second.text == "another version" && second.field("ETag") != tag)
                let third = try site.client.get(target, ["Range": "bytes=5-", "If-Match": tag])
                #expect(third.status == 412)
                ObjectTable.failures.set(
                    "\(second.status), whole, or \(third.status)", row: ObjectFault.changed, column: route.rawValue)
            }
        }

        @Test(
            "The store's certificate is verified, and the name in the request for it is the store's",
            arguments: ObjectRoute.answering)
        func certificates(route: ObjectRoute) throws {
            let (certificate, store) = try Self.secureStore.get()
            let cases = [(true, false, 200), (true, true, 502), (false, false, 502)]
            // The program trusts the authorities of the system.
            for (isTrusted, isOtherName, status) in route.isFetching ? cases : Array(cases.suffix(1)) {
                // nginx verifies the name in the signed URL, and Caddy and Apache the one in their configuration.
                let name = isOtherName ? "elsewhere.example" : "localhost"
                let address = route != .nginx && !isOtherName ? "localhost" : "127.0.0.1"
                let size = Files.size(store.log)
                let site = try ObjectSite(
                    route, title: "objects over TLS, \(route.rawValue)", store: "\(address):\(store.port)",
                    settings: !route.isFetching ? route.plain : isTrusted ? route.trusting(certificate) : [:],
                    environment: ["STORE": "https://\(name):\(store.port)"])
                try withLogs(of: site) { site in
                    let answer = try site.client.get(ObjectSite.target("good"))
                    #expect(answer.status == status, "\(name) \(isTrusted)")
                    if status == 200 {
                        let log = try Files.text(store.log, from: size)
                        #expect(log.contains("name: localhost\n") && log.contains("Host: localhost:\(store.port)\n"))
                    }
                }
                try site.stop()
            }
            ObjectTable.failures.set("502", row: ObjectFault.certificate, column: route.rawValue)
        }

        /// A store with a certificate for `localhost` that no authority has signed.
        private static let secureStore = Result {
            let directory = try Workspace.shared.makeDirectory("certificate")
            let certificate = try Certificate(in: directory)
            return (certificate.file, try FailingStore(certificate: [certificate.file, certificate.key]))
        }

        private static let store = Result { try FailingStore() }

        private static let sites = Dictionary(
            uniqueKeysWithValues: ObjectRoute.answering.map { route in
                (route, Result { try Self.store.get().site(route, isImpatient: false) })
            })

        private static func withFailingStore(
            _ route: ObjectRoute, _ body: (ObjectSite, FailingStore) throws -> Void
        ) throws {
            let store = try self.store.get()
            try withLogs(of: #require(self.sites[route]).get()) { try body($0, store) }
        }
    }
}
