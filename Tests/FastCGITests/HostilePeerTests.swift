import FastCGI
import Glibc
import Synchronization
import Testing

/// What comes at the wrong moment: ahead of its turn, together with the end of the connection, or while a request ends.
@Suite(.serialized) struct HostilePeerTests {
    /// Passes a little time, from none to some hundred microseconds: the moments that matter are that near to each other.
    private static func spin(_ number: Int) {
        var sum = 0
        for value in 0..<(number % 64) * 400 { sum &+= value ^ sum }
        #expect(sum != .min)
    }

    private static func request(_ number: Int, id: UInt16 = 1, method: String = "GET") -> [UInt8] {
        Peer.head(Peer.parameters(method, "/\(number)"), id: id) + Peer.body([], id: id)
    }

    @Test(arguments: RunningServer.Transport.allCases)
    func `a request that comes right after another is answered after it`(transport: RunningServer.Transport)
        async throws
    {
        let server = try await RunningServer(on: transport) { request in
            if request.path.hasSuffix("7") { await Task.yield() }
            return Response(body: .string(request.path))
        }
        let peer = try server.peer()
        for number in 0..<3000 {
            try peer.send(Self.request(number, id: 1))
            Self.spin(number)
            try peer.send(Self.request(-number, id: 2))
            #expect(try peer.answer(id: 1).body == Array("/\(number)".utf8))
            #expect(try peer.answer(id: 2).body == Array("/\(-number)".utf8))
        }
        try await server.stop()
    }

    @Test func `a request behind one that fills what is read at once is seen`() async throws {
        let server = try await RunningServer { request in
            Response(body: .string(String(try await request.body.collect(upTo: 1 << 20).count)))
        }
        let head = Peer.head(Peer.parameters("POST"))
        for size in [64 << 10, 128 << 10] {
            let records = (size - head.count - 8) / 30_000 + 1
            let content = size - head.count - 8 - 8 * records
            var body: [UInt8] = []
            for number in 0..<records {
                let count = content * (number + 1) / records - content * number / records
                body += Peer.record(5, [UInt8](repeating: 1, count: count))
            }
            let peer = try server.peer()
            #expect(try peer.request("GET", "/first").body == Array("0".utf8))
            let first = head + body + Peer.record(5)
            #expect(first.count == size)
            var space = Int32(1 << 20)
            setsockopt(peer.descriptor, SOL_SOCKET, SO_SNDBUF, &space, socklen_t(MemoryLayout<Int32>.size))
            try peer.send(first + Self.request(2, id: 2))
            #expect(try peer.answer(id: 1).body == Array(String(content).utf8))
            #expect(try peer.answer(id: 2).body == Array("0".utf8))
        }
        try await server.stop()
    }
}

/// A thread that may block, as the peers of this file do: the test's own tasks have other work.
final class Thread {
    private let thread: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            {
                Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(run)).toOpaque())
        self.thread = thread
    }

    func join() { pthread_join(self.thread, nil) }
}
