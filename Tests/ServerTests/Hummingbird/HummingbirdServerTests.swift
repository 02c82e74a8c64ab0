import Glibc
import Testing

extension ServerTests {
    /// A Hummingbird application behind each web server.
    @Suite struct HummingbirdServerTests {
        private func withSite(_ delivery: Delivery, _ body: (Site) throws -> Void) throws {
            try withLogs(of: HummingbirdSite.shared(delivery), body)
        }

        @Test(
            "A route gets the path's parameters, the query and the client's address",
            arguments: HummingbirdSite.deliveries)
        func routes(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                let hello = try site.client.get("/hello/ada%20l?greeting=good%20day")
                #expect(hello.text == "hello ada l, good day")
                #expect(try site.client.get("/client").text == "127.0.0.1 GET")
                #expect(try site.client.get("/nowhere").status == 404)
            }
        }

        @Test(
            "A file has the bytes that its range asks for and the fields of middleware, and the program sends it only if it streams",
            arguments: HummingbirdSite.deliveries)
        func files(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                let target = "/file/\(Corpus.large.name)"
                let answer = try site.client.get(target, ["Origin": "https://example.org"])
                #expect(answer.status == 200)
                #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
                #expect(answer.field("Content-Length") == String(Corpus.large.content.count))
                #expect(answer.field("Content-Language") == "ja")
                #expect(answer.field("Access-Control-Allow-Origin") == "*")
                #expect(answer.field("Content-Disposition")?.hasPrefix("attachment") == true)
                #expect(!answer.fields.contains { $0.name.lowercased().hasPrefix("x-") })
                let range = try site.client.get(target, ["Range": "bytes=-500"])
                #expect(range.status == 206)
                #expect(range.body == Array(Corpus.large.content.suffix(500)))
                let tag = try #require(answer.field("ETag"))
                #expect(try site.client.get(target, ["If-None-Match": tag]).status == 304)
                let head = try site.client.send("HEAD", target)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(try site.client.get("/file/missing.txt").status == 404)
            }
        }

        @Test("A body of 10 MB is echoed", arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func echo(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                let body = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let answer = try site.client.send("POST", "/echo", body: .bytes(body))
                #expect(answer.status == 200)
                #expect(Bytes(answer.body) == Bytes(body))
            }
        }

        @Test(
            "An unread body affects neither its response nor the next request",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func unread(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                for size in [10, 300_000, 3_000_000] {
                    let body = [UInt8](repeating: 1, count: size)
                    let answer = try site.client.send("POST", "/unread", body: .bytes(body))
                    #expect(answer.text == "unread")
                    #expect(try site.client.get("/ready").text == "ready")
                }
            }
        }

        @Test("A stream of unknown length arrives whole", arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func stream(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                let answer = try site.client.get("/stream/5000")
                #expect(answer.status == 200)
                #expect(answer.text == (0..<5000).map { "\($0)\n" }.joined())
            }
        }

        @Test(
            "An error has its status, its body and the fields of CORS",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func error(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                let answer = try site.client.get("/error", ["Origin": "https://example.org"])
                #expect(answer.status == 409)
                #expect(answer.text == #"{"error":{"message":"the report is being written"}}"#)
                #expect(answer.field("Access-Control-Allow-Origin") == "*")
            }
        }

        @Test(
            "A session that the persist driver keeps is found by its cookie",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func session(_ delivery: Delivery) throws {
            try self.withSite(delivery) { site in
                #expect(try site.client.get("/session").status == 401)
                let answer = try site.client.send("POST", "/sign-in/ada", body: .bytes([]))
                let cookie = try #require(answer.field("Set-Cookie")).prefix { $0 != ";" }
                #expect(try site.client.get("/session", ["Cookie": String(cookie)]).text == "ada")
            }
        }
    }
}

/// The Hummingbird application without a web server: limits, and clients that leave.
@Suite struct HummingbirdProgramTests {
    private struct Program {
        let process: ChildProcess
        let address: Address

        init(_ environment: [String: String] = [:]) throws {
            let directory = try Workspace.shared.makeDirectory("hummingbird")
            let path = "\(directory)/socket"
            self.address = .unix(path: path)
            let variables = ["FASTCGI_LISTEN": path, "SENDFILE_ROOT": try Workspace.shared.root].merging(environment) {
                $1
            }
            self.process = try ChildProcess(
                ["\(try Workspace.built)/hummingbird-application"],
                environment: ChildProcess.plainEnvironment.merging(variables) { $1 }, log: "\(directory)/log")
            let address = self.address
            try Deadline.wait("the application listens") { (try? Socket.connected(to: address)) != nil }
        }

        func exchange(_ method: String, _ target: String, body: [UInt8] = []) throws -> FastCGIAnswer {
            try FastCGIClient(self.address).exchange(method, target, body: body)
        }

        func stop() throws {
            self.process.signal(SIGTERM)
            let end = try self.process.waitForEnd()
            let log = try Files.text(self.process.log)
            #expect(end == .exited(0), "\(log)")
        }
    }

    @Test("The limits of the FastCGI server hold") func limits() throws {
        let program = try Program(["FASTCGI_BODY_BYTES": "1000", "FASTCGI_HANDLER_TIMEOUT": "1"])
        #expect(try program.exchange("POST", "/echo", body: [UInt8](repeating: 1, count: 1000)).status == 200)
        #expect(try program.exchange("POST", "/echo", body: [UInt8](repeating: 1, count: 1001)).status == 413)
        #expect(try program.exchange("GET", "/waiting").status == 504)
        #expect(try program.exchange("GET", "/ready").text == "ready")
        try program.stop()
    }

    @Test("A client that leaves cancels the route's task") func cancelled() throws {
        let program = try Program()
        for _ in 0..<3 {
            let client = try FastCGIClient(program.address)
            try client.begin("GET", "/waiting", contentLength: 0)
            try client.endInput()
            #expect(try program.exchange("GET", "/ready").text == "ready")
        }
        try Deadline.wait("three tasks are cancelled") { try program.exchange("GET", "/left").text == "3" }
        try program.stop()
    }

    @Test("The first chunk of a stream is sent at once, and a client that leaves then cancels the stream")
    func cancelledStream() throws {
        let program = try Program()
        do {
            let client = try FastCGIClient(program.address)
            try client.begin("GET", "/events", contentLength: 0)
            try client.endInput()
            var output: [UInt8] = []
            while output.firstRange(of: Array("first\n".utf8)) == nil { output += try client.receive().content }
        }
        try Deadline.wait("the stream is cancelled") { try program.exchange("GET", "/left").text == "1" }
        try program.stop()
    }

    @Test("A body is read no faster than its echo is taken, so the program's memory does not grow")
    func backPressure() async throws {
        let program = try Program()
        #expect(try program.exchange("GET", "/ready").text == "ready")
        let size = 48 << 20
        let client = try FastCGIClient(program.address)
        try client.begin("POST", "/echo-at-once", contentLength: size)
        let statistics = ProcessStatistics(pid: program.process.pid)
        let before = try statistics.peakMemory
        let sender = Task.detached {
            for _ in 0..<(size >> 20) { try client.sendInput([UInt8](repeating: 7, count: 1 << 20)) }
            try client.endInput()
        }
        let answer = try client.receiveAnswer()
        try await sender.value
        #expect(answer.body.count == size && answer.body.allSatisfy { $0 == 7 })
        #expect(try statistics.peakMemory - before < Workspace.shared.toleratedGrowth)
        try program.stop()
    }
}
