import FastCGI
import Glibc
import Synchronization
import Testing

@Suite struct TimeLimitTests {
    private static let short = Duration.milliseconds(160)

    @Test("A handler that takes too long is cancelled, and its request is answered with 504") func handlerTimeout()
        async throws
    {
        let cancelled = Atomic<Bool>(false)
        let server = try await RunningServer(.with { $0.handlerTimeout = Self.short }) { _ in
            do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.store(true, ordering: .relaxed) }
            return Response(body: .string("too late"))
        }
        let peer = try server.peer()
        let answer = try peer.request()
        #expect(answer.status == "504 Gateway Timeout")
        #expect(answer.protocolStatus == 0)
        #expect(try peer.isClosed())
        try await RunningServer.wait { cancelled.load(ordering: .relaxed) }
        #expect(server.log.contains("FASTCGI_HANDLER_TIMEOUT"))
        try await server.stop()
    }

    @Test("A request whose handler ignores its cancellation is answered nevertheless") func ignoredCancellation()
        async throws
    {
        let gate = Gate()
        let server = try await RunningServer(.with { $0.handlerTimeout = Self.short }) { _ in
            await gate.wait()
            return Response(body: .string("too late"))
        }
        #expect(try server.peer().request().status == "504 Gateway Timeout")
        gate.open()
        try await server.stop()
    }

    @Test(
        "A request that does not arrive ends its connection",
        arguments: [[], [1], Peer.begin(), Peer.begin() + Peer.record(4, [1, 2, 3])])
    func missingRequest(bytes: [UInt8]) async throws {
        let server = try await RunningServer(
            .with {
                $0.readTimeout = Self.short
                $0.idleTimeout = Self.short
            }
        ) { _ in Response() }
        let peer = try server.peer()
        try peer.send(bytes)
        #expect(try peer.isClosed())
        try await server.stop()
    }

    @Test("Single bytes do not extend the time limit of a head") func slowHead() async throws {
        let server = try await RunningServer(.with { $0.readTimeout = .milliseconds(400) }) { _ in Response() }
        let peer = try server.peer()
        // With a limit that restarts with each byte, the head would be completed.
        var isOpen = true
        for byte in Peer.head(Peer.parameters()) {
            do { try peer.send([byte]) } catch {
                isOpen = false
                break
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(!isOpen)
        try await server.stop()
    }

    @Test("A body that stops arriving is an error for the handler") func stalledBody() async throws {
        let server = try await RunningServer(.with { $0.readTimeout = Self.short }) { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1 << 20)))
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "100")])) + Peer.record(5, [1, 2, 3]))
        #expect(try peer.answer().status == "408 Request Timeout")
        #expect(try peer.isClosed())
        #expect(server.log.contains("FASTCGI_READ_TIMEOUT"))
        try await server.stop()
    }

    @Test("A peer that does not accept its response ends the connection") func writeTimeout() async throws {
        let server = try await RunningServer(.with { $0.writeTimeout = Self.short }) { _ in
            Response(body: .bytes([UInt8](repeating: 1, count: 8 << 20)))
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        try await RunningServer.wait { server.log.contains("FASTCGI_WRITE_TIMEOUT") }
        #expect(throws: Peer.Failure.self) {
            let answer = try peer.answer()
            if answer.protocolStatus == nil { throw Peer.Failure(description: "cut off, as it should be") }
        }
        try await server.stop()
    }

    @Test("An idle connection is closed after its time limit") func idleTimeout() async throws {
        let server = try await RunningServer(.with { $0.idleTimeout = Self.short }) { _ in Response() }
        let peer = try server.peer()
        #expect(try peer.request().status == "200 OK")
        #expect(try peer.isClosed())
        try await server.stop()
    }

    /// At any moment of a stop, the time limit of some requests has passed and the clock has not seen it yet.
    @Test("A request whose time limit passes when the server stops is answered with 504") func lateAtStop() async throws
    {
        let gate = Gate()
        let server = try await RunningServer(.with { $0.handlerTimeout = .milliseconds(400) }) { _ in
            await gate.wait()
            return Response()
        }
        let peers = try await Self.staggered(50, server)
        async let stopped: Void = server.stop()
        try Self.expectTimeouts(peers)
        gate.open()
        try await stopped
    }

    @Test("A request whose time limit passes while the last requests are awaited is answered with 504")
    func lateAtLastRequest() async throws {
        let gate = Gate()
        let server = try await RunningServer(
            .with {
                $0.handlerTimeout = .milliseconds(400)
                $0.requestLimit = 51
            }
        ) { request in
            if request.path == "/" { await gate.wait() }
            return Response()
        }
        let peers = try await Self.staggered(50, server)
        // The first connection takes the place of the last request, so the second one makes the server close idle
        // connections.
        let silent = try server.peer()
        #expect(try server.peer().request("GET", "/last").status == "200 OK")
        try Self.expectTimeouts(peers)
        #expect(try silent.isClosed())
        gate.open()
        try await server.end()
    }

    /// Peers whose requests began one after the other, so that their time limits pass one after the other, the first
    /// ones now.
    private static func staggered(_ count: Int, _ server: RunningServer) async throws -> [Peer] {
        let peers = try (0..<count).map { _ in try server.peer() }
        let start = ContinuousClock.now
        for (number, peer) in peers.enumerated() {
            try await Task.sleep(until: start + .milliseconds(4 * number))
            try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        }
        // In the middle of the 200 ms in which their time limits pass.
        try await Task.sleep(until: start + .milliseconds(500))
        return peers
    }

    private static func expectTimeouts(_ peers: [Peer]) throws {
        for (number, peer) in peers.enumerated() {
            let answer = try peer.answer()
            #expect(answer.status == "504 Gateway Timeout", "request \(number)")
            #expect(try peer.isClosed())
        }
    }
}
