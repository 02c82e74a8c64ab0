import FastCGI
import Glibc
import HTTPTypes
import Logging
import Sendfile
import Testing

@Suite struct LogTests {
    @Test("Each request has one line with its main facts") func requestLine() async throws {
        let server = try await RunningServer { _ in Response(status: .created, body: .string("hello")) }
        _ = try server.peer().request("POST", "/a?b")
        try await RunningServer.wait { server.log.contains("debug request") }
        let line = try #require(server.log.all.first { $0.hasPrefix("debug request") })
        for fact in [
            "\"request\": 1", "\"method\": POST", "\"path\": /a]", "\"status\": 201", "\"bytes\": 5",
            "\"client\": 127.0.0.1",
        ] {
            #expect(line.contains(fact) || line.contains(fact.replacing("]", with: ",")), "\(line)")
        }
        #expect(line.firstMatch(of: /"milliseconds": [0-9]+(\.[0-9]{1,3})?[,\]]/) != nil, "\(line)")
        try await server.stop()
    }

    @Test("The level of a request's line is a setting", arguments: [Logger.Level?.none, .info, .trace])
    func requestLevel(level: Logger.Level?) async throws {
        let server = try await RunningServer(.with { $0.requestLogLevel = level }) { _ in Response() }
        _ = try server.peer().request()
        try await RunningServer.wait { server.statistics.handledRequests == 1 }
        try await server.stop()
        let lines = server.log.all.filter { $0.contains(" request [") }
        // The test's logger records debug and above.
        #expect(lines.map { $0.prefix { $0 != " " } } == (level == .info ? ["info"] : []))
    }

    @Test(
        "A client cannot add a line", arguments: ["\n", "\r", "\u{1B}[31m", "\u{7F}", "\u{85}", "\u{2028}", "\u{202E}"])
    func hostileText(control: String) async throws {
        struct Refused: Error { let path: String }
        let server = try await RunningServer { throw Refused(path: $0.rawPath) }
        _ = try server.peer().request("GET", "/x\(control)error forged")
        try await RunningServer.wait { server.log.contains("debug request") }
        for line in server.log.all { #expect(!line.contains(control), "\(line.debugDescription)") }
        #expect(server.log.contains("error forged"))
        try await server.stop()
    }

    @Test("A handler's log line contains the number of its request") func requestNumber() async throws {
        let server = try await RunningServer { request in
            request.logger.notice("looked up", metadata: ["user": "eve"])
            return Response()
        }
        let peer = try server.peer()
        for _ in 0..<2 { _ = try peer.request() }
        try await server.stop()
        // The line here has the metadata of the event; the logger's own is added by its handler.
        #expect(server.log.all.filter { $0.hasPrefix("notice looked up") }.count == 2)
    }

    // MARK: FCGI_STDERR

    private static func errorLogger() -> Logger {
        var logger = Logger(label: "test") { FastCGILogHandler(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    /// All records up to the end of a request.
    private static func records(_ peer: Peer) throws -> [Peer.Record] {
        var records: [Peer.Record] = []
        while let record = try peer.nextRecord() {
            records.append(record)
            if record.type == 3 { break }
        }
        return records
    }

    @Test("Messages of a request reach the web server before the end of the response", arguments: [1, 100_000])
    func errorRecords(length: Int) async throws {
        let ids = Locked<[UInt64]>([])
        let server = try await RunningServer(.with { $0.logsToWebServer = true }, logger: Self.errorLogger()) {
            request in
            ids.withLock { $0.append(request.id) }
            request.logger.warning("no such report", metadata: ["user": "eve\nmallory"])
            await Task.yield()
            // A library's own logger, in another task.
            async let other: Void = Self.errorLogger().error("second")
            await other
            request.logger.info("not wanted")
            return Response(body: .bytes([UInt8](repeating: 1, count: length)))
        }
        let peer = try server.peer()
        for index in 0...1 {
            try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
            let records = try Self.records(peer)
            let id = ids.withLock { $0[index] }
            let errors = records.filter { $0.type == 7 }
            #expect(
                String(decoding: errors.flatMap(\.content), as: UTF8.self)
                    == "warning test: no such report request=\(id) user=eve\\nmallory\nerror test: second\n")
            // The end of the error stream is a record without content, before the end of the output.
            #expect(errors.last?.content == [])
            #expect(records.filter { $0.type == 6 }.flatMap(\.content).count > length)
            #expect(records.suffix(2).map(\.type) == [6, 3])
        }
        try await server.stop()
    }

    @Test("A request without messages has no error records") func noRecords() async throws {
        let server = try await RunningServer(.with { $0.logsToWebServer = true }, logger: Self.errorLogger()) { _ in
            Response()
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        #expect(try !Self.records(peer).contains { $0.type == 7 })
        try await server.stop()
    }

    @Test("No message is sent to the web server by default") func noErrorRecords() async throws {
        let server = try await RunningServer(logger: Self.errorLogger()) { request in
            request.logger.warning("for this program's own standard error")
            return Response()
        }
        #expect(try server.peer().request().errors.isEmpty)
        try await server.stop()
    }

    @Test("The size of a message and of all messages of a request is limited") func limits() async throws {
        let server = try await RunningServer(.with { $0.logsToWebServer = true }, logger: Self.errorLogger()) {
            request in
            if request.path == "/long" { request.logger.error("\(String(repeating: "ü", count: 5000))") }
            if request.path == "/many" {
                for number in 0..<100 { request.logger.error("line \(number) \(String(repeating: "x", count: 100))") }
            }
            return Response(body: .string("hello"))
        }
        let peer = try server.peer()
        let long = try peer.request("GET", "/long")
        #expect((990...1000).contains(long.errors.count))
        let text = try #require(String(validating: long.errors, as: UTF8.self))
        #expect(text.hasSuffix("ü…\n"))
        let many = try peer.request("GET", "/many")
        #expect((3800...4096).contains(many.errors.count))
        #expect(String(decoding: many.errors, as: UTF8.self).hasSuffix("further lines are in the program's own log\n"))
        #expect(many.body == Array("hello".utf8))
        try await server.stop()
    }

    @Test("The web server receives the messages about failures, too") func failures() async throws {
        struct Broken: Error {}
        let gate = Gate()
        let server = try await RunningServer(
            .with {
                $0.logsToWebServer = true
                $0.handlerTimeout = .milliseconds(100)
            }, logger: Self.errorLogger()
        ) { request in
            if request.path == "/late" { await gate.wait() }
            throw Broken()
        }
        let (late, broken) = (try server.peer(), try server.peer())
        #expect(
            String(decoding: try broken.request("GET", "/b").errors, as: UTF8.self).contains(
                "the handler threw: Broken()"))
        #expect(
            String(decoding: try late.request("GET", "/late").errors, as: UTF8.self).contains("FASTCGI_HANDLER_TIMEOUT")
        )
        gate.open()
        try await server.stop()
    }
}
