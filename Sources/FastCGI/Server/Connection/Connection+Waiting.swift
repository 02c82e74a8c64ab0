import CLinux
import Glibc
import Sendfile

/// Tasks that wait for a connection, and what a ``BodyReader`` asks of it.
extension Connection {
    /// Suspends the task that writes the response until the socket has room. False if the response cannot be completed: the peer is
    /// gone, or it did not take the last bytes in time.
    func waitToWrite() async -> Bool {
        let until = Instant.after(self.server.configuration.writeTimeout)
        await withUnsafeContinuation { writer in
            self.happens { $0.waitToWrite(writer, until: until) }
        }
        return self.state.withLock { $0.mayWrite }
    }

    /// Suspends a task that reads the body of a request until more of it may have come. False if none will come.
    ///
    /// - Parameters:
    ///   - id: the request's number. When that is over, the connection is another's, and the task goes on at once.
    ///   - reason: the limit that has passed when the time is up.
    func waitToRead(_ id: UInt64, limit: Duration, reason: State.Limit) async -> Bool {
        let until = Instant.after(limit)
        await withUnsafeContinuation { reader in
            self.happens { $0.waitToRead(reader, id, until: until, reason) }
        }
        return self.state.withLock { $0.mayRead }
    }

    /// The body has been read to its end. An abort of the request may have come behind it.
    func bodyEnded(_ inbox: Inbox, _ wireID: UInt16) {
        self.happens {
            $0.bodyEnded(
                isFollowed: !inbox.isEmpty, byAbort: inbox.nextRecordAborts(wireID), abortHasCome: self.abortHasCome)
        }
    }

    /// An abort of the request stands in its body.
    func abort() { self.happens { $0.abort() } }

    /// More may have come than was received: pending input is not reported again.
    func mayHaveMore() { self.state.withLock { $0.mayHaveMore() } }

    /// Whether this program has ended the input: a request that came at that moment stays incomplete.
    var isInputShut: Bool { self.state.withLock { $0.isInputShut } }

    /// Whether the body has not come in time.
    var isLate: Bool { self.state.withLock { $0.isLate } }

    /// Sends a few bytes unless a response has begun, which they would destroy. False if they cannot go out as a whole.
    func sendBeforeAnswer(_ bytes: [UInt8]) -> Bool {
        self.state.withLock { $0.maySendBeforeAnswer && self.sendNow(bytes) }
    }
}
