import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage
import Testing

@testable import FastCGITesting

/// Handlers called without a socket.
@Suite struct HandlerTestTests {
    private static let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }

    private struct Refused: ResponseError {
        var status: HTTPResponse.Status { .forbidden }
        var headerFields: HTTPFields { [.retryAfter: "5"] }
    }

    private struct Broken: Error {}

    /// A site with every kind of response.
    private static func handler(_ root: FileTests.Root, _ backend: BackendChoice? = nil) throws -> FastCGIServer.Handler
    {
        let sendfile = try Sendfile(root: root.path, backend: backend)
        return { request in
            switch request.path {
            case "/file":
                return try sendfile(request, "file.bin", attachment: .attachment(named: "Q3 ü.bin")).with(user: "alice")
            case "/missing": return try sendfile(request, "missing.bin")
            case "/buffered":
                return try sendfile(
                    request, "file.bin", SendfileOptions(nginx: NginxControls(buffering: false, limitRate: .unlimited)))
            case "/wrong-status":
                var response = try sendfile(request, "file.bin")
                response.status = .accepted
                return response
            case "/echo": return Response(body: .bytes(try await request.body.collect(upTo: 100_000)))
            case "/user": return Response(body: "\(request.remoteUser ?? "nobody") \(request.remoteAddress ?? "")")
            case "/parameters":
                return Response(body: .string(request.parameters.all.map { "\($0.name)=\($0.value)\n" }.joined()))
            case "/forbidden": throw Refused()
            case "/broken": throw Broken()
            case "/cancelled": throw CancellationError()
            case "/forged":
                return Response(
                    headerFields: [
                        HTTPField.Name("X-Accel-Redirect")!: "/secret", HTTPField.Name("X-Sendfile")!: "/etc/passwd",
                        .location: "/other", .contentLength: "99",
                    ], body: "forged")
            case "/empty": return Response(status: .noContent, body: "not sent")
            case "/chunks": return Response(body: .stream(Self.chunks(["a", "bc"])))
            case "/short": return Response(headerFields: [.contentLength: "9"], body: .stream(Self.chunks(["a"])))
            case "/long": return Response(headerFields: [.contentLength: "1"], body: .stream(Self.chunks(["abc"])))
            case "/failing":
                return Response(body: .stream(AsyncThrowingStream { $0.finish(throwing: Broken()) }))
            default: return Response(status: .notFound)
            }
        }
    }

    private static func chunks(_ texts: [String]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for text in texts { continuation.yield(Array(text.utf8)) }
            continuation.finish()
        }
    }

    // MARK: Equality with a server

    private static let requests: [TestRequest] = {
        var requests = ["/file", "/missing", "/buffered", "/wrong-status", "/forbidden", "/broken", "/cancelled"]
            .map { TestRequest(.get, $0) }
        requests += ["/forged", "/empty", "/chunks", "/nowhere", "/a%20b/%E6%97%A5?c=d", "/user", "/parameters"]
            .map { TestRequest(.get, $0, user: "ada") }
        requests.append(TestRequest(.head, "/file"))
        requests.append(TestRequest(.post, "/file", body: [1]))
        requests.append(TestRequest(.get, "/file", headerFields: [.range: "bytes=10-19"]))
        requests.append(TestRequest(.get, "/file", headerFields: [.range: "bytes=99999-"]))
        requests.append(TestRequest(.get, "/file", headerFields: [.ifNoneMatch: "*"]))
        requests.append(TestRequest(.post, "/echo", body: Array("hello".utf8)))
        requests.append(TestRequest(.post, "/echo", body: [UInt8](repeating: 1, count: 60_000)))
        requests.append(TestRequest(.post, "/echo", body: [UInt8](repeating: 1, count: 100_001)))
        requests.append(TestRequest(.post, "/echo", body: [UInt8](repeating: 1, count: 200_001)))
        requests.append(TestRequest(.get, "/" + String(repeating: "x", count: 70_000)))
        requests.append(TestRequest(.get, "/file", headerFields: [.contentLength: "5"]))
        var fields: HTTPFields = [.contentType: "text/plain", .cookie: "a=b", .userAgent: "test"]
        fields.append(HTTPField(name: .cookie, value: "c=d"))
        fields.append(HTTPField(name: .accept, value: "text/*"))
        fields.append(HTTPField(name: .accept, value: "*/*"))
        var request = TestRequest(.put, "/app/parameters?x=%20", headerFields: fields, body: [1, 2])
        request.scriptName = "/app"
        request.scheme = "http"
        request.host = "files.example"
        request.remoteAddress = "2001:db8::7"
        request.parameters = ["SERVER_PROTOCOL": nil, "TEAM": "a=b", "REMOTE_PORT": "1"]
        requests.append(request)
        return requests
    }()

    @Test(
        "The rest of a path after the program's name is found by bytes",
        arguments: [
            ("/app/a", "/app", "/a"), ("/app", "/app", ""), ("/application", "/app", "/application"),
            ("/app/%CC%81a", "/app", "/\u{301}a"), ("/app%CC%81/a", "/app", "/app\u{301}/a"),
            ("/caf%C3%A9/a", "/cafe\u{301}", "/café/a"), ("/cafe%CC%81/a", "/cafe\u{301}", "/a"), ("/a", "", "/a"),
        ])
    func pathInfo(target: String, scriptName: String, rest: String) throws {
        var request = TestRequest(.get, target)
        request.scriptName = scriptName
        let info = try #require(request.allParameters.first { $0.name == "PATH_INFO" })
        #expect(Array(info.value.utf8) == Array(rest.utf8))
    }

    @Test(
        "Each response is equal to the one that a server sends over a socket",
        arguments: [nil] + TestRequest.WebServer.allCases)
    func answers(webServer: TestRequest.WebServer?) async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let handler = try Self.handler(root)
        var configuration = FastCGIServer.Configuration()
        configuration.bodyLimit = 200_000
        let server = try await RunningServer(configuration, handler: handler)
        let site = HandlerTest(behind: webServer, configuration: configuration, handler: handler)
        for var request in Self.requests {
            request.webServer = webServer
            let peer = try server.peer()
            try peer.send(Self.head(request.allParameters) + Peer.body(request.body))
            let expected = try peer.answer()
            let answer = try await site.respond(to: request)

            let name = "\(request.method) \(request.target.prefix(40)) \(request.headerFields)"
            #expect("\(answer.status.code) \(answer.status.reasonPhrase)" == expected.status, "\(name)")
            #expect(answer.body == expected.body, "\(name)")
            let fields = answer.headerFields.map { "\($0.name.rawName): \($0.value)" }
            let server = ((answer.file?.fields ?? []) + answer.controlFields).map {
                "\($0.name): \(String(decoding: $0.value, as: UTF8.self))"
            }
            #expect(fields + server == Array(expected.head.dropFirst()), "\(name)")
        }
        try await server.stop()
    }

    /// A head of any length.
    private static func head(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        var records = Peer.begin()
        var rest = Peer.pairs(parameters.map { ($0.name, $0.value) })[...]
        while !rest.isEmpty {
            records += Peer.record(4, Array(rest.prefix(60_000)))
            rest = rest.dropFirst(60_000)
        }
        return records + Peer.record(4)
    }

    @Test("A body that a server would break off is an error", arguments: ["/short", "/long", "/failing"])
    func brokenBody(target: String) async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let handler = try Self.handler(root)
        await #expect(throws: HandlerTest.NoResponse.self) { try await HandlerTest(handler: handler).get(target) }
        let server = try await RunningServer(handler: handler)
        let answer = try server.peer().request("GET", target)
        #expect(answer.isBroken && answer.protocolStatus == nil)
        try await server.stop()
    }

    @Test("A request that a server would not accept is an error") func refusedRequest() async throws {
        let site = HandlerTest { _ in Response() }
        var request = TestRequest()
        request.parameters["X"] = "a\0b"
        await #expect(throws: HandlerTest.NoResponse.self) { try await site.respond(to: request) }
        request.parameters = ["A=B": "c"]
        await #expect(throws: HandlerTest.NoResponse.self) { try await site.respond(to: request) }
    }

    // MARK: The interface for tests

    @Test("A file that the web server sends is separate from the body") func delegatedFile() async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let site = HandlerTest(behind: .nginx, handler: try Self.handler(root))
        let answer = try await site.get("/file", headerFields: [.range: "bytes=0-9"])
        #expect(answer.status == .ok)
        #expect(
            answer.headerFields[.contentDisposition]
                == "attachment; filename=\"Q3 _.bin\"; filename*=UTF-8''Q3%20%C3%BC.bin")
        #expect(answer.headerFields[.contentLength] == nil)
        #expect(answer.body.isEmpty)
        #expect(answer.user == "alice")
        let file = try #require(answer.file)
        #expect(file.path == "file.bin")
        #expect(file.pathBytes == Array("file.bin".utf8))
        #expect(file.size == 20_000)
        #expect(file.ranges == [0..<10])
        #expect(file.backend == "nginx")
        #expect(file["x-accel-redirect"] == "/protected/file.bin")
        #expect(file["X-Sendfile"] == nil)
        #expect(!answer.headerFields.contains { $0.name.rawName == "X-Accel-Redirect" })

        let buffered = try await site.get("/buffered")
        #expect(buffered.controlFields.map(\.name).contains("X-Accel-Buffering"))
        #expect(buffered.file?.ranges == nil)
    }

    @Test("A file that the program sends is the body") func streamedFile() async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let site = HandlerTest(handler: try Self.handler(root))
        let whole = try await site.get("/file", user: "bob")
        #expect(whole.body == Self.bytes)
        #expect(whole.file == nil)
        #expect(whole.user == "alice")
        let range = try await site.get("/file", headerFields: [.range: "bytes=100-199"])
        #expect(range.status == .partialContent)
        #expect(range.body == Array(Self.bytes[100..<200]))
        let several = try await site.get("/file", headerFields: [.range: "bytes=0-9,100-199"])
        #expect(several.body.count == Int(several.headerFields[.contentLength] ?? ""))
        #expect(several.headerFields[.contentType]?.hasPrefix("multipart/byteranges; boundary=") == true)
        let head = try await site.head("/file")
        #expect(head.body.isEmpty)
        #expect(head.headerFields[.contentLength] == "20000")
        #expect(try await site.get("/missing").status == .notFound)
    }

    @Test("Errors, users and bodies are those of a server") func details() async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let site = HandlerTest(FastCGIServer(handler: try Self.handler(root)))
        #expect(try await site.get("/user", user: "alice").text == "alice 127.0.0.1")
        #expect(try await site.get("/user").text == "nobody 127.0.0.1")
        let refused = try await site.get("/forbidden")
        #expect(refused.status == .forbidden)
        #expect(refused.headerFields[.retryAfter] == "5")
        #expect(try await site.get("/broken").status == .internalServerError)
        let forged = try await site.get("/forged")
        #expect(forged.headerFields.map(\.name.canonicalName) == ["content-type", "content-length"])
        #expect(try await site.post("/echo", body: Array("hello".utf8)).text == "hello")
        #expect(try await site.post("/echo", body: [UInt8](repeating: 0, count: 100_001)).status == .contentTooLarge)
    }

    @Test("An authorizer is called as by a server") func authorizer() async throws {
        let server = FastCGIServer(
            authorizer: { request in
                try request.path == "/open/a.txt" ? .allow(variables: ["USER": "ada"]) : .deny()
            }, handler: { _ in Response(body: "the handler") })
        let site = HandlerTest(server)
        func ask(_ target: String, _ change: (inout TestRequest) -> Void) async throws -> TestResponse {
            var request = TestRequest(.get, target)
            change(&request)
            return try await site.respond(to: request)
        }
        let allowed = try await ask("/open/a.txt") { $0.role = .authorizer }
        #expect(allowed.status == .ok)
        #expect(allowed.headerFields[try #require(HTTPField.Name("Variable-USER"))] == "ada")
        #expect(try await ask("/other") { $0.role = .authorizer }.status == .forbidden)
        #expect(try await ask("/open/../open/a.txt") { $0.role = .authorizer }.status == .badRequest)
        #expect(try await ask("/open/a.txt") { $0.parameters["FCGI_ROLE"] = "AUTHORIZER" }.status == .noContent)
        #expect(try await ask("/open/a.txt") { $0.parameters["FCGI_ROLE"] = "OTHER" }.status.code >= 400)
        #expect(try await ask("/open/a.txt") { _ in }.text == "the handler")
        let without = HandlerTest { _ in Response(body: "the handler") }
        var request = TestRequest(.get, "/")
        request.parameters["FCGI_ROLE"] = "AUTHORIZER"
        #expect(try await without.respond(to: request).status == .internalServerError)
    }

    @Test("A moved root and a shrinking file have the same effect as in a server") func changingFiles() async throws {
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let site = HandlerTest { request in
            let response = try sendfile(request, "file.bin")
            truncate(root.file, 10_000)
            return response
        }
        #expect(try await site.get("/").status == .internalServerError)
    }
}
