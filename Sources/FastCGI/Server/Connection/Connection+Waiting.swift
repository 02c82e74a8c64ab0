import CLinux
import Glibc
import Logging
import Sendfile

/// How a connection waits in the event loop, with a request or without one.
extension Connection {
    enum Direction { case reading, writing }

    /// Suspends until the socket is ready, at most `limit`. False if the connection is broken or the time is up.
    ///
    /// - Parameters:
    ///   - body: who reads. When its request is over, the connection is another's, and nobody waits.
    ///   - reason: the limit that a reader hits when the time is up.
    func wait(
        for direction: Direction, limit: Duration, body: BodyReader? = nil,
        reason: ServerStatistics.Limit = .readTimeout
    ) async -> Bool {
        await withUnsafeContinuation { continuation in
            let ready = self.state.withLock { state in
                guard !state.isBroken, state.phase == .driven, body?.isOver != true else { return true }
                switch direction {
                case .reading:
                    guard !state.isReadable, !state.isLate else {
                        state.isReadable = false
                        return true
                    }
                    state.readers.append(continuation)
                    state.deadlines.read = .after(limit)
                    state.readerLimit = reason
                case .writing:
                    guard !state.isWritable else {
                        state.isWritable = false
                        return true
                    }
                    state.writer = continuation
                    state.deadlines.write = .after(limit)
                }
                guard self.watch(&state, writing: direction == .writing) else {
                    switch direction {
                    case .reading: state.readers.removeLast()
                    case .writing: state.writer = nil
                    }
                    return true
                }
                return false
            }
            if ready { continuation.resume() }
        }
        return self.state.withLock { state in
            switch direction {
            // Whoever woke a reader has ended its time: the request may be over, and the time another's.
            case .reading: return !state.isBroken && !state.isLate
            case .writing:
                state.deadlines.write = .never
                return !state.isBroken
            }
        }
    }

    /// Has the event loop report what happens on this connection. False if the kernel has no room for it: then the connection is
    /// broken, because nothing would ever be heard of it and no time limit would end it.
    func watch(_ state: inout State, writing: Bool) -> Bool {
        let events = linux_epollin | linux_epollrdhup | (writing ? linux_epollout : 0)
        if let token = state.token {
            // Without a reason to wait for it, EPOLLOUT would be reported each time the peer reads.
            if state.reportsWritable != writing {
                state.reportsWritable = writing
                self.server.loop.change(self.descriptor, events: events, token: token)
            }
            return true
        }
        let token = self.server.connections.insert(self)
        state.token = token
        state.reportsWritable = writing
        do {
            try self.server.loop.add(self.descriptor, events: events, token: token)
            self.server.ensureTicking()
            return true
        } catch {
            self.server.logger.error("cannot watch a connection: \(error)")
            self.server.connections.remove(token)
            state.token = nil
            state.isBroken = true
            return false
        }
    }

    /// Watches a connection whose handler has suspended, so that a peer that goes away is noticed and the handler cancelled.
    func watchHandler(of requestID: UInt64) {
        let cancellation: RequestRunner.Cancellation? = self.state.withLock { state in
            guard state.request?.id == requestID, state.phase == .driven else { return nil }
            if state.token == nil, !self.watch(&state, writing: false) { return state.cancellation() }
            guard !state.isAnswered else { return nil }
            state.deadlines.handler = .after(self.server.configuration.handlerTimeout)
            // What was reported before the request began.
            let isUnwanted =
                state.isBroken || state.isAborted
                || state.isReadable && state.inputIsComplete && self.nextRecordAborts(state.wireID)
            return isUnwanted ? state.cancellation() : nil
        }
        cancellation?()
    }

    /// Leaves the connection to the event loop until something comes. False if something has come already: the caller goes on
    /// driving. After true the caller must not touch the connection: another worker may drive it.
    func park(limit: Interval, keepsDeadline: Bool = false) -> Bool {
        self.state.withLock { self.idle(&$0, limit: limit, keepsDeadline: keepsDeadline) }
    }

    /// The same, by a caller who has the lock.
    func idle(_ state: inout State, limit: Interval, keepsDeadline: Bool = false) -> Bool {
        guard !state.isReadable else {
            state.isReadable = false
            return false
        }
        if !keepsDeadline { state.deadlines.read = .after(limit) }
        // Whoever stops the server has looked at this connection already, or will see it idle.
        // A request of which a part is here still has its time.
        if self.server.isStopping, !state.isFresh, !self.isHeadTimed {
            state.isInputShut = true
            shutdown(self.descriptor, Int32(SHUT_RD))
        }
        state.phase = .idle
        if self.watch(&state, writing: false) { return true }
        state.phase = .driven
        return false
    }
}
