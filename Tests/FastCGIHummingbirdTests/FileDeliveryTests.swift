import CLinux
import FastCGIHummingbird
import FastCGITesting
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Sendfile
import SystemPackage
import Testing

/// Files from routes, with the middleware around them.
@Suite struct FileDeliveryTests {
    private let files = ScratchFiles()
    private let backends: [TestRequest.WebServer?] = [nil, .nginx, .lighttpd, .apache, .caddy]

    /// A test of a router with a route for files and this middleware.
    private func test(
        behind server: TestRequest.WebServer?,
        _ middleware: any MiddlewareProtocol<Request, Response, BasicRequestContext>...
    ) throws -> HandlerTest {
        HandlerTest(try self.application(middleware).fastCGIServer, behind: server)
    }

    private func application(
        _ middleware: [any MiddlewareProtocol<Request, Response, BasicRequestContext>] = []
    ) throws -> FastCGIApplication<RouterResponder<BasicRequestContext>> {
        let sendfile = try Sendfile(root: self.files.path)
        let router = Router(options: .autoGenerateHeadEndpoints)
        for middleware in middleware { router.add(middleware: middleware) }
        router.get("files/**") { request, context in
            try sendfile(request, context, context.parameters.decodedCatchAll())
        }
        return FastCGIApplication(router: router)
    }

    @Test("A file goes the way of the web server, with the fields that middleware adds", arguments: ["small", "large"])
    func fields(name: String) async throws {
        for backend in self.backends {
            let test = try self.test(
                behind: backend, CORSMiddleware(allowOrigin: .all), MetricsMiddleware(), TracingMiddleware(),
                Change { $0.headers[.contentLanguage] = "ja" })
            let answer = try await test.get("/files/\(name)", headerFields: [.origin: "https://example.org"])
            #expect(answer.status == .ok)
            #expect(answer.headerFields[.contentLanguage] == "ja")
            #expect(answer.headerFields[.accessControlAllowOrigin] == "*")
            #expect(answer.headerFields[.eTag] != nil)
            #expect((answer.file != nil) == (backend != nil), "\(backend?.description ?? "none")")
            #expect(answer.body == (backend == nil ? self.files[name] : []))
            #expect(answer.file?.path == (backend == nil ? nil : name))
        }
    }

    @Test("Ranges and conditions are decided as without Hummingbird") func decisions() async throws {
        let test = try self.test(behind: nil)
        let range = try await test.get("/files/large", headerFields: [.range: "bytes=-500"])
        #expect(range.status == .partialContent)
        #expect(range.body == Array(self.files["large"].suffix(500)))
        #expect(range.headerFields[.contentRange] == "bytes 199500-199999/200000")
        let beyond = try await test.get("/files/small", headerFields: [.range: "bytes=900-"])
        #expect(beyond.status == .rangeNotSatisfiable)
        let tag = try #require(range.headerFields[.eTag])
        #expect(try await test.get("/files/large", headerFields: [.ifNoneMatch: tag]).status == .notModified)
        #expect(try await test.get("/files/missing").status == .notFound)
        #expect(try await test.get("/files/..%2fsecret").status == .notFound)
        let head = try await test.head("/files/large")
        #expect(head.status == .ok && head.body.isEmpty)
        #expect(head.headerFields[.contentLength] == "200000")
    }

    @Test("HEAD of a file has the fields of GET behind every web server, with and without generated routes")
    func head() async throws {
        let sendfile = try Sendfile(root: self.files.path)
        for options in [RouterOptions.autoGenerateHeadEndpoints, []] {
            let router = Router(options: options)
            router.get("files/**") { request, context in
                try sendfile(request, context, context.parameters.decodedCatchAll())
            }
            router.get("empty") { request, context in
                _ = try sendfile(request, context, "large")
                return Response(status: .ok)
            }
            let server = FastCGIApplication(router: router).fastCGIServer
            for backend in self.backends {
                let test = HandlerTest(server, behind: backend)
                let (get, head) = (try await test.get("/files/large"), try await test.head("/files/large"))
                #expect(head.status == .ok && head.body.isEmpty)
                #expect(head.headerFields == get.headerFields, "\(backend?.description ?? "none")")
                #expect(head.file?.path == get.file?.path)
                // A web server that sends the file would apply the range.
                let ranged = try await test.head("/files/large", headerFields: [.range: "bytes=2-5"])
                #expect(ranged.status == .ok && ranged.file == nil)
                #expect(ranged.headerFields[.contentLength] == "200000")
                #expect(try await test.head("/empty").headerFields[.eTag] == nil)
            }
        }
    }

