import Glibc
import Testing

extension ServerTests {
    /// A Hummingbird application behind each web server.
    @Suite struct HummingbirdServerTests {
        private func check(_ delivery: Delivery, _ body: (HummingbirdChecks) throws -> Void) throws {
            try withLogs(of: HummingbirdSite.shared(delivery)) { try body(HummingbirdChecks(client: $0.client)) }
        }

        @Test(
            "A route gets the path's parameters, the query and the client's address",
            arguments: HummingbirdSite.deliveries)
        func routes(_ delivery: Delivery) throws { try self.check(delivery) { try $0.routes() } }

        @Test(
            "A file has the bytes that its range asks for and the fields of middleware, and the program sends it only if it streams",
            arguments: HummingbirdSite.deliveries)
        func files(_ delivery: Delivery) throws { try self.check(delivery) { try $0.files() } }

        @Test("A body of 10 MB is echoed", arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func echo(_ delivery: Delivery) throws { try self.check(delivery) { try $0.echo() } }

        @Test(
            "An unread body affects neither its response nor the next request",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func unread(_ delivery: Delivery) throws { try self.check(delivery) { try $0.unread() } }

        @Test("A stream of unknown length arrives whole", arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func stream(_ delivery: Delivery) throws { try self.check(delivery) { try $0.stream() } }

        @Test(
            "A chunk of a stream arrives before the next one, and a client that leaves cancels the stream",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func ticks(_ delivery: Delivery) throws { try self.check(delivery) { try $0.ticks() } }

        @Test(
            "An error has its status, its body and the fields of CORS",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func error(_ delivery: Delivery) throws { try self.check(delivery) { try $0.error() } }

        @Test(
            "A session that the persist driver keeps is found by its cookie",
            arguments: HummingbirdSite.deliveries.filter { !$0.streams })
        func session(_ delivery: Delivery) throws { try self.check(delivery) { try $0.session() } }
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
        // A body whose length is not announced.
        for (count, status) in [(1000, 200), (1001, 413)] {
            let answer = try FastCGIClient(program.address).exchange(
                "POST", "/other-error", parameters: ["CONTENT_LENGTH": ""], body: [UInt8](repeating: 1, count: count))
            #expect(answer.status == status)
        }
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
