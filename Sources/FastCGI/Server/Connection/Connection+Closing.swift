import CLinux
import Glibc
import Logging
import Sendfile

/// How a connection ends.
extension Connection {
    /// Closes the connection; to be called by its driver.
    func close() {
        self.giveBackPlace()
        self.body?.invalidate()
        self.body = nil
        self.library.free()
        let token: UInt64? = self.state.withLock { state in
            state.phase = .closed
            state.runner = nil
            state.request = nil
            defer { state.token = nil }
            return state.token
        }
        if let token { self.server.connections.remove(token) }
        Glibc.close(self.descriptor)
        self.server.observer.connectionClosed()
        self.server.connectionClosed()
    }

    /// Ends the sending side, then reads and drops input until the peer closes.
    ///
    /// A close with unread input resets the connection: the peer may lose a response that it has not read yet. Caddy and
    /// mod_proxy_fcgi pass a body on as it arrives; Caddy reads no response before it has written all of it. The wait is bounded:
    /// two seconds without input, ten seconds in total, and twice the bytes that a body may have.
    func linger() {
        let bodyLimit = self.server.configuration.bodyLimit
        self.lingerBytesLeft = bodyLimit > .max / 2 ? .max : max(2 * bodyLimit, Worker.bufferSize)
        self.giveBackPlace()
        self.body?.invalidate()
        self.body = nil
        self.library.free()
        shutdown(self.descriptor, Int32(SHUT_WR))
        let watched = self.state.withLock { state in
            state.phase = .lingering
            state.runner = nil
            state.request = nil
            state.deadlines = Deadlines(read: .after(Self.lingerPause))
            state.lingerEnd = .after(Self.lingerLimit)
            let wasWatched = state.token != nil
            guard self.watch(&state, writing: false) else { return false }
            if wasWatched { self.reportInputAgain(state) }
            return true
        }
        if !watched { self.close() }
    }

    /// No request will come.
    private func giveBackPlace() {
        guard self.hasPlace else { return }
        self.hasPlace = false
        self.server.requests.giveBack()
    }

    /// How long a lingering connection waits for the peer's next bytes, or its end.
    private static let lingerPause = Interval(.seconds(2))
    /// How long a connection lingers in total.
    private static let lingerLimit = Interval(.seconds(10))

    /// Has the event loop report input that has been reported before: changing the events does.
    private func reportInputAgain(_ state: borrowing State) {
        guard let token = state.token else { return }
        self.server.loop.change(self.descriptor, events: linux_epollin | linux_epollrdhup, token: token)
    }

    /// Reads and drops what has come on a lingering connection; closes it at the end of input, or when its bytes are used up.
    func dropInput(on worker: Worker) {
        let deadline: Instant? = self.state.withLock { state in
            guard state.phase == .lingering else { return nil }
            state.phase = .driven
            defer { state.deadlines.read = .never }
            return state.deadlines.read
        }
        guard let deadline else { return }
        // Bounded, so that a peer that never stops sending does not hold the thread.
        for _ in 0..<16 {
            let count = recv(self.descriptor, worker.buffer.baseAddress, worker.buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                self.lingerBytesLeft -= count
                guard self.lingerBytesLeft > 0 else { return self.close() }
                continue
            }
            if count < 0, errno == EINTR { continue }
            if count == 0 || errno != EAGAIN { return self.close() }
            let again = self.state.withLock { state in
                defer { state.isReadable = false }
                if !state.isReadable { self.lingerOn(&state, deadline) }
                return state.isReadable
            }
            if !again { return }
        }
        self.state.withLock { state in
            state.isReadable = false
            self.lingerOn(&state, deadline)
            self.reportInputAgain(state)
        }
    }

    /// Leaves a lingering connection to the event loop. A server that stops grants it no further time.
    private func lingerOn(_ state: inout State, _ deadline: Instant) {
        state.deadlines.read = self.server.isStopping ? deadline : min(state.lingerEnd, .after(Self.lingerPause))
        state.phase = .lingering
    }
}
