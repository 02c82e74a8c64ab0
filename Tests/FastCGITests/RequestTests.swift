import FastCGI
import HTTPTypes
import Testing

@Suite struct RequestTests {
    @Test("Header fields are those that the client sent, in their order") func headerFields() {
        let request = Request(
            parameters: Parameters([
                ("SERVER_NAME", "x"), ("HTTP_X_FIRST", "1"), ("HTTP_COOKIE", "a=b"), ("CONTENT_TYPE", "text/plain"),
                ("HTTP_X_FIRST", "2"), ("CONTENT_LENGTH", ""), ("HTTP_CONTENT_TYPE", "x"), ("HTTP_CONTENT_LENGTH", "1"),
                ("HTTPS", "on"), ("HTTP_", "x"), ("HTTP_:PATH", "x"), ("HTTP_\u{212A}", "x"), ("HTTP_A B", "x"),
                ("", "x"),
            ]))
        #expect(
            request.headerFields.map { "\($0.name.canonicalName): \($0.value)" } == [
                "x-first: 1", "cookie: a=b", "content-type: text/plain", "x-first: 2",
            ])
        #expect(request.fieldValue(.contentLength) == nil)
    }

    @Test(
        "The query begins behind the first question mark, whatever character follows",
        arguments: [("/a?b=c?d", "b=c?d"), ("/a?\u{301}b", "\u{301}b"), ("/a?", ""), ("/a", nil)])
    func query(target: String, query: String?) {
        let request = Request(parameters: Parameters([("REQUEST_URI", target), ("QUERY_STRING", "other")]))
        #expect(request.query.map { Array($0.utf8) } == query.map { Array($0.utf8) })
        #expect(request.path == "/a")
    }

    @Test("A request has all parameters of the web server") func parameters() async throws {
        let server = try await RunningServer { request in
            var lines = ["\(request.method) \(request.path) \(request.rawPath) \(request.query ?? "-")"]
            lines.append("\(request.remoteAddress ?? "-") \(request.remotePort ?? 0) \(request.remoteUser ?? "-")")
            lines.append(
                "\(request.scheme) \(request.serverSoftware ?? "-") \(request.scriptName) \(request.pathInfo ?? "-")")
            lines.append("\(request.cookies["session"] ?? "-") \(request.headerFields[.userAgent] ?? "-")")
            lines.append("\(request.fieldValue(.ifNoneMatch) ?? "-") \(request.parameters["FCGI_ROLE"] ?? "-")")
            return Response(body: .string(lines.joined(separator: "\n")))
        }
        let answer = try server.peer().request(
            "GET", "/a%20b%26c/%E6%97%A5?x=1&y=%20",
            [
                ("REMOTE_PORT", "4711"), ("REMOTE_USER", "ada"), ("HTTPS", "on"), ("SCRIPT_NAME", "/a"),
                ("PATH_INFO", "/b"), ("HTTP_COOKIE", "a=b; session=\"s3\"; c=d"), ("HTTP_USER_AGENT", "curl/8"),
                ("HTTP_IF_NONE_MATCH", "\"1-2\""),
            ])
        #expect(answer.status == "200 OK")
        #expect(
            String(decoding: answer.body, as: UTF8.self) == """
                GET /a b&c/日 /a%20b%26c/%E6%97%A5 x=1&y=%20
                127.0.0.1 4711 ada
                https test/1 /a /b
                s3 curl/8
                "1-2" RESPONDER
                """)
        try await server.stop()
    }

    @Test(
        "The scheme is https if the web server says so in either parameter",
        arguments: [
            (nil, nil, "http"), ("http", nil, "http"), ("https", nil, "https"), (nil, "on", "https"), ("", "", "http"),
            ("https", "off", "https"), ("http", "off", "http"),
            // Apache's own parameter, and the administrator's.
            ("http", "on", "https"),
        ] as [(String?, String?, String)])
    func scheme(
        scheme: String?, https: String?, expected: String
    ) {
        var parameters: [(name: String, value: String)] = [("HTTP_X_FORWARDED_PROTO", "https"), ("HTTP_HTTPS", "on")]
        if let scheme { parameters.append(("REQUEST_SCHEME", scheme)) }
        if let https { parameters.append(("HTTPS", https)) }
        #expect(Request(parameters: Parameters(parameters)).scheme == expected)
    }

    @Test("A body of any size arrives complete", arguments: [0, 1, 7000, 8192, 65_000, 70_000, 3_000_000])
    func bodySizes(size: Int) async throws {
        let server = try await RunningServer { request in
            Response(body: .bytes(try await request.body.collect(upTo: 4 << 20)))
        }
        let peer = try server.peer()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        for _ in 0..<3 {
            let answer = try peer.request("POST", "/", body: body)
            #expect(answer.body == body)
            #expect(answer.field("Content-Length") == String(size))
        }
        try await server.stop()
    }

    @Test("A request arrives complete, in chunks of any size", arguments: [1, 3, 7, 8, 9, 100])
    func chunks(chunk: Int) async throws {
        let server = try await RunningServer { request in
            let body = try await request.body.collect(upTo: 1000)
            return Response(body: .bytes(Array(request.path.utf8) + body))
        }
        let peer = try server.peer()
        for round in 0..<2 {
            let bytes =
                Peer.begin() + Peer.record(4, Peer.pairs(Peer.parameters("POST", "/in/pieces")), padding: 3)
                + Peer.record(4) + Peer.record(5, Array("hello ".utf8), padding: 5)
                + Peer.record(5, Array("world".utf8))
                + Peer.record(5)
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                try peer.send(Array(bytes[start..<min(bytes.count, start + chunk)]))
            }
            #expect(try peer.answer().body == Array("/in/pieceshello world".utf8), "round \(round)")
        }
        try await server.stop()
    }

    /// mod_fcgid sends an upload over HTTP/2 without a length like this: an empty record where the client paused, and a
    /// correct CONTENT_LENGTH.
    @Test("A body with an early end record continues up to its length", arguments: [false, true]) func earlyEnd(
        inPieces: Bool
    ) async throws {
        let server = try await RunningServer { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1000)))
        }
        let peer = try server.peer()
        let head = Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "11")]))
        let records = ["", "hello", "", " ", "world", ""].map { Peer.record(5, Array($0.utf8)) }
        for _ in 0..<3 {
            if inPieces {
                try peer.send(head + records[0])
                // Another request is answered meanwhile, so the server has read this one.
                for record in records.dropFirst() {
                    #expect(try server.peer().request("GET", "/").status == "200 OK")
                    try peer.send(record)
                }
            } else {
                try peer.send(head + records.flatMap { $0 })
            }
            #expect(try peer.answer().body == Array("hello world".utf8))
        }
        try await server.stop()
    }

    @Test("A body that ends too early and does not continue is an error") func truncatedBody() async throws {
        let server = try await RunningServer(.with { $0.readTimeout = .milliseconds(300) }) { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1000)))
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "11")])) + Peer.body([1, 2, 3]))
        #expect(try peer.answer().status == "400 Bad Request")
        #expect(server.log.contains("the body ended after 3 of 11 bytes"))
        #expect(try peer.request("POST", "/", body: [4]).body == [4])
        try await server.stop()
    }

    @Test("The wait for the rest of a body has its own time limit and log line") func bodyRest() async throws {
        let server = try await RunningServer { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1000)))
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "11")])) + Peer.body([1, 2, 3]))
        #expect(try peer.answer().status == "400 Bad Request")
        #expect(server.log.contains("a web server ended a body before its announced length"))
        #expect(!server.log.contains("FASTCGI_READ_TIMEOUT"))
        #expect(server.statistics.limitsHit.filter { $0.value > 0 } == [.bodyRest: 1])
        try await server.stop()
    }

    /// nginx behaves like this where an error page or `fastcgi_pass_request_body off` removes a body and keeps its
    /// length: the connection is free for nginx once it has the response.
    @Test("An announced body that never arrives delays no other request", arguments: [true, false])
    func missingBody(atOnce: Bool) async throws {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let peer = try server.peer()
        let head = Peer.head(Peer.parameters("POST", "/first", [("CONTENT_LENGTH", "11")]))
        let next = Peer.head(Peer.parameters("GET", "/next")) + Peer.body([])
        for _ in 0..<3 {
            if atOnce {
                try peer.send(head + Peer.body([]))
                #expect(try peer.answer().body == Array("/first".utf8))
                try peer.send(next)
            } else {
                try peer.send(head)
                #expect(try peer.answer().body == Array("/first".utf8))
                try peer.send(Peer.body([1, 2, 3]) + next)
            }
            #expect(try peer.answer().body == Array("/next".utf8))
        }
        // A body that arrives later is skipped.
        try peer.send(head + Peer.body([]))
        #expect(try peer.answer().body == Array("/first".utf8))
        try peer.send(Peer.body(Array("hello world".utf8)) + next)
        #expect(try peer.answer().body == Array("/next".utf8))
        try await server.stop()
    }

    @Test("A request after a late body has its own time limit") func lateBody() async throws {
        let (isLate, hasCome) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        let server = try await RunningServer(.with { $0.readTimeout = .milliseconds(300) }) { request in
            do { return Response(body: .bytes(try await request.body.collect(upTo: 1000))) } catch {
                isLate.continuation.finish()
                for await _ in hasCome.stream {}
                return Response(body: .string("late"))
            }
        }
        let peer = try server.peer()
        let head = Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "3")]))
        try peer.send(head)
        for await _ in isLate.stream {}
        try peer.send(Peer.body([1, 2, 3]))
        hasCome.continuation.finish()
        #expect(try peer.answer().body == Array("late".utf8))

        try peer.send(head)
        // Another request is answered meanwhile, so the server has read this one.
        #expect(try server.peer().request("GET", "/").status == "200 OK")
        try peer.send(Peer.body([4, 5, 6]))
        #expect(try peer.answer().body == [4, 5, 6])
        try await server.stop()
    }

    @Test("Many requests share a kept connection, and each response has its request's number") func keptConnection()
        async throws
    {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let peer = try server.peer()
        for number in 1...20 {
            let answer = try peer.request("GET", "/\(number)", id: UInt16(number * 3000))
            #expect(answer.body == Array("/\(number)".utf8))
            #expect(answer.protocolStatus == 0)
        }
        let last = try peer.request("GET", "/last", keep: false)
        #expect(last.body == Array("/last".utf8))
        #expect(try peer.isClosed())
        try await server.stop()
    }

    @Test("An unread body does not affect the next request") func unreadBody() async throws {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let peer = try server.peer()
        for size in [0, 10, 100_000, 900_000] {
            let answer = try peer.request("POST", "/\(size)", body: [UInt8](repeating: 7, count: size))
            #expect(answer.body == Array("/\(size)".utf8))
        }
        try await server.stop()
    }
}
