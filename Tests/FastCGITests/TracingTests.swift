import FastCGI
import Glibc
import HTTPTypes
import InMemoryTracing
import Testing
import Tracing

@Suite struct TracingTests {
    private struct Broken: Error {}

    /// A server whose tasks have their own tracer.
    private static func server(
        _ tracer: InMemoryTracer, _ configuration: FastCGIServer.Configuration = .init(),
        handler: @escaping FastCGIServer.Handler
    ) async throws -> RunningServer {
        try await withTracer(tracer) { try await RunningServer(configuration, handler: handler) }
    }

    private static func spans(_ tracer: InMemoryTracer, _ count: Int) async throws -> [FinishedInMemorySpan] {
        try await RunningServer.wait { tracer.finishedSpans.count == count }
        return tracer.popFinishedSpans()
    }

    @Test("A request is a span of kind server, and the handler's spans are its children") func span() async throws {
        let tracer = InMemoryTracer()
        let server = try await Self.server(tracer) { request in
            try await tracer.withSpan("database") { _ in try await Task.sleep(for: .milliseconds(1)) }
            return Response(status: .created, body: .string("hello"))
        }
        let more = [("SERVER_NAME", "example.org"), ("HTTP_USER_AGENT", "test\u{1B}[2J")]
        #expect(try server.peer().request("POST", "/a%20b?secret=1", more).status == "201 Created")
        let spans = try await Self.spans(tracer, 2)
        let (child, span) = (try #require(spans.first), try #require(spans.last))
        #expect(child.operationName == "database")
        #expect(child.parentSpanID == span.spanID)
        #expect(span.operationName == "POST")
        #expect(span.kind == .server)
        #expect(span.parentSpanID == nil)
        #expect(span.attributes["http.request.method"]?.text == "POST")
        #expect(span.attributes["url.path"]?.text == "/a%20b")
        #expect(span.attributes["client.address"]?.text == "127.0.0.1")
        #expect(span.attributes["server.address"]?.text == "example.org")
        #expect(span.attributes["user_agent.original"]?.text == "test\\u{1B}[2J")
        #expect(span.attributes["http.response.status_code"]?.text == "201")
        #expect(span.attributes["http.response.body.size"]?.text == "5")
        #expect(span.attributes["error.type"] == nil)
        #expect(span.status == nil)
        #expect(span.errors.isEmpty)
        try await server.stop()
    }

    @Test("A server whose handler creates the span of a request adds none") func handlersSpan() async throws {
        let tracer = InMemoryTracer()
        let server = try await withTracer(tracer) {
            try await RunningServer(createsSpans: false) { request in
                // The tracer of the task that runs the server.
                withSpan("route", ofKind: .server) { _ in Response() }
            }
        }
        let peer = try server.peer()
        for _ in 0..<2 { #expect(try peer.request("GET", "/").status == "200 OK") }
        let spans = try await Self.spans(tracer, 2)
        #expect(spans.map(\.operationName) == ["route", "route"])
        #expect(spans.allSatisfy { $0.parentSpanID == nil })
        try await server.stop()
    }

    @Test("A client's trace continues in the request's span") func clientTrace() async throws {
        let tracer = InMemoryTracer()
        let server = try await Self.server(tracer) { _ in Response() }
        let fields = [("HTTP_IN_MEMORY_TRACE_ID", "trace-of-client"), ("HTTP_IN_MEMORY_SPAN_ID", "span-of-client")]
        _ = try server.peer().request("GET", "/", fields)
        let span = try #require(try await Self.spans(tracer, 1).first)
        #expect(span.traceID == "trace-of-client")
        #expect(span.parentSpanID == "span-of-client")
        try await server.stop()
    }

    @Test("A server error is recorded in the span, and a client's error is not") func errors() async throws {
        struct Missing: ResponseError { var status: HTTPResponse.Status { .notFound } }
        let tracer = InMemoryTracer()
        let server = try await Self.server(tracer) { request in
            if request.path == "/missing" { throw Missing() }
            throw Broken()
        }
        let peer = try server.peer()
        _ = try peer.request("GET", "/missing")
        let missing = try #require(try await Self.spans(tracer, 1).first)
        #expect(missing.errors.isEmpty)
        #expect(missing.status == nil)
        #expect(missing.attributes["http.response.status_code"]?.text == "404")
        _ = try peer.request("BREW", "/broken")
        let broken = try #require(try await Self.spans(tracer, 1).first)
        #expect(broken.operationName == "HTTP")
        #expect(broken.attributes["http.request.method"]?.text == "_OTHER")
        #expect(broken.attributes["error.type"]?.text == "500")
        #expect(broken.errors.count == 1)
        #expect(broken.errors.first?.error is Broken)
        #expect(broken.status?.code == .error)
        try await server.stop()
    }

    @Test("The span of a late handler ends with the response that was sent in its place") func lateHandler()
        async throws
    {
        let tracer = InMemoryTracer()
        let gate = Gate()
        let server = try await Self.server(tracer, .with { $0.handlerTimeout = .milliseconds(100) }) { _ in
            await gate.wait()
            return Response()
        }
        #expect(try server.peer().request().status == "504 Gateway Timeout")
        let span = try #require(try await Self.spans(tracer, 1).first)
        #expect(span.attributes["http.response.status_code"]?.text == "504")
        #expect(span.status?.code == .error)
        gate.open()
        try await server.stop()
        #expect(tracer.finishedSpans.isEmpty)
        #expect(tracer.activeSpans.isEmpty)
    }
}

extension SpanAttributeConvertible {
    /// The value as text.
    fileprivate var text: String {
        switch self.toSpanAttribute() {
        case .string(let value): value
        case .int64(let value): String(value)
        default: "\(self)"
        }
    }
}
