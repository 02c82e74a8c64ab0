import FastCGI
import Glibc
import Synchronization
import Testing

/// Handlers that occupy a worker for longer than `FASTCGI_STALL_TIMEOUT`.
@Suite struct StalledHandlerTests {
    enum Stall: CaseIterable { case sleeps, computes, computesAfterSuspension }

    /// Stalls until the gate opens.
    private static func stall(_ stall: Stall, _ isOpen: borrowing Atomic<Bool>) {
        while !isOpen.load(ordering: .relaxed) { if stall == .sleeps { usleep(1000) } }
    }

    private static func lines(_ server: RunningServer) -> [String] {
        server.log.all.filter { $0.contains("FASTCGI_STALL_TIMEOUT") }
    }

    @Test(
        "A handler that occupies a worker is named once, counted, and delays no other request",
        arguments: Stall.allCases)
    func oneStall(_ stall: Stall) async throws {
        let isOpen = SharedFlag()
        let gate = Gate()
        let server = try await RunningServer(.with { $0.stallTimeout = .milliseconds(200) }, workers: 2) { request in
            if request.path == "/stall" {
                if stall == .computesAfterSuspension { await gate.wait() }
                Self.stall(stall, isOpen.value)
            }
            return Response(body: .string(request.path))
        }
        // The monitor sleeps meanwhile.
        try await Task.sleep(for: .milliseconds(500))
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("POST", "/stall?secret")) + Peer.body([]))
        if stall == .computesAfterSuspension {
            try await RunningServer.wait { gate.waiting == 1 }
            gate.open()
        }
        try await RunningServer.wait { !Self.lines(server).isEmpty }
        let other = try server.peer()
        for number in 0..<100 { #expect(try other.request("GET", "/\(number)").body == Array("/\(number)".utf8)) }
        isOpen.value.store(true, ordering: .relaxed)
        #expect(try peer.answer().body == Array("/stall".utf8))
        let lines = Self.lines(server)
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        for text in ["error ", "POST", "/stall", "\"request\": 1", "milliseconds"] {
            #expect(line.contains(text), "\(line)")
        }
        #expect(!line.contains("secret"))
        #expect(server.statistics.limitsHit[.stallTimeout] == 1)
        #expect(server.statistics.json.contains("\"stall_timeout\":1"))
        try await server.stop()
    }

    @Test("Handlers that occupy all workers are all named")
    func allStall() async throws {
        let isOpen = SharedFlag()
        let server = try await RunningServer(
            .with {
                $0.stallTimeout = .milliseconds(200)
                $0.spareWorkers = 0
            }, workers: 2
        ) { request in
            Self.stall(request.path == "/1" ? .sleeps : .computes, isOpen.value)
            return Response(body: .string(request.path))
        }
        let peers = try ["/1", "/2"].map { path in
            let peer = try server.peer()
            try peer.send(Peer.head(Peer.parameters("GET", path)) + Peer.body([]))
            return peer
        }
        try await RunningServer.wait { Self.lines(server).count == 2 }
        for path in ["/1", "/2"] { #expect(Self.lines(server).contains { $0.contains("\"path\": \(path)") }) }
        isOpen.value.store(true, ordering: .relaxed)
        for peer in peers { #expect(try peer.answer().status == "200 OK") }
        try await server.stop()
    }

    @Test("A computation that is moved to another executor occupies no worker and is not named")
    func movedComputation() async throws {
        let isOpen = SharedFlag()
        let server = try await RunningServer(.with { $0.stallTimeout = .milliseconds(100) }, workers: 1) { request in
            if request.path == "/moved" { await Task.detached { Self.stall(.computes, isOpen.value) }.value }
            return Response(body: .string(request.path))
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("GET", "/moved")) + Peer.body([]))
        let start = ContinuousClock.now
        let other = try server.peer()
        while start.duration(to: .now) < .milliseconds(500) {
            #expect(try other.request("GET", "/other").status == "200 OK")
        }
        isOpen.value.store(true, ordering: .relaxed)
        #expect(try peer.answer().body == Array("/moved".utf8))
        #expect(Self.lines(server).isEmpty)
        try await server.stop()
    }

    @Test("A handler that suspends for long occupies no worker and is not named")
    func suspendedHandler() async throws {
        let gate = Gate()
        let server = try await RunningServer(.with { $0.stallTimeout = .milliseconds(100) }, workers: 2) { request in
            await gate.wait()
            return Response(body: .string(request.path))
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("GET", "/suspended")) + Peer.body([]))
        try await RunningServer.wait { gate.waiting == 1 }
        try await Task.sleep(for: .milliseconds(600))
        gate.open()
        #expect(try peer.answer().status == "200 OK")
        #expect(Self.lines(server).isEmpty)
        #expect(server.statistics.limitsHit[.stallTimeout] == 0)
        try await server.stop()
    }

    private final class SharedFlag: Sendable {
        let value = Atomic<Bool>(false)
    }
}
