import FastCGI
import FastCGITesting
import HTTPTypes
import Sendfile
import Synchronization
import Testing

/// HEAD for a handler that only knows GET.
@Suite struct HeadTests {
    private struct NotFound: ResponseError {
        var status: HTTPResponse.Status { .notFound }
    }

    /// A handler that names its methods.
    private static func handler(
        _ calls: CallCount, _ root: FileTests.Root? = nil
    ) throws -> FastCGIServer.Handler {
        let sendfile = try root.map { try Sendfile(root: $0.path, backend: .stream) }
        return { request in
            calls.increment()
            switch (request.method, request.path) {
            case (.get, "/page"): return Response(body: "a page")
            case (.get, "/chunks"):
                return Response(
                    headerFields: [.contentLength: "9"],
                    body: .stream(
                        AsyncStream<[UInt8]>(unfolding: {
                            Issue.record("a body for HEAD is read")
                            return nil
                        })))
            case (.get, "/file"): return try sendfile!(request, "file.bin")
            case (.get, "/both"), (.head, "/both"): return Response(headerFields: [.eTag: "\"1\""], body: "both")
            case (_, "/405"):
                guard request.method == .get else { return Response(status: .methodNotAllowed) }
                return Response(body: "seen")
            case (_, "/501"):
                guard request.method == .get else { return Response(status: .notImplemented) }
                return Response(body: "seen")
            case (_, "/missing"): return try sendfile!(request, "missing.bin")
            case (_, "/gone"): return Response(status: .gone)
            case (.post, "/post"): return Response(body: "posted")
            case (_, "/post"): return Response(status: .methodNotAllowed, headerFields: [.allow: "POST"])
            default: throw NotFound()
            }
        }
    }

    private final class CallCount: Sendable {
        private let number = Mutex(0)

        func increment() { self.number.withLock { $0 += 1 } }
        func take() -> Int {
            self.number.withLock { number in
                defer { number = 0 }
                return number
            }
        }
    }

    @Test(
        "HEAD has the header of GET, without a body",
        arguments: [("/page", 2), ("/both", 1), ("/405", 2), ("/501", 2), ("/chunks", 2), ("/file", 2)])
    func known(path: String, calls: Int) async throws {
        let count = CallCount()
        let root = FileTests.Root(bytes: Array("0123456789".utf8))
        let site = HandlerTest(handler: try Self.handler(count, root))
        let head = try await site.head(path)
        #expect(count.take() == calls)
        #expect(head.status == .ok)
        #expect(head.body.isEmpty)
        if path != "/chunks" {
            let get = try await site.get(path)
            #expect(get.status == .ok)
            #expect(head.headerFields == get.headerFields)
            #expect(!get.body.isEmpty)
        }
    }

    @Test(
        "HEAD has the status of GET where GET has no content",
        arguments: [("/nowhere", 404, 2), ("/post", 405, 2), ("/gone", 410, 1), ("/missing", 404, 1)])
    func unknown(path: String, status: Int, calls: Int) async throws {
        let count = CallCount()
        let root = FileTests.Root(bytes: [1])
        let site = HandlerTest(handler: try Self.handler(count, root))
        #expect(try await site.head(path).status.code == status)
        #expect(count.take() == calls)
        #expect(try await site.get(path).status.code == status)
        #expect(count.take() == 1)
        guard path != "/missing" else { return }
        #expect(try await site.post(path, body: []).status.code == (path == "/post" ? 200 : status))
        #expect(count.take() == 1)
    }

    @Test("HEAD ignores a range and respects a condition") func fields() async throws {
        let root = FileTests.Root(bytes: Array("0123456789".utf8))
        let site = HandlerTest(handler: try Self.handler(CallCount(), root))
        let ranged = try await site.head("/file", headerFields: [.range: "bytes=0-1"])
        #expect(ranged.status == .ok)
        #expect(ranged.headerFields[.contentLength] == "10")
        #expect(ranged.headerFields[.contentRange] == nil)
        let tag = try #require(ranged.headerFields[.eTag])
        #expect(try await site.head("/file", headerFields: [.ifNoneMatch: tag]).status == .notModified)
    }

    @Test("A configuration without repetition leaves HEAD to the handler, in a server and in a test of the handler")
    func notRepeated() async throws {
        var configuration = FastCGIServer.Configuration()
        configuration.repeatsHeadAsGet = false
        let count = CallCount()
        let site = HandlerTest(configuration: configuration, handler: try Self.handler(count))
        let server = try await RunningServer(configuration, handler: try Self.handler(count))
        let peer = try server.peer()
        for (path, status) in [("/page", 404), ("/405", 405), ("/501", 501), ("/both", 200), ("/nowhere", 404)] {
            let answer = try await site.head(path)
            #expect(answer.status.code == status && answer.body.isEmpty)
            #expect(count.take() == 1)
            try peer.send(Peer.head(Peer.parameters("HEAD", path), keep: true) + Peer.body([]))
            let sent = try peer.answer()
            #expect(sent.status.hasPrefix("\(status) ") && sent.body.isEmpty)
            #expect(count.take() == 1)
        }
        #expect(try await site.get("/page").status == .ok)
        try await server.stop()
    }

    @Test("A server answers HEAD as a test of the handler does") func server() async throws {
        let root = FileTests.Root(bytes: Array("0123456789".utf8))
        let server = try await RunningServer(handler: try Self.handler(CallCount(), root))
        let peer = try server.peer()
        for (path, length) in [("/page", 6), ("/file", 10)] {
            try peer.send(Peer.head(Peer.parameters("HEAD", path), keep: true) + Peer.body([]))
            let answer = try peer.answer()
            #expect(answer.status == "200 OK")
            #expect(answer.head.contains("Content-Length: \(length)"))
            #expect(answer.body.isEmpty)
        }
        try await server.stop()
    }
}
