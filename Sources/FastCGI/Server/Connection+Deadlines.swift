import CLinux
import Glibc
import Logging
import Sendfile

/// What happens on a connection when a time limit has passed.
extension Connection {
    /// What a time limit that has passed means.
    enum Expiry {
        case nothing
        case idle
        case reading
        case handler
        case writing
    }

    /// How long a connection that was just accepted may wait for its request when the server stops.
    static let lastRequestLimit = Interval(.seconds(1))

    /// Whether something has come that nobody has looked at yet: a worker is about to.
    private var hasInput: Bool {
        var byte: UInt8 = 0
        return recv(self.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Looks at the time limits. Called by the clock, which drives nothing; after `.handler` the caller has the right to answer.
    func expire(_ now: Instant, stopping: Bool) -> Expiry {
        let (expiry, readers, writer, cancellation) = self.state.withLock {
            state -> (Expiry, [Waiter], Waiter?, RequestRunner.Cancellation?) in
            switch state.phase {
            case .closed: return (.nothing, [], nil, nil)
            case .idle, .lingering:
                let isIdle = state.phase == .idle
                // A request of which a part is here still has its time.
                let isUnwanted = stopping && isIdle && !self.isHeadTimed && !self.hasInput
                if isUnwanted, state.isFresh, state.deadlines.read > now {
                    // It was accepted for a request, which is on its way.
                    state.deadlines.read = min(state.deadlines.read, .after(Self.lastRequestLimit))
                    return (.nothing, [], nil, nil)
                }
                let isDue = state.deadlines.read <= now
                guard isDue || isUnwanted else { return (.nothing, [], nil, nil) }
                state.deadlines.read = .never
                // A worker sees the end of input and closes. Only input is shut, so that a request that came at this very
                // moment is still read and answered.
                state.isInputShut = true
                shutdown(self.descriptor, Int32(isIdle ? SHUT_RD : SHUT_RDWR))
                guard isIdle, isDue else { return (.nothing, [], nil, nil) }
                // Nobody drives the connection, and who did has left through this lock.
                return (self.isHeadTimed ? .reading : .idle, [], nil, nil)
            case .driven: break
            }
            if state.deadlines.handler <= now {
                state.deadlines.handler = .never
                guard !state.isAnswered else { return (.nothing, [], nil, nil) }
                state.isAnswered = true
                return (.handler, [], nil, state.cancellation())
            }
            let expiry: Expiry =
                state.deadlines.write <= now ? .writing : state.deadlines.read <= now ? .reading : .nothing
            guard expiry != .nothing else { return (.nothing, [], nil, nil) }
            if expiry == .reading {
                state.isLate = true
                state.deadlines.read = .never
                return (expiry, state.takeReaders(), nil, nil)
            }
            state.isBroken = true
            state.deadlines = Deadlines()
            defer { state.writer = nil }
            return (expiry, state.takeReaders(), state.writer, state.cancellation())
        }
        cancellation?()
        for reader in readers { reader.resume() }
        writer?.resume()
        return expiry
    }
}
