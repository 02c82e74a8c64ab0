import FastCGIHummingbird
import FastCGITesting
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@Suite struct FastCGIApplicationTests {
    @Test("A route gets the path's parameters, the query and the client's fields, with any context")
    func request() async throws {
        func add<Context: RequestContext>(to router: Router<Context>) {
            router.get("hello/:name") { request, context in
                let name = try context.parameters.requireDecoded("name")
                let host = request.head.authority ?? "?"
                return
                    "\(name) \(request.uri.queryParameters["q"] ?? "?") \(request.headers[.acceptLanguage] ?? "?") \(host)"
            }
        }
        let basic = Router()
        add(to: basic)
        let fastCGI = Router(context: FastCGIRequestContext.self)
        add(to: fastCGI)
        let own = Router(context: SiteContext.self)
        add(to: own)
        let tests = [
            HandlerTest(FastCGIApplication(router: basic).fastCGIServer),
            HandlerTest(FastCGIApplication(router: fastCGI).fastCGIServer),
            HandlerTest(FastCGIApplication(router: own).fastCGIServer),
        ]
        for test in tests {
            let answer = try await test.get("/hello/ada%20l?q=a%2Bb", headerFields: [.acceptLanguage: "ja"])
            #expect(answer.status == .ok)
            #expect(answer.text == "ada l a+b ja localhost")
            #expect(answer.headerFields[.contentType] == "text/plain; charset=utf-8")
            #expect(answer.headerFields[.contentLength] == String(answer.body.count))
        }
    }

    @Test("A context has the FastCGI request: its user, its parameters and the client's address") func context()
        async throws
    {
        let router = Router(context: SiteContext.self)
        router.get("me") { _, context in
            let address = context.remoteAddress?.ipAddress ?? "none"
            return "\(try context.user) \(context.serverParameter("SERVER_NAME") ?? "none") \(address)"
        }
        let test = HandlerTest(FastCGIApplication(router: router).fastCGIServer)
        #expect(try await test.get("/me", user: "ada").text == "ada localhost 127.0.0.1")
        #expect(try await test.get("/me").status == .unauthorized)
    }

    @Test("An application that is known only as one has its server, and one of Hummingbird's own server has none")
    func erased() async throws {
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        let applications: [any ApplicationProtocol] = [
            FastCGIApplication(router: router), Application(router: router),
        ]
        #expect(try await HandlerTest(applications[0].fastCGIServer).get("/hello").text == "hello")
        let error = #expect(throws: (any Error).self) { try applications[1].fastCGIServer }
        let name = "Application<RouterResponder<BasicRequestContext>>"
        #expect(error.map { "\($0)" } == "\(name) does not use FastCGI; create a FastCGIApplication")
    }

    @Test("A request's body arrives whole") func body() async throws {
        let router = Router()
        router.post("echo") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            return bytes
        }
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let answer = try await HandlerTest(FastCGIApplication(router: router).fastCGIServer).post("/echo", body: body)
        #expect(answer.body == body)
    }

    @Test("The fields that describe a body occur once, although nginx sends them in two forms") func bodyFields()
        async throws
    {
        let router = Router()
        router.post("fields") { request, _ in
            "\(request.headers[values: .contentType]) \(request.headers[values: .contentLength])"
        }
        var request = TestRequest(.post, "/fields", headerFields: [.contentType: "application/json"], body: [1, 2])
        request.parameters = ["HTTP_CONTENT_TYPE": "application/json", "HTTP_CONTENT_LENGTH": "2"]
        let answer = try await HandlerTest(FastCGIApplication(router: router).fastCGIServer).respond(to: request)
        #expect(answer.text == #"["application/json"] ["2"]"#)
    }

    @Test("An error of a body that is arriving keeps its status in middleware") func bodyError() async throws {
        let router = Router()
        router.add(middleware: CORSMiddleware(allowOrigin: .all))
        router.post("echo") { request, _ in try await request.body.collect(upTo: 1 << 20) }
        var request = TestRequest(.post, "/echo", headerFields: [.origin: "https://example.org"], body: [1, 2, 3])
        request.parameters["CONTENT_LENGTH"] = "100"
        let answer = try await HandlerTest(FastCGIApplication(router: router).fastCGIServer).respond(to: request)
        #expect(answer.status == .badRequest)
        #expect(answer.headerFields[.accessControlAllowOrigin] == "*")
    }

    @Test("An error has the response that Hummingbird makes of it; any other error is 500") func errors() async throws {
        struct Broken: Error {}
        let router = Router()
        router.get("conflict") { _, _ -> String in throw HTTPError(.conflict, message: "in use") }
        router.get("broken") { _, _ -> String in throw Broken() }
        let test = HandlerTest(FastCGIApplication(router: router).fastCGIServer)
        let conflict = try await test.get("/conflict")
        #expect(conflict.status == .conflict)
        #expect(conflict.text == #"{"error":{"message":"in use"}}"#)
        #expect(try await test.get("/broken").status == .internalServerError)
        #expect(try await test.get("/nowhere").status == .notFound)
    }

    @Test("HEAD has the fields of GET and no body, with and without generated routes", arguments: [false, true])
    func head(isGenerated: Bool) async throws {
        let router = Router(options: isGenerated ? [.autoGenerateHeadEndpoints] : [])
        router.get("text") { _, _ in "twelve bytes" }
        router.get("stream") { _, _ in
            Response(
                status: .ok, headers: [.contentLanguage: "ja"],
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "bytes"))
                    try await writer.finish(nil)
                })
        }
        let test = HandlerTest(FastCGIApplication(router: router).fastCGIServer)
        let text = try await test.head("/text")
        #expect(text.status == .ok && text.body.isEmpty)
        #expect(text.headerFields[.contentLength] == "12")
        let stream = try await test.head("/stream")
        #expect(stream.status == .ok && stream.body.isEmpty)
        #expect(stream.headerFields[.contentLanguage] == "ja")
        #expect(stream.headerFields[.contentLength] == nil)
    }

    @Test("A stream arrives whole, with and without a length; its trailing fields are dropped with a log line")
    func stream() async throws {
        let size = 300_000
        let router = Router()
        for (path, length) in [("known", size), ("unknown", nil)] {
            router.get(RouterPath(path)) { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody(contentLength: length) { writer in
                        for _ in 0..<(size / 1000) {
                            try await writer.write(ByteBuffer(repeating: 65, count: 1000))
                        }
                        try await writer.finish([.eTag: "\"late\""])
                    })
            }
        }
        let log = LogLines()
        let test = HandlerTest(FastCGIApplication(router: router, logger: log.logger).fastCGIServer)
        for (path, length) in [("/known", "300000"), ("/unknown", nil)] {
            let answer = try await test.get(path)
            #expect(answer.body == [UInt8](repeating: 65, count: size))
            #expect(answer.headerFields[.contentLength] == length)
            #expect(answer.headerFields[.eTag] == nil)
        }
        #expect(log.count(containing: "trailing header fields are dropped") == 2)
        #expect(log.contains("ETag"))
    }

    @Test("Middleware that waits for the end of a body is called also if the body is not sent") func unsent()
        async throws
    {
        let ended = Counter()
        let router = Router()
        router.get("stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    do { try await writer.write(ByteBuffer(string: "bytes")) } catch {
                        ended.add()
                        throw error
                    }
                    try await writer.finish(nil)
                })
        }
        let test = HandlerTest(FastCGIApplication(router: router).fastCGIServer)
        #expect(try await test.head("/stream").status == .ok)
        try await wait { ended.value == 1 }
    }
}

/// A context as a program defines it.
struct SiteContext: FastCGIContext {
    var coreContext: CoreRequestContextStorage
    let fastCGIRequest: FastCGIRequest?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.fastCGIRequest = source.fastCGIRequest
    }
}
