import FastCGI
import Glibc
import Testing

/// Bodies that are refused while they are still arriving: the peer receives the response, even if it writes before it
/// reads.
@Suite struct RefusedBodyTests {
    private static let limit = 1 << 20

    private static func server(on transport: RunningServer.Transport) async throws -> RunningServer {
        try await RunningServer(.with { $0.bodyLimit = Self.limit }, on: transport) { request in
            Response(body: .bytes(try await request.body.collect(upTo: .max)))
        }
    }

    /// The head of a request that is refused before its body is read, or when the body exceeds the limit.
    private static func head(isDeclared: Bool, keep: Bool) -> [UInt8] {
        Peer.head(
            Peer.parameters("POST", "/", isDeclared ? [("CONTENT_LENGTH", "\(2 * Self.limit)")] : []), keep: keep)
    }

    @Test(
        "A peer that writes the whole body before it reads receives the response",
        arguments: RunningServer.Transport.allCases, [true, false])
    func wholeBody(
        transport: RunningServer.Transport, isDeclared: Bool
    ) async throws {
        let server = try await Self.server(on: transport)
        for keep in [true, false] {
            let peer = try server.peer()
            try peer.send(Self.head(isDeclared: isDeclared, keep: keep))
            try peer.send(Peer.body([UInt8](repeating: 1, count: 2 * Self.limit - 10_000)))
            #expect(try peer.answer().status == "413 Content Too Large")
            #expect(try peer.isClosed())
        }
        try await server.stop()
    }

    @Test("A slow peer receives the response, too", arguments: RunningServer.Transport.allCases)
    func slowPeer(transport: RunningServer.Transport) async throws {
        let server = try await Self.server(on: transport)
        let peer = try server.peer()
        try peer.send(Self.head(isDeclared: true, keep: false))
        // More than two seconds in total, but less between two records.
        for _ in 0..<16 {
            try await Task.sleep(for: .milliseconds(200))
            try peer.send(Peer.record(5, [UInt8](repeating: 1, count: 50_000)))
        }
        try peer.send(Peer.record(5))
        #expect(try peer.answer().status == "413 Content Too Large")
        try await server.stop()
    }

    @Test("A body without an end is cut off after twice its limit", arguments: RunningServer.Transport.allCases)
    func endlessBody(transport: RunningServer.Transport) async throws {
        let server = try await Self.server(on: transport)
        let peer = try server.peer()
        try peer.send(Self.head(isDeclared: true, keep: false))
        let record = Peer.record(5, [UInt8](repeating: 1, count: 60_000))
        var taken = 0
        do {
            // The rest is an allowance for the buffers of both sockets.
            while taken < 2 * Self.limit + (16 << 20) {
                try peer.send(record)
                taken += record.count
            }
            Issue.record("\(taken) bytes were taken")
        } catch is Peer.Failure {
            #expect(taken >= Self.limit)
        }
        try await server.stop()
    }

    @Test("A peer that never stops sending is cut off after ten seconds") func endlessPeer() async throws {
        let server = try await Self.server(on: .unix)
        let peer = try server.peer()
        try peer.send(Self.head(isDeclared: true, keep: false))
        let start = ContinuousClock.now
        do {
            while start.duration(to: .now) < .seconds(25) {
                try peer.send(Peer.record(5, [1]))
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("the connection is still open")
        } catch is Peer.Failure {
            #expect(start.duration(to: .now) > .seconds(5))
        }
        try await server.stop()
    }
}
