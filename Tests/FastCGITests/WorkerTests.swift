import FastCGI
import Glibc
import Sendfile
import Synchronization
import Testing

@Suite struct WorkerTests {
    /// The number of times that the calling thread has waited.
    private static var waits: Int {
        var usage = rusage()
        // RUSAGE_THREAD, which Glibc does not show.
        getrusage(1, &usage)
        return usage.ru_nvcsw
    }

    @Test("A busy worker pauses now and then") func pauses() async throws {
        // A pause after which the kernel has already let other threads run is not counted as a wait. On a busy machine
        // most pauses may be like that, so one try is not enough. Without pauses, no try has a wait.
        var most = 0
        for _ in 0..<20 where most < Self.count / 96 { most = max(most, try await Self.waitsWhileBusy()) }
        // Each request is a turn, and a pause follows 48 turns without another wait.
        #expect(most >= Self.count / 96)
    }

    private static let count = 480

    /// The number of times that the only worker of a server has waited while it had requests to answer.
    private static func waitsWhileBusy() async throws -> Int {
        let isOpen = Atomic<Bool>(false)
        let waits = Locked<[Int]>([])
        let server = try await RunningServer(.with { $0.spareWorkers = 0 }, workers: 1) { _ in
            // The first request occupies the only thread until all have arrived.
            while !isOpen.load(ordering: .acquiring) { usleep(1000) }
            let count = Self.waits
            waits.withLock { $0.append(count) }
            return Response()
        }
        let peers = try (0..<Self.count).map { _ in try server.peer() }
        for peer in peers { try peer.send(Peer.head(Peer.parameters()) + Peer.body([])) }
        isOpen.store(true, ordering: .releasing)
        for peer in peers { #expect(try peer.answer().protocolStatus == 0) }
        let seen = waits.withLock { $0 }
        #expect(seen.count == Self.count)
        try await server.stop()
        return (seen.last ?? 0) - (seen.first ?? 0)
    }

    @Test("New connections do not starve accepted ones") func fairness() async throws {
        let isOpen = Atomic<Bool>(false)
        let paths = Locked<[String]>([])
        let server = try await RunningServer(.with { $0.spareWorkers = 0 }, workers: 1) { request in
            paths.withLock { $0.append(request.path) }
            while request.path == "/first", !isOpen.load(ordering: .acquiring) { usleep(1000) }
            return Response()
        }
        let kept = try (0..<16).map { _ in try server.peer() }
        for peer in kept { #expect(try peer.request().protocolStatus == 0) }
        // This connection occupies the only thread until all others are connected, so none of them is accepted before.
        let first = try server.peer()
        try first.send(Peer.head(Peer.parameters("GET", "/first")) + Peer.body([]))
        try await RunningServer.wait { paths.withLock { $0.last == "/first" } }
        paths.withLock { $0 = [] }

        let new = try (0..<200).map { _ in try server.peer() }
        for peer in new { try peer.send(Peer.head(Peer.parameters("GET", "/new")) + Peer.body([])) }
        for peer in kept { try peer.send(Peer.head(Peer.parameters("GET", "/kept")) + Peer.body([])) }
        isOpen.store(true, ordering: .releasing)
        for peer in [first] + kept + new { #expect(try peer.answer().protocolStatus == 0) }

        // They take turns. Whether a new connection or a kept one is next is not defined, so the limit leaves some
        // room.
        let order = paths.withLock { $0 }
        #expect(order.count == kept.count + new.count)
        #expect(try #require(order.lastIndex(of: "/kept")) < 4 * kept.count)
        #expect(order.prefix(2 * kept.count).contains("/new"))
        try await server.stop()
    }
}
