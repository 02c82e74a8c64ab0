import Instrumentation
import Sendfile
import Tracing

/// Values that are bound to a request's task: the request's span, and the lines for the web server's log.
///
/// A request has a scope only if a tracer or `FASTCGI_STDERR` is set.
final class RequestScope: Sendable {
    /// The scope of the request whose handler is running.
    @TaskLocal static var current: RequestScope?

    /// The lines for the web server's log.
    let errorLines: ErrorLines?
    /// The request's span, which ends with its response.
    let span: (any Tracing.Span)?
    /// The parent of the handler's own spans.
    let context: ServiceContext?

    init(errorLines: ErrorLines?, span: (any Tracing.Span)?, context: ServiceContext?) {
        self.errorLines = errorLines
        self.span = span
        self.context = context
    }

    /// Calls `body` with this scope bound to it, and to the tasks that it creates.
    func bound<Result>(_ body: () -> Result) -> Result {
        guard let context else { return Self.$current.withValue(self, operation: body) }
        return ServiceContext.$current.withValue(context) { Self.$current.withValue(self, operation: body) }
    }

    /// Calls `body` with this scope bound to it, and to the tasks that it creates.
    func binding(_ body: () async -> Void) async {
        guard let context else { return await Self.$current.withValue(self, operation: body) }
        await ServiceContext.$current.withValue(context) { await Self.$current.withValue(self, operation: body) }
    }
}

/// Lines for the web server's log, collected until they are written before the end of the response: only the holder of
/// the connection may use libfcgi's stream.
final class ErrorLines: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isFull = false
    }
    private let state = Locked(State())

    /// The most bytes of one request, because the socket must take them at the end of the response without waiting.
    private static let limit = 4096
    private static let lastLine = Array("further lines are in the program's own log\n".utf8)

    /// Adds a line, which includes its line end.
    func append(_ line: [UInt8]) {
        self.state.withLock { state in
            guard !state.isFull else { return }
            state.isFull = state.bytes.count + line.count > Self.limit - Self.lastLine.count
            state.bytes += state.isFull ? Self.lastLine : line
        }
    }

    /// Hands out the lines. Later lines are not collected.
    func take() -> [UInt8] {
        self.state.withLock { state in
            state.isFull = true
            defer { state.bytes = [] }
            return state.bytes
        }
    }
}
