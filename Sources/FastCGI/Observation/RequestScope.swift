import Instrumentation
import Sendfile
import Tracing

/// What goes with a request's task if somebody wants it: the request's span, and the lines for the web server's log.
///
/// Without a tracer and without `FASTCGI_STDERR` there is none, and nothing is bound to the task.
final class RequestScope: Sendable {
    /// The scope of the request whose handler this is.
    @TaskLocal static var current: RequestScope?

    /// The lines for the web server's log.
    let errorLines: ErrorLines?
    /// The request's span, which is ended when its response is.
    let span: (any Tracing.Span)?
    /// What the handler's own spans are children of.
    let context: ServiceContext?

    init(errorLines: ErrorLines?, span: (any Tracing.Span)?, context: ServiceContext?) {
        self.errorLines = errorLines
        self.span = span
        self.context = context
    }

    /// Does something with this scope bound to it, and to the tasks that it makes.
    func bound<Result>(_ body: () -> Result) -> Result {
        guard let context else { return Self.$current.withValue(self, operation: body) }
        return ServiceContext.$current.withValue(context) { Self.$current.withValue(self, operation: body) }
    }

    /// Does something with this scope bound to it, and to the tasks that it makes.
    func binding(_ body: () async -> Void) async {
        guard let context else { return await Self.$current.withValue(self, operation: body) }
        await ServiceContext.$current.withValue(context) { await Self.$current.withValue(self, operation: body) }
    }
}

/// Lines for the web server's log, collected until the request's driver puts them before the end of the response: libfcgi's
/// stream is not for two threads.
final class ErrorLines: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isFull = false
    }
    private let state = Locked(State())

    /// The most bytes of one request. What a socket takes at the end of a response without waiting is not unlimited.
    private static let limit = 4096
    private static let lastLine = Array("further lines are in the program's own log\n".utf8)

    /// Adds a line, which ends with a line end.
    func append(_ line: [UInt8]) {
        self.state.withLock { state in
            guard !state.isFull else { return }
            state.isFull = state.bytes.count + line.count > Self.limit - Self.lastLine.count
            state.bytes += state.isFull ? Self.lastLine : line
        }
    }

    /// Hands out the lines; what comes later is not collected.
    func take() -> [UInt8] {
        self.state.withLock { state in
            state.isFull = true
            defer { state.bytes = [] }
            return state.bytes
        }
    }
}
