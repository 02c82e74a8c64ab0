import FastCGI
import Glibc
import Testing

/// A server on its own socket that stops by itself.
@Suite struct RequestLimitTests {
    @Test("A server stops after its last request", arguments: [1, 7, 100], [true, false])
    func lastRequest(limit: Int, keeps: Bool) async throws {
        let server = try await RunningServer(.with { $0.requestLimit = limit }) { Response(body: .string($0.path)) }
        var peer = try server.peer()
        for number in 1...limit {
            if !keeps, number > 1 { peer = try server.peer() }
            let answer = try peer.request("GET", "/\(number)", keep: keeps)
            #expect(answer.body == Array("/\(number)".utf8))
            #expect(answer.protocolStatus == 0)
        }
        #expect(try peer.isClosed())
        #expect(throws: Peer.Failure.self) { try server.peer() }
        try await server.end()
    }

    @Test("Requests that run when the last one begins are finished") func runningRequests() async throws {
        let gate = Gate()
        let server = try await RunningServer(.with { $0.requestLimit = 7 }) { request in
            await gate.wait()
            return Response(body: .string(request.path))
        }
        let peers = try (0..<7).map { _ in try server.peer() }
        for peer in peers { try peer.send(Peer.head(Peer.parameters("GET", "/slow")) + Peer.body([])) }
        try await RunningServer.wait { gate.waiting == 7 && access(server.path, F_OK) != 0 }
        gate.open()
        for peer in peers {
            let answer = try peer.answer()
            #expect(answer.body == Array("/slow".utf8))
            #expect(answer.protocolStatus == 0)
            #expect(try peer.isClosed())
        }
        try await server.end()
    }

    @Test("Connections without a request do not withhold the last requests from others") func silentConnections()
        async throws
    {
        let server = try await RunningServer(.with { $0.requestLimit = 4 }) { Response(body: .string($0.path)) }
        let idle = try server.peer()
        #expect(try idle.request("GET", "/first").body == Array("/first".utf8))
        // One kept connection and two silent ones hold the three requests that are left.
        let silent = try (0..<2).map { _ in try server.peer() }
        for number in 2...4 {
            #expect(try server.peer().request("GET", "/\(number)", keep: false).body == Array("/\(number)".utf8))
        }
        #expect(try idle.isClosed())
        for peer in silent { #expect(try peer.isClosed()) }
        try await server.end()
    }

    @Test("A connection in the kernel's queue when the last request begins is answered, too") func queuedConnections()
        async throws
    {
        let server = try await RunningServer(.with { $0.requestLimit = 1 }) { Response(body: .string($0.path)) }
        let first = try server.peer()
        let waiting = try (0..<10).map { _ in try server.peer() }
        let request = Peer.head(Peer.parameters("GET", "/all"), keep: false) + Peer.body([])
        for peer in waiting { try peer.send(request) }
        try first.send(request)
        for peer in [first] + waiting {
            let answer = try peer.answer()
            #expect(answer.body == Array("/all".utf8))
            #expect(answer.protocolStatus == 0)
        }
        try await server.end()
    }
}