    @Test("A field that nginx removes is logged once, with the directive that keeps it") func lostField() async throws {
        let log = LogLines()
        let sendfile = try Sendfile(root: self.files.path)
        let router = Router()
        router.add(
            middleware: Change {
                $0.headers[.init("X-Lost-Field")!] = "1"
                $0.headers[.contentLanguage] = "ja"
            })
        router.get("file") { request, context in try sendfile(request, context, "large") }
        let server = FastCGIApplication(router: router, logger: log.logger).fastCGIServer
        _ = try await HandlerTest(server, behind: .lighttpd).get("/file")
        #expect(log.count(containing: "nginx removes the field") == 0)
        for _ in 0..<2 { _ = try await HandlerTest(server, behind: .nginx).get("/file") }
        #expect(log.count(containing: "nginx removes the field") == 1)
        #expect(log.contains("add_header X-Lost-Field $upstream_http_x_lost_field always;"))
    }

    @Test("A refusal that a route throws as HTTPError keeps its status and fields") func thrown() async throws {
        let sendfile = try Sendfile(root: self.files.path)
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.on("files/:name", method: .get) { request, context in
            let response = try sendfile(request, context, context.parameters.requireDecoded("name"))
            guard response.status.code < 400 else {
                var fields = response.headers
                fields[.contentLength] = nil
                throw HTTPError(response.status, headers: fields, message: "no file")
            }
            return response
        }
        // On Hummingbird's own server, too, the length is that of the message.
        try await Application(router: router).test(.router) { client in
            try await client.execute(uri: "/files/small", method: .get, headers: [.range: "bytes=1000000-"]) { answer in
                #expect(answer.status == .rangeNotSatisfiable)
                #expect(answer.headers[fields: .contentLength].map(\.value) == ["\(answer.body.readableBytes)"])
            }
        }
        let test = HandlerTest(FastCGIApplication(router: router).fastCGIServer, behind: .nginx)
        let missing = try await test.get("/files/missing")
        #expect(missing.status == .notFound && missing.text.contains("no file"))
        let beyond = try await test.get("/files/small", headerFields: [.range: "bytes=1000000-"])
        #expect(beyond.status == .rangeNotSatisfiable && beyond.text.contains("no file"))
        #expect(beyond.headerFields[.contentRange] == "bytes */\(self.files["small"].count)")
        #expect(beyond.headerFields[.contentLength] == "\(beyond.body.count)")
    }

    @Test("The reason of a 404 is logged with the request's numbers") func reason() async throws {
        let log = LogLines()
        let sendfile = try Sendfile(root: self.files.path, logger: log.logger)
        let router = Router()
        router.get("file") { request, context in
            context.logger.notice("the route of \(context.id)")
            return try sendfile(request, context, "missing")
        }
        let server = FastCGIApplication(router: router, logger: log.logger).fastCGIServer
        #expect(try await HandlerTest(server).get("/file").status == .notFound)
        let lines = log.all
        let line = try #require(lines.first { $0.contains("answered with 404") })
        #expect(line.contains("\"request\": ") && line.contains("\"hb.request.id\": "), "\(line)")
        let id = try #require(lines.first { $0.contains("the route of") }?.split(separator: " ").dropFirst(4).first)
        #expect(line.contains(id), "\(line)")
    }

    @Test("A body with which middleware replaces a file is sent", arguments: ["small", "large"])
    func replaced(name: String) async throws {
        for backend in self.backends {
            // Of the file's length, and of another one.
            for length in [self.files[name].count, 70_000, 5, 0] {
                let test = try self.test(
                    behind: backend, Change { $0.body = .init(byteBuffer: ByteBuffer(repeating: 66, count: length)) })
                let answer = try await test.get("/files/\(name)")
                #expect(answer.file == nil)
                #expect(answer.body == [UInt8](repeating: 66, count: length), "\(length)")
            }
        }
    }

    @Test("Middleware that transforms a body transforms the file", arguments: ["small", "large"])
    func transformed(name: String) async throws {
        for backend in self.backends {
            let test = try self.test(
                behind: backend, MetricsMiddleware(),
                Change { $0.body = $0.body.map { ByteBuffer(bytes: $0.readableBytesView.map { $0 ^ 0x20 }) } })
            let answer = try await test.get("/files/\(name)")
            #expect(answer.file == nil)
            #expect(answer.body == self.files[name].map { $0 ^ 0x20 })
        }
    }

    @Test("Middleware that passes on a file's bytes with their length gets all of them", arguments: ["small", "large"])
    func passed(name: String) async throws {
        for backend in self.backends {
            let count = Counter()
            let test = try self.test(
                behind: backend, MetricsMiddleware(),
                Change { response in
                    let body = response.body
                    response.body = ResponseBody(contentLength: body.contentLength) { writer in
                        try await body.write(PassingWriter(base: writer, count: count))
                    }
                })
            let answer = try await test.get("/files/\(name)")
            #expect(answer.file == nil)
            #expect(answer.body == self.files[name])
            #expect(count.value > 0)
        }
    }

    @Test("A status that middleware sets is sent with the file") func status() async throws {
        for backend in self.backends {
            let test = try self.test(behind: backend, Change { $0.status = .accepted })
            let answer = try await test.get("/files/large")
            #expect(answer.status == .accepted)
            #expect(answer.body == self.files["large"])
        }
    }

