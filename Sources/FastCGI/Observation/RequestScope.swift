import Instrumentation
import Sendfile
import Tracing

/// The optional context of a request's task: the request's span, and the lines for the web server's log.
///
/// Without a tracer and without `FASTCGI_STDERR` there is no scope, and nothing is bound to the task.
final class RequestScope: Sendable {
    /// The scope of the request whose handler is running.
    @TaskLocal static var current: RequestScope?

    /// The lines for the web server's log.
    let errorLines: ErrorLines?
    /// The request's span, which ends with its response.
    let span: (any Tracing.Span)?
    /// The parent context of the handler's own spans.
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

/// Lines for the web server's log, collected until the request's driver inserts them before the end of the response,
/// because libfcgi's stream must not be used by two threads.
final class ErrorLines: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isFull = false
    }
    private let state = Locked(State())

    /// The maximum number of bytes per request, because a socket's capacity at the end of a response is limited.
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

    /// Returns the lines; later ones are not collected.
    func take() -> [UInt8] {
        self.state.withLock { state in
            state.isFull = true
            defer { state.bytes = [] }
            return state.bytes
        }
    }
}
