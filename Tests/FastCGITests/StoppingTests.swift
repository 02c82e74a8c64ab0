import FastCGI
import Glibc
import Sendfile
import Testing

@Suite struct StoppingTests {
    @Test("A stop finishes running requests, closes idle connections and accepts no new ones") func stop() async throws
    {
        let gate = Gate()
        let server = try await RunningServer { request in
            if request.path == "/slow" { await gate.wait() }
            return Response(body: .string(request.path))
        }
        let (slow, idle) = (try server.peer(), try server.peer())
        #expect(try idle.request("GET", "/first").body == Array("/first".utf8))
        try slow.send(Peer.head(Peer.parameters("GET", "/slow")) + Peer.body([]))
        try await RunningServer.wait { gate.waiting == 1 }

        async let stopped: Void = server.stop()
        #expect(try idle.isClosed())
        try await RunningServer.wait { access(server.path, F_OK) != 0 }
        #expect(throws: Peer.Failure.self) { try server.peer() }
        gate.open()
        #expect(try slow.answer().body == Array("/slow".utf8))
        #expect(try slow.isClosed())
        try await stopped
    }

    @Test("A connection that is accepted but has no request yet is still served") func acceptedConnection() async throws
    {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let peer = try server.peer()
        async let stopped: Void = server.stop()
        try await RunningServer.wait { access(server.path, F_OK) != 0 }
        #expect(try peer.request("GET", "/late").body == Array("/late".utf8))
        try await stopped
    }

    @Test("A partial request on a kept connection is still served") func partialRequest() async throws {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let peer = try server.peer()
        #expect(try peer.request("GET", "/first").body == Array("/first".utf8))
        let request = Peer.head(Peer.parameters("GET", "/second")) + Peer.body([])
        try peer.send(Array(request.prefix(30)))
        // A stop may close a connection that has not been read from since its last response.
        try await RunningServer.wait { !peer.isUnread }
        async let stopped: Void = server.stop()
        try await RunningServer.wait { access(server.path, F_OK) != 0 }
        try peer.send(Array(request.dropFirst(30)))
        #expect(try peer.answer().body == Array("/second".utf8))
        #expect(try peer.isClosed())
        try await stopped
    }

    @Test("The drain time limits a handler that does not end") func drainTime() async throws {
        let gate = Gate()
        let server = try await RunningServer(.with { $0.drainTimeout = .milliseconds(200) }) { _ in
            await gate.wait()
            return Response()
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        try await RunningServer.wait { gate.waiting == 1 }
        try await server.stop()
        #expect(server.log.contains("stopping: waiting for 1 request, at most 0.2s (FASTCGI_DRAIN_TIMEOUT)"))
        #expect(server.log.contains("the drain time is over"))
        gate.open()
    }

    @Test("A server without connections stops at once") func noConnections() async throws {
        let server = try await RunningServer { _ in Response() }
        let start = ContinuousClock.now
        try await server.stop()
        #expect(start.duration(to: .now) < .seconds(20))
    }
}

/// Handlers wait here until the test lets them continue; a wait ignores cancellation.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Locked(State())

    var waiting: Int { self.state.withLock { $0.waiters.count } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = self.state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiters = self.state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
