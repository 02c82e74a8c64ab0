import CLinux
import Glibc
import Logging
import Synchronization

/// Takes connections from the listening sockets.
final class Acceptor: Sendable {
    private let listeners: [ListeningSocket]

    private struct State {
        var isListening = false
        var isPaused = false
        var isStopped = false
    }
    private let state = Mutex(State())
    private let paused = Atomic<Bool>(false)

    /// How many connections are taken before other events have their turn.
    private static let batch = 64

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

    /// Stops accepting for good, after what is waiting now has been taken.
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
            listener.unlink()
            while let connection = self.next(from: listener, for: server) { server.loop.post(.connection(connection)) }
            listener.close()
        }
    }

    var isPaused: Bool { self.paused.load(ordering: .acquiring) }

    /// Accepts again if accepting had to pause; called when something became free, and by the clock.
    func resume(_ server: ServerCore) {
        guard self.paused.load(ordering: .relaxed), server.hasRoom else { return }
        self.state.withLock { state in
            guard state.isPaused, !state.isStopped else { return }
            state.isPaused = false
            state.isListening = true
            self.paused.store(false, ordering: .releasing)
            self.watch(server)
        }
    }

    private func pause(_ server: ServerCore, _ reason: String) {
        self.state.withLock { state in
            guard !state.isPaused, state.isListening else { return }
            state.isPaused = true
            state.isListening = false
            self.paused.store(true, ordering: .releasing)
            for listener in self.listeners { server.loop.remove(listener.descriptor) }
            server.logger.warning("no connections are accepted for a while: \(reason)")
        }
        server.ensureTicking()
    }

    /// Takes all connections that wait. The worker goes on with the first; others are for whoever is free.
    func accept(_ token: UInt64, for server: ServerCore, on worker: Worker) {
        let listener = self.listeners[Int(token - ServerCore.firstListenerToken)]
        var first: Connection?
        for _ in 0..<Self.batch {
            guard let connection = self.next(from: listener, for: server) else {
                first?.drive(on: worker)
                return
            }
            if first == nil {
                first = connection
            } else {
                server.loop.post(.connection(connection))
            }
        }
        // More may wait: readiness is reported once, so ask for it again.
        server.loop.change(listener.descriptor, events: linux_epollin, token: token)
        first?.drive(on: worker)
    }

    private func next(from listener: ListeningSocket, for server: ServerCore) -> Connection? {
        while true {
            let descriptor = linux_accept(listener.descriptor, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            if descriptor >= 0 {
                if !server.connectionOpened() {
                    server.observer.limitHit(.connections)
                    self.pause(
                        server,
                        "\(server.configuration.connectionLimit) connections are open (FASTCGI_CONNECTIONS)")
                }
                return Connection(descriptor: descriptor, isLocal: listener.isLocal, server: server)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                self.pause(server, "accept4 failed with errno \(errno)")
                return nil
            default: return nil
            }
        }
    }
}
