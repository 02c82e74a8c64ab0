import FastCGI
import Glibc
import HTTPTypes
import Testing

@Suite struct ResponseTests {
    @Test("The head has an explicit status and never an implicit HTML type") func head() async throws {
        let server = try await RunningServer { request in
            switch request.path {
            case "/bytes": Response(body: .bytes(Array("<html>".utf8)))
            case "/text": Response(body: .string("<html>"))
            case "/typed": Response(headerFields: [.contentType: "text/html"], body: .string("<html>"))
            case "/none": Response(status: .noContent)
            default:
                Response(status: .notModified, headerFields: [.eTag: "\"1\""], body: .string("no body goes with it"))
            }
        }
        let peer = try server.peer()
        #expect(
            try peer.request("GET", "/bytes").head == [
                "Status: 200 OK", "Content-Type: application/octet-stream", "Content-Length: 6",
            ])
        #expect(
            try peer.request("GET", "/text").head == [
                "Status: 200 OK", "Content-Type: text/plain; charset=utf-8", "Content-Length: 6",
            ])
        #expect(
            try peer.request("GET", "/typed").head == [
                "Status: 200 OK", "Content-Type: text/html", "Content-Length: 6",
            ])
        #expect(try peer.request("GET", "/none").head == ["Status: 204 No Content"])
        let notModified = try peer.request("GET", "/304")
        #expect(notModified.head == ["Status: 304 Not Modified", "ETag: \"1\""])
        #expect(notModified.body.isEmpty)
        try await server.stop()
    }

    @Test("The response to HEAD has the length and no body") func headMethod() async throws {
        let server = try await RunningServer { request in
            Response(body: request.path == "/long" ? .bytes([UInt8](repeating: 1, count: 100_000)) : .string("hello"))
        }
        let peer = try server.peer()
        for (path, length) in [("/", "5"), ("/long", "100000"), ("/", "5")] {
            let answer = try peer.request("HEAD", path)
            #expect(answer.field("Content-Length") == length)
            #expect(answer.body.isEmpty)
        }
        try await server.stop()
    }

    @Test("An error becomes its status, or 500") func errors() async throws {
        struct Teapot: ResponseError {
            var status: HTTPResponse.Status { .init(code: 418, reasonPhrase: "I'm a teapot") }
        }
        struct TooMany: ResponseError {
            let status = HTTPResponse.Status.tooManyRequests
            let headerFields: HTTPFields = [.retryAfter: "60", .contentType: "text/html; charset=utf-8"]
            let body: ResponseBody = "<h1>Too many</h1>"
        }
        struct Other: Error {}
        let server = try await RunningServer { request in
            if request.path == "/tea" { throw Teapot() }
            if request.path == "/many" { throw TooMany() }
            if request.path == "/body" { _ = try await request.body.collect(upTo: 3) }
            throw Other()
        }
        let peer = try server.peer()
        let tea = try peer.request("GET", "/tea")
        #expect(tea.status == "418 I'm a teapot")
        #expect(tea.body == Array("418 I'm a teapot\n".utf8))
        let many = try peer.request("GET", "/many")
        #expect(
            many.head == [
                "Status: 429 Too Many Requests", "Retry-After: 60", "Content-Type: text/html; charset=utf-8",
                "Content-Length: 17",
            ])
        #expect(many.body == Array("<h1>Too many</h1>".utf8))
        #expect(try peer.request("GET", "/other").status == "500 Internal Server Error")
        #expect(try peer.request("POST", "/body", body: [1, 2, 3, 4]).status == "413 Content Too Large")
        #expect(server.log.contains("the handler threw: Other()"))
        try await server.stop()
    }

    @Test(
        "A handler cannot send a field that web servers act on",
        arguments: [
            "X-Sendfile", "x-sendfile", "X-Sendfile2", "X-Sendfile-Temporary", "X-Accel-Redirect", "X-Accel-Buffering",
            "X-Reproxy-URL", "X-LIGHTTPD-send-file", "X-LiteSpeed-Location", "Status",
        ])
    func reservedFields(name: String) async throws {
        let server = try await RunningServer { _ in
            Response(headerFields: [HTTPField.Name(name)!: "/etc/passwd", .server: "kept"])
        }
        let answer = try server.peer().request()
        #expect(answer.head == ["Status: 200 OK", "Server: kept", "Content-Length: 0"])
        #expect(server.log.contains("reserved for sendfile backends"))
        try await server.stop()
    }

    @Test("A redirect with a path needs its own status") func redirects() async throws {
        let server = try await RunningServer { request in
            let path = request.path == "/accent" ? "/\u{301}internal/x" : "/internal/x"
            return Response(status: request.path == "/302" ? .found : .ok, headerFields: [.location: path])
        }
        let peer = try server.peer()
        #expect(try peer.request("GET", "/").field("Location") == nil)
        // The slash and the accent are one character, but the web server reads bytes.
        #expect(try peer.request("GET", "/accent").field("Location") == nil)
        #expect(try peer.request("GET", "/302").field("Location") == "/internal/x")
        try await server.stop()
    }

    @Test("No line end of a value reaches the head") func lineEnds() async throws {
        let server = try await RunningServer { _ in
            Response(
                status: .init(code: 200, reasonPhrase: "Fine"),
                headerFields: [.contentLanguage: "de\r\nX-Sendfile: /etc/passwd\r\n\r\nbody"])
        }
        let answer = try server.peer().request()
        #expect(answer.head.count == 3)
        #expect(answer.field("X-Sendfile") == nil)
        try await server.stop()
    }

    @Test("Chunks are sent as they arrive") func chunks() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let server = try await RunningServer { _ in Response(body: .stream(stream)) }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        // The head is sent before the first chunk exists.
        let head = try #require(try peer.nextRecord())
        #expect(String(decoding: head.content, as: UTF8.self).hasPrefix("Status: 200 OK\r\n"))
        for text in ["one", "two", "three"] {
            continuation.yield(Array(text.utf8))
            #expect(try peer.nextRecord()?.content == Array(text.utf8))
        }
        continuation.finish()
        #expect(try peer.answer().protocolStatus == 0)
        try await server.stop()
    }

    @Test(
        "Chunks that differ from their announced length break the connection",
        arguments: [
            (declared: 5, isComplete: true), (declared: 9, isComplete: false), (declared: 3, isComplete: false),
        ])
    func chunkLengths(declared: Int, isComplete: Bool) async throws {
        let server = try await RunningServer { _ in
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            continuation.yield(Array("he".utf8))
            continuation.yield(Array("llo".utf8))
            continuation.finish()
            return Response(headerFields: [.contentLength: String(declared)], body: .stream(stream))
        }
        let peer = try server.peer()
        let answer = try peer.request(keep: false)
        #expect((answer.protocolStatus == 0) == isComplete && answer.isBroken == !isComplete)
        #expect(try peer.isClosed())
        #expect(server.log.contains("could not be completed") == !isComplete)
        try await server.stop()
    }

    @Test(
        "Over TCP, a response that is cut ends with a reset, and a complete one with the end of the connection",
        arguments: [(declared: 5, isComplete: true), (declared: 9, isComplete: false)])
    func reset(declared: Int, isComplete: Bool) async throws {
        let server = try await RunningServer(on: .tcp) { _ in
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            continuation.yield(Array("hello".utf8))
            continuation.finish()
            return Response(headerFields: [.contentLength: String(declared)], body: .stream(stream))
        }
        let peer = try server.peer()
        if isComplete {
            #expect(try peer.request().protocolStatus == 0)
            #expect(try peer.request(keep: false).protocolStatus == 0)
            #expect(try peer.isClosed())
        } else {
            // A reset also discards what the kernel has not sent yet.
            let failure = #expect(throws: Peer.Failure.self) {
                _ = try peer.request()
                _ = try peer.isClosed()
            }
            #expect(failure?.description == "recv: errno \(ECONNRESET)")
        }
        try await server.stop()
    }

    @Test("A large body with a large head arrives complete") func largeBody() async throws {
        let value = String(repeating: "v", count: 30_000)
        let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        let server = try await RunningServer { _ in
            Response(headerFields: [.init("X-Large")!: value], body: .bytes(body))
        }
        let peer = try server.peer()
        for _ in 0..<2 {
            let answer = try peer.request()
            #expect(answer.field("X-Large") == value)
            #expect(answer.body == body)
        }
        try await server.stop()
    }
}
