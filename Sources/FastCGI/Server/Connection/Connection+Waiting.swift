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
        return self.asks { $0.mayWrite }
    }

    /// Suspends a task that reads the body of a request until more bytes may have arrived. False if no more will
    /// arrive.
    ///
    /// - Parameters:
    ///   - ordinal: The number of the request on the connection. When that request is over, the connection belongs to another one, and the task
    ///     continues at once.
    ///   - reason: The limit that has passed when the time is up.
    func waitToRead(_ ordinal: UInt64, limit: Duration, reason: State.Limit) async -> Bool {
        let until = Instant.after(limit)
        await withUnsafeContinuation { reader in
            self.happens { $0.waitToRead(reader, ordinal, until: until, reason) }
        }
        return self.asks { $0.mayRead }
    }

    /// Notes that the body has been read to its end. An abort of the request may follow it.
    func bodyEnded(_ inbox: Inbox, _ wireID: UInt16) {
        self.happens {
            $0.bodyEnded(
                isFollowed: !inbox.isEmpty, byAbort: inbox.nextRecordAborts(wireID), abortHasCome: self.abortHasCome)
        }
    }

    /// Notes that an abort of the request has arrived instead of the rest of its body.
    func abort() { self.happens { $0.abort() } }

    /// Notes that more input may be pending than was received, because pending input is not reported again.
    func mayHaveMore() { self.happens { $0.mayHaveMore() } }

    /// Whether this program has ended the input: a request that was arriving at that moment stays incomplete.
    var isInputShut: Bool { self.asks { $0.isInputShut } }

    /// Whether the body did not arrive in time.
    var isLate: Bool { self.asks { $0.isLate } }

    /// Sends a few bytes unless a response has begun, which they would corrupt. False if they cannot be sent
    /// completely.
    func sendBeforeAnswer(_ bytes: [UInt8]) -> Bool {
        self.asks { $0.maySendBeforeAnswer && self.sendNow(bytes) }
    }
}
