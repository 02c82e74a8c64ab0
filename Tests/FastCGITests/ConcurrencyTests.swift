import FastCGI
import Glibc
import HTTPTypes
import Synchronization
import Testing

/// Operations that must not block a thread. Every server here has four threads.
@Suite(.serialized) struct ConcurrencyTests {
    @Test("A thousand suspended handlers run concurrently") func suspendedHandlers() async throws {
        let gate = Gate()
        let server = try await RunningServer { request in
            await gate.wait()
            return Response(body: .string(request.path))
        }
        let request = Peer.head(Peer.parameters("GET", "/wait")) + Peer.body([])
        let peers = try (0..<1000).map { _ in try server.peer() }
        for peer in peers { try peer.send(request) }
        try await RunningServer.wait { gate.waiting == 1000 }
        gate.open()
        for peer in peers { #expect(try peer.answer().body == Array("/wait".utf8)) }
        try await server.stop()
    }

    @Test(
        "Peers that send nothing, half a head or half a body do not delay others",
        arguments: RunningServer.Transport.allCases)
    func silentPeers(
        transport: RunningServer.Transport
    ) async throws {
        let server = try await RunningServer(on: transport) { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1 << 20)))
        }
        let head = Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "10")]))
        var peers = try (0..<400).map { number in
            let peer = try server.peer()
            try peer.send([[], [1], Array(head.prefix(50)), head + Peer.record(5, [1, 2, 3])][number % 4])
            return peer
        }
        let other = try server.peer()
        for _ in 0..<100 { #expect(try other.request("POST", "/", body: [4, 2]).body == [4, 2]) }
        // Each of them can still continue.
        try peers[2].send(Array(head.dropFirst(50)) + Peer.record(5, [UInt8](0..<10)) + Peer.record(5))
        #expect(try peers[2].answer().body == [UInt8](0..<10))
        try peers[3].send(Peer.record(5, [4, 5, 6, 7, 8, 9, 10]) + Peer.record(5))
        #expect(try peers[3].answer().body == [UInt8](1...10))
        peers = []
        try await server.stop()
    }

    @Test("A slow reader occupies no thread") func slowReaders() async throws {
        let body = [UInt8](repeating: 7, count: 1 << 20)
        let server = try await RunningServer { request in
            Response(body: request.path == "/large" ? .bytes(body) : .string("small"))
        }
        let slow = try (0..<200).map { _ in
            let peer = try server.peer()
            try peer.send(Peer.head(Peer.parameters("GET", "/large")) + Peer.body([]))
            return peer
        }
        let other = try server.peer()
        for _ in 0..<100 { #expect(try other.request("GET", "/small").body == Array("small".utf8)) }
        for peer in slow { #expect(try peer.answer().body == body) }
        try await server.stop()
    }

    @Test("A blocked handler does not delay the others") func blockedHandler() async throws {
        let release = Atomic<Bool>(false)
        let server = try await RunningServer { request in
            if request.path == "/block" { while !release.load(ordering: .relaxed) { usleep(1000) } }
            return Response(body: .string(request.path))
        }
        let blocked = try (0..<3).map { _ in
            let peer = try server.peer()
            try peer.send(Peer.head(Peer.parameters("GET", "/block")) + Peer.body([]))
            return peer
        }
        for number in 0..<100 {
            #expect(try server.peer().request("GET", "/\(number)").body == Array("/\(number)".utf8))
        }
        release.store(true, ordering: .relaxed)
        for peer in blocked { #expect(try peer.answer().body == Array("/block".utf8)) }
        try await server.stop()
    }

    @Test("A handler is cancelled when its client disconnects", arguments: [true, false]) func disconnectedClient(
        aborts: Bool
    ) async throws {
        let started = Atomic<Int>(0)
        let cancelled = Atomic<Int>(0)
        let server = try await RunningServer { _ in
            started.add(1, ordering: .relaxed)
            do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.add(1, ordering: .relaxed) }
            return Response(body: .string("ended early"))
        }
        var peer: Peer? = try server.peer()
        try peer?.send(Peer.head(Peer.parameters()) + Peer.body([]))
        try await RunningServer.wait { started.load(ordering: .relaxed) == 1 }
        if aborts { try peer?.send(Peer.record(2)) } else { peer = nil }
        try await RunningServer.wait { cancelled.load(ordering: .relaxed) == 1 }
        if let peer {
            #expect(try peer.answer().protocolStatus == 0)
            try peer.send(Peer.head(Peer.parameters("GET", "/"), id: 2) + Peer.body([], id: 2))
            try await RunningServer.wait { started.load(ordering: .relaxed) == 2 }
        }
        peer = nil
        try await server.stop()
    }

    @Test("A connection beyond the limit waits and is served when another one closes", arguments: [1, 4])
    func connectionLimit(
        workers: Int
    ) async throws {
        let server = try await RunningServer(.with { $0.connectionLimit = 10 }, workers: workers) {
            Response(body: .string($0.path))
        }
        var peers = try (0..<10).map { _ in try server.peer() }
        for peer in peers { #expect(try peer.request().status == "200 OK") }
        // A single worker checks after each connection whether there are more. As long as none waits, no limit is hit.
        // (Of several workers, one may use the last place while another only checks.)
        if workers == 1 { #expect(server.statistics.limitsHit[.connections, default: 0] == 0) }
        let late = try server.peer()
        try late.send(Peer.head(Peer.parameters("GET", "/late")) + Peer.body([]))
        try await RunningServer.wait { server.log.contains("FASTCGI_CONNECTIONS") }
        #expect(server.statistics.limitsHit[.connections, default: 0] > 0)
        peers.removeFirst()
        #expect(try late.answer().body == Array("/late".utf8))
        peers = []
        try await server.stop()
    }
}
