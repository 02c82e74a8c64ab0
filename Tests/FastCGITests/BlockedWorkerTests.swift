import FastCGI
import Glibc
import Sendfile
import Synchronization
import Testing

/// Handlers that block the threads of the server.
@Suite struct BlockedWorkerTests {
    /// Requests for `/block` block their threads until the gate opens.
    private final class Blockade: Sendable {
        private let isOpen = Atomic<Bool>(false)
        private let blocked = Atomic<Int>(0)

        var count: Int { self.blocked.load(ordering: .acquiring) }

        func open() { self.isOpen.store(true, ordering: .releasing) }

        func block() {
            self.blocked.add(1, ordering: .releasing)
            while !self.isOpen.load(ordering: .acquiring) { usleep(1000) }
        }

        func respond(_ request: Request) -> Response {
            if request.path == "/block" { self.block() }
            return Response(body: .string(request.path))
        }
    }

    private static func send(_ path: String, to server: RunningServer) throws -> Peer {
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("GET", path)) + Peer.body([]))
        return peer
    }

    @Test("Requests are answered while more handlers block than there are workers")
    func moreBlockedHandlersThanWorkers() async throws {
        let blockade = Blockade()
        let server = try await RunningServer(workers: 2) { blockade.respond($0) }
        let blocked = try (0..<8).map { _ in try Self.send("/block", to: server) }
        let kept = try server.peer()
        for number in 0..<50 {
            #expect(try kept.request("GET", "/\(number)").body == Array("/\(number)".utf8))
            #expect(try server.peer().request("GET", "/new").status == "200 OK")
        }
        try await RunningServer.wait { blockade.count == 8 }
        #expect(server.statistics.replacedWorkers >= 7)
        #expect(server.statistics.blockedWorkers >= 6)
        #expect(server.statistics.workers == 2)
        blockade.open()
        for peer in blocked { #expect(try peer.answer().body == Array("/block".utf8)) }
        try await RunningServer.wait { server.statistics.blockedWorkers == 0 }
        for number in 0..<50 { #expect(try kept.request("GET", "/\(number)").status == "200 OK") }
        try await server.stop()
    }

    @Test("A worker leaves the next request of a connection to another worker before a handler blocks it")
    func nextRequestOfBlockedWorker() async throws {
        let blockade = Blockade()
        let gate = Gate()
        let server = try await RunningServer(workers: 1) { request in
            switch request.path {
            case "/wait":
                await gate.wait()
                blockade.block()
            case "/1": gate.open()
            default: break
            }
            return Response(body: .string(request.path))
        }
        let waiting = try Self.send("/wait", to: server)
        try await RunningServer.wait { gate.waiting == 1 }
        // The first of them has the only worker run the handler above in one of its next turns.
        let peer = try server.peer()
        try peer.send((1...5).flatMap { Peer.head(Peer.parameters("GET", "/\($0)")) + Peer.body([]) })
        for number in 1...5 { #expect(try peer.answer().body == Array("/\(number)".utf8)) }
        try await RunningServer.wait { blockade.count == 1 }
        blockade.open()
        #expect(try waiting.answer().body == Array("/wait".utf8))
        try await server.stop()
    }

    @Test("No more workers are replaced than FASTCGI_SPARE_WORKERS allows")
    func spareWorkerLimit() async throws {
        let blockade = Blockade()
        let server = try await RunningServer(.with { $0.spareWorkers = 2 }, workers: 1) { blockade.respond($0) }
        let blocked = try (0..<3).map { _ in try Self.send("/block", to: server) }
        try await RunningServer.wait { server.statistics.limitsHit[.spareWorkers] == 1 }
        #expect(blockade.count == 3)
        #expect(server.statistics.replacedWorkers == 2)
        let late = try Self.send("/late", to: server)
        blockade.open()
        for peer in blocked { #expect(try peer.answer().status == "200 OK") }
        #expect(try late.answer().body == Array("/late".utf8))
        try await RunningServer.wait { server.log.contains("2 workers are blocked") }
        try await server.stop()
    }

    @Test("A worker that computes keeps its seat")
    func computingWorker() async throws {
        let server = try await RunningServer(workers: 1) { _ in
            let start = ContinuousClock.now
            var sum = 0
            while start.duration(to: .now) < .milliseconds(100) { sum &+= 1 }
            return Response(body: .string("\(sum)"))
        }
        for _ in 0..<3 { #expect(try server.peer().request().status == "200 OK") }
        #expect(server.statistics.replacedWorkers == 0)
        try await server.stop()
    }

    @Test("A call that does not return does not hold up the end of the server", arguments: [0, 64])
    func endWithBlockedWorker(spareWorkers: Int) async throws {
        let blockade = Blockade()
        let configuration = FastCGIServer.Configuration.with {
            $0.drainTimeout = .milliseconds(200)
            $0.spareWorkers = spareWorkers
        }
        let server = try await RunningServer(configuration, workers: 2) { blockade.respond($0) }
        let peer = try Self.send("/block", to: server)
        try await RunningServer.wait { blockade.count == 1 }
        try await server.stop()
        #expect(server.log.contains("the drain time is over"))
        blockade.open()
        // The call has returned, and its thread finishes its turn.
        #expect(try peer.answer().body == Array("/block".utf8))
    }

    @Test("A call that blocks for long is logged with its request")
    func loggedBlock() async throws {
        let blockade = Blockade()
        let server = try await RunningServer(workers: 1) { blockade.respond($0) }
        let peer = try Self.send("/block", to: server)
        try await RunningServer.wait { server.log.contains("a call has blocked a worker for more than 1 s") }
        blockade.open()
        #expect(try peer.answer().status == "200 OK")
        try await RunningServer.wait {
            server.log.all.contains { $0.contains("a call has blocked a worker [") && $0.contains("/block") }
        }
        try await server.stop()
    }
}
