import CLinux
import Glibc
import Logging
import Sendfile
import Synchronization
import SystemPackage

/// Takes connections from the listening sockets.
final class Acceptor: Sendable {
    private let listeners: [ListeningSocket]

    private struct State {
        var isListening = false
        var isPaused = false
        var isStopped = false
        /// The time until which a pause is not logged again.
        var quietUntil = Instant(nanoseconds: 0)
        /// The same for a refused peer, and the number of refusals that were not logged.
        var refusalsQuietUntil = Instant(nanoseconds: 0)
        var unloggedRefusals = 0
    }
    private let state = Locked(State())
    private let paused = Atomic<Bool>(false)

    private static let quietTime = Duration.seconds(10)

    /// The number of refused peers after which a worker returns to other work.
    private static let refusalsInARow = 32

    init(listeners: [ListeningSocket]) {
        self.listeners = listeners
    }

    /// Starts to accept.
    func start(_ server: ServerCore) {
        self.state.withLock { state in
            guard !state.isStopped else { return }
            state.isListening = true
            self.watch(server)
        }
    }

    private func watch(_ server: ServerCore) {
        for (index, listener) in self.listeners.enumerated() {
            do {
                try server.loop.add(
                    listener.descriptor, events: linux_epollin,
                    token: ServerCore.firstListenerToken + UInt64(index))
            } catch {
                server.logger.critical("cannot listen on \(listener.address): \(error)")
            }
        }
    }

    /// Stops accepting for good.
    ///
    /// Pending connections are accepted first. Where no other process can accept them, that is done beyond every limit; on a socket that
    /// another process shares, within the limits.
    func stop(_ server: ServerCore) {
        let wasListening = self.state.withLock { state in
            defer {
                state.isStopped = true
                state.isListening = false
            }
            return state.isListening
        }
        for listener in self.listeners {
            if wasListening { server.loop.remove(listener.descriptor) }
            listener.refuseConnections()
            while true {
                let (next, isUnfinished) = self.next(from: listener, for: server, beyondLimits: !listener.isShared)
                if let next { server.loop.post(.connection(next)) } else if !isUnfinished { break }
            }
            listener.stopListening()
        }
    }

    /// Closes the sockets' descriptors, when no worker uses them any more.
    func close() {
        for listener in self.listeners { listener.close() }
    }

    var isPaused: Bool { self.paused.load(ordering: .acquiring) }

    /// Accepts again if accepting had to pause. Called when a connection has closed, and by the clock.
    func resume(_ server: ServerCore) {
        guard self.paused.load(ordering: .sequentiallyConsistent), server.hasRoom else { return }
        self.state.withLock { state in
            guard state.isPaused, !state.isStopped else { return }
            state.isPaused = false
            state.isListening = true
            self.paused.store(false, ordering: .sequentiallyConsistent)
            self.watch(server)
        }
    }

    private func pause(_ server: ServerCore, _ reason: String) {
        self.state.withLock { state in
            guard !state.isPaused, state.isListening else { return }
            state.isPaused = true
            state.isListening = false
            self.paused.store(true, ordering: .sequentiallyConsistent)
            for listener in self.listeners { server.loop.remove(listener.descriptor) }
            let now = Instant.now
            guard state.quietUntil <= now else { return }
            state.quietUntil = .after(Self.quietTime)
            server.logger.warning("no connections are accepted for a while: \(reason)")
        }
        server.ensureTicking()
    }

    /// Accepts one pending connection and reads from it. Other pending connections are for other workers.
    func accept(_ token: UInt64, for server: ServerCore, on worker: Worker) {
        let listener = self.listeners[Int(token - ServerCore.firstListenerToken)]
        let (next, isUnfinished) = self.next(from: listener, for: server)
        guard let connection = next else {
            if isUnfinished { server.loop.reportAgain(listener.descriptor, events: linux_epollin, token: token) }
            return
        }
        // More connections may be pending, and readiness is reported once per change: another worker has to look again.
        server.loop.reportAgain(listener.descriptor, events: linux_epollin, token: token)
        connection.read(on: worker)
    }

    /// Accepts a pending connection, unless a limit forbids it.
    ///
    /// - Returns: The connection; `nil` if none is pending, or if `isUnfinished`, because many peers were refused.
    private func next(
        from listener: ListeningSocket, for server: ServerCore, beyondLimits: Bool = false
    ) -> (connection: Connection?, isUnfinished: Bool) {
        // Counted before it is accepted: otherwise a server that stops could find no connections while one is being accepted.
        guard server.connectionOpens(beyondLimits: beyondLimits) else {
            // Hitting the limit matters only if a connection is actually pending.
            guard listener.isAwaited else { return (nil, false) }
            if server.requests.hasRoom { server.observer.limitHit(.connections) }
            self.pause(server, server.limitReached)
            server.hurryConnections()
            // A connection may have closed meanwhile.
            self.resume(server)
            return (nil, false)
        }
        var refusals = 0
        while true {
            let code: Int32
            switch listener.accept() {
            case .connection(let descriptor):
                return (Connection(descriptor: descriptor, isLocal: listener.isLocal, server: server), false)
            case .refused(let peer):
                self.refused(peer, by: server)
                refusals += 1
                if refusals < Self.refusalsInARow { continue }
                server.requests.giveBack()
                server.connectionClosed()
                return (nil, true)
            case .failure(let failure): code = failure
            }
            if code == EINTR || code == ECONNABORTED { continue }
            server.requests.giveBack()
            server.connectionClosed()
            // Without a free descriptor accept4(2) fails even if no connection is pending.
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code), listener.isAwaited {
                self.pause(server, "accept4: \(Errno(rawValue: code))")
            }
            return (nil, false)
        }
    }

    /// Counts and logs a connection that was closed because of its peer's address.
    private func refused(_ peer: PeerAddress?, by server: ServerCore) {
        server.observer.limitHit(.peers)
        let unlogged: Int? = self.state.withLock { state in
            let now = Instant.now
            guard state.refusalsQuietUntil <= now else {
                state.unloggedRefusals += 1
                return nil
            }
            state.refusalsQuietUntil = .after(Self.quietTime)
            defer { state.unloggedRefusals = 0 }
            return state.unloggedRefusals
        }
        guard let unlogged else { return }
        let others = unlogged == 0 ? "" : "; \(unlogged) others since the last such line"
        let address = peer.map(String.init(describing:)) ?? "an unknown address"
        server.logger.warning(
            "a connection from \(address) was closed: FASTCGI_PEERS does not contain this address\(others)")
    }
}
