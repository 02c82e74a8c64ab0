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
        /// A pause is worth a line in the log only now and then.
        var quietUntil = Instant(nanoseconds: 0)
    }
    private let state = Locked(State())
    private let paused = Atomic<Bool>(false)

    private static let quietTime = Duration.seconds(10)

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
    /// Who waits in the kernel's queue is taken, beyond every limit where only this process can take him; on a socket that
    /// another process has as well, only what the limits allow.
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
            while let connection = self.next(from: listener, for: server, beyondLimits: !listener.isShared) {
                server.loop.post(.connection(connection))
            }
            listener.stopListening()
        }
    }

    /// Gives the sockets' descriptors back, when nobody looks at them any more.
    func close() {
        for listener in self.listeners { listener.close() }
    }

    var isPaused: Bool { self.paused.load(ordering: .acquiring) }

    /// Accepts again if accepting had to pause; called when something became free, and by the clock.
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

    /// Takes one connection that waits, and serves it. Others are for whoever is free.
    func accept(_ token: UInt64, for server: ServerCore, on worker: Worker) {
        let listener = self.listeners[Int(token - ServerCore.firstListenerToken)]
        guard let connection = self.next(from: listener, for: server) else { return }
        // More may wait: readiness is reported once per change, so whoever is free has to look again.
        server.loop.reportAgain(listener.descriptor, events: linux_epollin, token: token)
        connection.read(on: worker)
    }

    /// Takes a connection that waits, unless a limit forbids it.
    private func next(
        from listener: ListeningSocket, for server: ServerCore, beyondLimits: Bool = false
    ) -> Connection? {
        // Counted before it is taken: a server that stops never believes that it has no connections while one is on its way.
        guard server.connectionOpens(beyondLimits: beyondLimits) else {
            // A worker that only looks whether there are more meets no limit if there are none.
            guard listener.isAwaited else { return nil }
            if server.requests.hasRoom { server.observer.limitHit(.connections) }
            self.pause(server, server.limitReached)
            server.hurryConnections()
            // What was in the way may be gone since.
            self.resume(server)
            return nil
        }
        while true {
            let descriptor = linux_accept(listener.descriptor, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            if descriptor >= 0 {
                return Connection(descriptor: descriptor, isLocal: listener.isLocal, server: server)
            }
            let code = errno
            if code == EINTR || code == ECONNABORTED { continue }
            server.requests.giveBack()
            server.connectionClosed()
            // Without a free descriptor accept4(2) fails even where nobody waits.
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code), listener.isAwaited {
                self.pause(server, "accept4: \(Errno(rawValue: code))")
            }
            return nil
        }
    }
}
