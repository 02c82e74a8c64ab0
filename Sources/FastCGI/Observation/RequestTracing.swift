import HTTPTypes
import Instrumentation
import Sendfile
import Tracing

/// Creates a span for each request (OpenTelemetry's conventions for HTTP servers, stable since 1.23).
struct RequestTracing: Sendable {
    private let instrument: any Instrument
    private let tracer: any Tracer

    /// Creates the tracing; `nil` if the program has set up neither a tracer nor another instrument.
    init?() {
        let instrument = InstrumentationSystem.instrument
        guard !(instrument is NoOpInstrument) else { return nil }
        self.instrument = instrument
        self.tracer = InstrumentationSystem.tracer
    }

    /// Starts the span of a request, as a child of the span in the client's header fields.
    func start(_ request: Request) -> any Tracing.Span {
        var context = ServiceContext.topLevel
        self.instrument.extract(request.parameters, into: &context, using: HeaderFieldExtractor())
        let method = request.method.rawValue
        // Without a route, only the method does not differ between requests.
        let span = self.tracer.startSpan(
            Self.known.contains(method) ? method : "HTTP", context: context, ofKind: .server)
        guard span.isRecording else { return span }
        span.updateAttributes { attributes in
            attributes["http.request.method"] = Self.known.contains(method) ? method : "_OTHER"
            if !Self.known.contains(method) { attributes["http.request.method_original"] = method }
            // The query is omitted, because it may contain signatures and secrets.
            attributes["url.path"] = request.printablePath
            attributes["url.scheme"] = request.scheme.printable
            attributes["fastcgi.request.id"] = Int64(request.id)
            if let address = request.remoteAddress { attributes["client.address"] = address.printable }
            if let name = request.parameters["SERVER_NAME"] { attributes["server.address"] = name.printable }
            if let agent = request.parameters["HTTP_USER_AGENT"] { attributes["user_agent.original"] = agent.printable }
        }
        return span
    }

    /// Records the result of a request, and ends its span.
    static func end(_ span: any Tracing.Span, status: Int, bodyBytes: Int64, isComplete: Bool) {
        if span.isRecording {
            span.updateAttributes { attributes in
                attributes["http.response.status_code"] = Int64(status)
                attributes["http.response.body.size"] = bodyBytes
                if status >= 500 || !isComplete {
                    attributes["error.type"] = isComplete ? String(status) : "incomplete"
                }
            }
        }
        // A client's fault is not an error of the server.
        if status >= 500 || !isComplete { span.setStatus(SpanStatus(code: .error)) }
        span.end()
    }

    private static let known: Set<String> = [
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    ]
}

/// Finds a header field, such as `traceparent`, in the FastCGI parameters.
struct HeaderFieldExtractor: Extractor {
    func extract(key: String, from carrier: Parameters) -> String? {
        let name = key.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "_")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            default: byte
            }
        }
        return carrier["HTTP_" + String(decoding: name, as: UTF8.self)]
    }
}
