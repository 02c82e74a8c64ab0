import FastCGI
import Testing

/// The memory of heads that have arrived in part.
@Suite struct HeadBudgetTests {
    /// A head whose end is missing.
    private static let part = Peer.begin() + Peer.record(4, Peer.pairs(Peer.parameters("GET", "/", [("A", large)])))
    private static let large = String(repeating: "x", count: 50_000)

    @Test("Heads that have arrived in part and hold too much memory are given up, the oldest first")
    func oldestHeads() async throws {
        let server = try await RunningServer(.with { $0.headBytesLimit = 1 << 20 }) { Response(body: .string($0.path)) }
        // Half the header of a record: less than the share of a connection.
        let small = try server.peer()
        try small.send(Array(Peer.begin().prefix(4)))
        var peers: [Peer] = []
        for number in 1...60 {
            let peer = try server.peer()
            try peer.send(Self.part)
            peers.append(peer)
            try await RunningServer.wait { !peer.isUnread && server.statistics.openConnections >= 2 }
            _ = number
        }
        // Each holds 50 KB, or twice that if its array has room for more.
        try await RunningServer.wait { server.statistics.limitsHit[.headBytes, default: 0] >= 60 - 22 }
        try await RunningServer.wait {
            server.statistics.openConnections == 61 - server.statistics.limitsHit[.headBytes, default: 0]
        }
        #expect(server.statistics.limitsHit[.headBytes, default: 0] < 60)
        #expect(try peers[0].nextRecord() == nil)
        #expect(server.log.all.filter { $0.contains("FASTCGI_HEAD_BYTES") }.count == 1)
        // The newest head, and the one that holds next to nothing, can still be completed.
        try peers[59].send(Peer.record(4) + Peer.record(5))
        #expect(try peers[59].answer().body == Array("/".utf8))
        try small.send(
            Array(Peer.begin().dropFirst(4)) + Peer.head(Peer.parameters("GET", "/s")).dropFirst(16) + Peer.record(5))
        #expect(try small.answer().body == Array("/s".utf8))
        // A head that is completed, given up or ended by its peer holds nothing any more.
        peers = []
        try await RunningServer.wait { server.statistics.openConnections == 1 }
        let given = server.statistics.limitsHit[.headBytes]
        for _ in 0..<100 {
            let peer = try server.peer()
            try peer.send(Self.part)
            try await RunningServer.wait { !peer.isUnread }
            try peer.send(Peer.record(4) + Peer.record(5))
            #expect(try peer.answer().body == Array("/".utf8))
        }
        #expect(server.statistics.limitsHit[.headBytes] == given)
        try await server.stop()
    }

    @Test("A limit below the size of one head still lets one head arrive in part")
    func tinyLimit() async throws {
        let server = try await RunningServer(.with { $0.headBytesLimit = 1 }) { Response(body: .string($0.path)) }
        for _ in 0..<10 {
            let peer = try server.peer()
            try peer.send(Array(Self.part.dropLast(1)))
            try await RunningServer.wait { !peer.isUnread }
            try peer.send(Array(Self.part.suffix(1)) + Peer.record(4) + Peer.record(5))
            #expect(try peer.answer().body == Array("/".utf8))
        }
        #expect(server.statistics.limitsHit[.headBytes] == 0)
        try await server.stop()
    }
}
