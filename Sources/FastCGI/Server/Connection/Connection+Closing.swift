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

    /// Ends the sending side and drops what still comes until the peer closes, at most a few seconds.
    ///
    /// A close with unread input makes TCP reset the connection, and the peer may lose the response that it has not read yet.
    func linger() {
        self.giveBackPlace()
        self.body?.invalidate()
        self.body = nil
        self.library.free()
        shutdown(self.descriptor, Int32(SHUT_WR))
        let watched = self.state.withLock { state in
            state.phase = .lingering
            state.runner = nil
            state.request = nil
            state.deadlines = Deadlines(read: .after(Self.lingerLimit))
            // What is there already was reported before somebody lingered; changing the events reports it again.
            let wasWatched = state.token != nil
            guard self.watch(&state, writing: false) else { return false }
            if wasWatched, let token = state.token {
                self.server.loop.change(self.descriptor, events: linux_epollin | linux_epollrdhup, token: token)
            }
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

    private static let lingerLimit = Duration.seconds(2)

    /// Reads and drops what has come on a lingering connection; closes at its end.
    func dropInput(on worker: Worker) {
        let takesPart = self.state.withLock { state in
            guard state.phase == .lingering else { return false }
            state.phase = .driven
            return true
        }
        guard takesPart else { return }
        // Bounded, so that a peer that never stops sending does not hold the thread.
        for _ in 0..<16 {
            let count = recv(self.descriptor, worker.buffer.baseAddress, worker.buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            if count < 0, errno == EINTR { continue }
            if count == 0 || errno != EAGAIN { return self.close() }
            let again = self.state.withLock { state in
                defer { state.isReadable = false }
                if !state.isReadable { state.phase = .lingering }
                return state.isReadable
            }
            if !again { return }
        }
        self.close()
    }
}
