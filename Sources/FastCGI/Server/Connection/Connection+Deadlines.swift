import CLinux
import Glibc
import HTTPTypes
import Logging
import Sendfile

/// What happens on a connection when a time limit has passed.
extension Connection {
    /// An action that a time limit demands, with everything that it needs.
    private enum Expiry {
        case nothing
        /// A kept connection was idle for too long. Its end has begun.
        case idle
        /// A request's head did not arrive in time. The connection's end has begun.
        case head
        /// A request's body did not arrive in time.
        case body([Waiter], ServerStatistics.Limit)
        /// The handler did not answer in time. The right to answer is taken.
        case handler(Request, RequestRunner.Cancellation?)
        /// The peer did not take the response in time.
        case response([Waiter], Waiter?, RequestRunner.Cancellation?)
    }

    /// How long a connection that was just accepted may wait for its request when the server stops.
    static let lastRequestLimit = Interval(.seconds(1))

    /// Whether something has come that nobody has looked at yet: a worker is about to.
    private var hasInput: Bool {
        var byte: UInt8 = 0
        return recv(self.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Acts on every time limit that has expired, before it returns.
    ///
    /// May be called from any thread; the caller drives nothing.
    func expire(_ now: Instant, stopping: Bool) {
        switch self.state.withLock({ self.takeExpiry(&$0, now, stopping: stopping) }) {
        case .nothing: break
        case .idle: self.observer.limitHit(.idleTimeout)
        case .head: self.requestIsLate(.readTimeout)
        case .body(let readers, let limit):
            for reader in readers { reader.resume() }
            self.requestIsLate(limit)
        case .handler(let request, let cancellation):
            self.observer.limitHit(.handlerTimeout)
            self.answerTimeout(request)
            cancellation?()
        case .response(let readers, let writer, let cancellation):
            cancellation?()
            for reader in readers { reader.resume() }
            writer?.resume()
            self.observer.limitHit(.writeTimeout)
            self.server.logger.warning("a web server did not take a response in time (FASTCGI_WRITE_TIMEOUT)")
        }
    }

    /// Finds what has expired and marks it as taken. The caller has the lock, and acts on it without the lock.
    private func takeExpiry(_ state: inout State, _ now: Instant, stopping: Bool) -> Expiry {
        switch state.phase {
        case .closed: return .nothing
        case .idle, .lingering:
            let isIdle = state.phase == .idle
            // A request of which a part is here still has its time.
            let isUnwanted = stopping && isIdle && !self.isHeadTimed && !self.hasInput
            if isUnwanted, state.isFresh, state.deadlines.read > now {
                // It was accepted for a request, which is on its way.
                state.deadlines.read = min(state.deadlines.read, .after(Self.lastRequestLimit))
                return .nothing
            }
            let isDue = state.deadlines.read <= now
            guard isDue || isUnwanted else { return .nothing }
            state.deadlines.read = .never
            // A worker sees the end of input and closes. Only input is shut, so that a request that came at this very
            // moment is still read and answered.
            state.isInputShut = true
            shutdown(self.descriptor, Int32(isIdle ? SHUT_RD : SHUT_RDWR))
            guard isIdle, isDue else { return .nothing }
            // No party drives the connection, and the last one has left through this lock.
            return self.isHeadTimed ? .head : .idle
        case .driven: break
        }
        if state.deadlines.handler <= now {
            state.deadlines.handler = .never
            guard !state.isAnswered, let request = state.request else { return .nothing }
            state.isAnswered = true
            return .handler(request, state.cancellation())
        }
        if state.deadlines.write <= now {
            state.isBroken = true
            state.deadlines = Deadlines()
            defer { state.writer = nil }
            return .response(state.takeReaders(), state.writer, state.cancellation())
        }
        if state.deadlines.read <= now {
            state.isLate = true
            state.deadlines.read = .never
            return .body(state.takeReaders(), state.readerLimit)
        }
        return .nothing
    }

    private func requestIsLate(_ limit: ServerStatistics.Limit) {
        self.observer.limitHit(limit)
        self.server.logger.warning(
            limit == .bodyRest
                ? "a web server ended a body before its announced length, and the rest did not arrive within 5 s"
                : "a request did not arrive in time (FASTCGI_READ_TIMEOUT)")
    }

    /// Answers a request in its handler's place. The caller has taken the right to answer.
    private func answerTimeout(_ request: Request) {
        self.inScope {
            self.server.logger.error(
                "the handler did not answer in time (FASTCGI_HANDLER_TIMEOUT)",
                metadata: ["request": "\(request.id)", "path": "\(request.printablePath)"])
            Task(executorPreference: self.server.loop) {
                await self.answer(request, with: .plain(.gatewayTimeout), keeping: false)
            }
        }
    }
}