    @Test("HummingbirdTesting tests an application, and Hummingbird's own server serves it", arguments: [false, true])
    func testing(isLive: Bool) async throws {
        try await self.application().test(isLive ? .live : .router) { client in
            for (name, range) in [
                ("small", nil), ("large", nil), ("large", "bytes=100000-150000,3-5"), ("large", "bytes=-7"),
            ] {
                let answer = try await client.executeRequest(
                    uri: "/files/\(name)", method: .get, headers: range.map { [.range: $0] } ?? [:], body: nil)
                let reference = try await self.test(behind: nil).get(
                    "/files/\(name)", headerFields: range.map { [.range: $0] } ?? [:])
                #expect(answer.status == reference.status)
                // The boundary between ranges is random.
                guard range?.contains(",") != true else { continue }
                #expect(answer.headers[.contentLength] == reference.headerFields[.contentLength])
                #expect(Array(buffer: answer.body) == reference.body)
            }
        }
    }

    @Test("On Hummingbird's own server, a backend's fields ask the proxy in front") func proxied() async throws {
        let sendfile = try Sendfile(root: self.files.path, backend: .nginx)
        let router = Router()
        router.get("files/:name") { request, context in
            try sendfile(request, context, context.parameters.require("name"))
        }
        try await Application(router: router).test(.router) { client in
            let answer = try await client.executeRequest(
                uri: "/files/large", method: .get, headers: [.init("SENDFILE_BACKEND")!: "stream"], body: nil)
            #expect(answer.headers[.init("X-Accel-Redirect")!] == "/protected/large")
            #expect(answer.headers[.contentLength] == nil)
            #expect(answer.body.readableBytes == 0)
        }
    }

    @Test("On Hummingbird's own server, a path that is not UTF-8 is streamed where the proxy needs its bytes")
    func proxiedBytes() async throws {
        let name = [CChar(0x66), CChar(bitPattern: 0xF6), 0x6F, 0]
        let file = FilePath(self.files.path).appending(FilePath(platformString: name).components)
        file.withPlatformString { ScratchFiles.write(Array("bytes".utf8), to: $0) }
        defer { file.withPlatformString { _ = unlink($0) } }
        func answer(_ backend: BackendChoice) async throws -> HummingbirdTesting.TestResponse {
            let sendfile = try Sendfile(root: self.files.path, backend: backend)
            let router = Router()
            router.get("file") { request, context in
                var options = SendfileOptions()
                options.nginx.buffering = false
                return try sendfile(request, context, FilePath(platformString: name), options)
            }
            return try await Application(router: router).test(.router) {
                try await $0.executeRequest(uri: "/file", method: .get, headers: [:], body: nil)
            }
        }
        let streamed = try await answer(.apache)
        #expect(streamed.status == .ok && streamed.headers[.init("X-Sendfile")!] == nil)
        #expect(streamed.headers[.contentLength] == "5" && String(buffer: streamed.body) == "bytes")
        let asked = try await answer(.nginx)
        #expect(asked.headers[.init("X-Accel-Redirect")!] == "/protected/f%F6o")
        #expect(asked.headers[.init("X-Accel-Buffering")!] == "no")
        #expect(asked.headers[.contentLength] == nil && asked.body.readableBytes == 0)
    }
}

/// Middleware that changes each response.
private struct Change: RouterMiddleware {
    typealias Context = BasicRequestContext
    let change: @Sendable (inout Response) -> Void

    init(_ change: @escaping @Sendable (inout Response) -> Void) { self.change = change }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        self.change(&response)
        return response
    }
}

/// A writer that counts the buffers and passes them on.
private struct PassingWriter: ResponseBodyWriter {
    var base: any ResponseBodyWriter
    let count: Counter

    mutating func write(_ buffer: ByteBuffer) async throws {
        self.count.add()
        try await self.base.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await self.base.finish(trailingHeaders)
    }
}

/// Files with the age that web servers' validators need.
private final class ScratchFiles: Sendable {
    let path: String
    private static let contents: [String: [UInt8]] = [
        "small": Array("a small file\n".utf8), "large": (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) },
    ]

    init() {
        var template = Array("/tmp/hummingbird-test-XXXXXX".utf8CString)
        self.path = String(cString: mkdtemp(&template))
        for (name, bytes) in Self.contents { Self.write(bytes, to: "\(self.path)/\(name)") }
    }

    /// Writes a file that is old.
    static func write(_ bytes: [UInt8], to path: UnsafePointer<CChar>) {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0)]
        precondition(futimens(descriptor, &times) == 0)
        close(descriptor)
    }

    subscript(name: String) -> [UInt8] { Self.contents[name]! }

    deinit {
        for name in Self.contents.keys { unlink("\(self.path)/\(name)") }
        rmdir(self.path)
    }
}
