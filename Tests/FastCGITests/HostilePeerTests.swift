import FastCGI
import Glibc
import Synchronization
import Testing

/// Records at a wrong moment: too early, together with the end of the connection, or while a request ends.
@Suite(.serialized) struct HostilePeerTests {
    /// Waits up to some hundred microseconds, because the relevant moments are that close to each other.
    private static func spin(_ number: Int) {
        var sum = 0
        for value in 0..<(number % 64) * 400 { sum &+= value ^ sum }
        #expect(sum != .min)
    }

    private static func request(_ number: Int, id: UInt16 = 1, method: String = "GET") -> [UInt8] {
        Peer.head(Peer.parameters(method, "/\(number)"), id: id) + Peer.body([], id: id)
    }

    @Test(
        "A request that arrives right after another one is answered after it",
        arguments: RunningServer.Transport.allCases)
    func pipelinedRequests(transport: RunningServer.Transport)
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

    @Test("A request after one that fills the read buffer is answered") func fullBuffer() async throws {
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

    enum End: CaseIterable { case abort, close }

    @Test(
        "A peer that disconnects at any moment cancels the handler", arguments: RunningServer.Transport.allCases,
        End.allCases)
    func disconnect(
        transport: RunningServer.Transport, end: End
    ) async throws {
        let began = Atomic<Int>(0)
        let ended = Atomic<Int>(0)
        let server = try await RunningServer(on: transport) { request in
            guard request.path != "/0" else { return Response(body: .string("kept")) }
            began.add(1, ordering: .relaxed)
            // Some handlers have not suspended yet when the end is reported.
            if request.path.hasSuffix("3") { usleep(300) }
            do { try await Task.sleep(for: .seconds(60)) } catch { ended.add(1, ordering: .relaxed) }
            return Response(body: .string("unread"))
        }
        let count = 400
        var peers: [Peer] = []
        for number in 1...count {
            let peer = try server.peer()
            // On a kept connection the end is reported together with the request, or right after it.
            if number % 4 > 0 { #expect(try peer.request("GET", "/0").body == Array("kept".utf8)) }
            switch end {
            case .abort:
                if number % 3 == 0 {
                    try peer.send(Self.request(number) + Peer.record(2))
                } else {
                    try peer.send(Self.request(number))
                    Self.spin(number)
                    try peer.send(Peer.record(2))
                }
                peers.append(peer)
            case .close:
                try peer.send(Self.request(number))
                Self.spin(number)
            }
        }
        // A request of a peer that closes at once may not be read, but every request that begins must end.
        try await RunningServer.wait {
            began.load(ordering: .relaxed) == ended.load(ordering: .relaxed) && server.statistics.activeRequests == 0
                && (end == .close || ended.load(ordering: .relaxed) == count)
        }
        for peer in peers {
            #expect(try peer.answer().protocolStatus == 0)
            #expect(try peer.request("GET", "/0").body == Array("kept".utf8))
        }
        try await server.stop()
    }

    @Test("An abort within a body cancels the handler's next wait") func abortInBody() async throws {
        let began = Atomic<Int>(0)
        let sent = Atomic<Int>(0)
        let ended = Atomic<Int>(0)
        let server = try await RunningServer { request in
            // The abort has arrived when the handler reads the body, before it has suspended.
            let number = began.add(1, ordering: .relaxed).newValue
            while sent.load(ordering: .relaxed) < number { usleep(1000) }
            _ = try? await request.body.collect(upTo: 1000)
            do { try await Task.sleep(for: .seconds(60)) } catch { ended.add(1, ordering: .relaxed) }
            return Response()
        }
        let head = Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "10")]))
        let ends = [Peer.record(2), Peer.record(5, [2]) + Peer.record(5) + Peer.record(2)]
        for (number, end) in ends.enumerated() {
            let peer = try server.peer()
            try peer.send(head + Peer.record(5, [1]))
            try await RunningServer.wait { began.load(ordering: .relaxed) == number + 1 }
            try peer.send(end)
            sent.add(1, ordering: .relaxed)
            try await RunningServer.wait { ended.load(ordering: .relaxed) == number + 1 }
        }
        try await server.stop()
    }

    @Test("A handler is not cancelled while a slow upload arrives") func slowUpload() async throws {
        let received = Atomic<Int>(0)
        let server = try await RunningServer(.with { $0.handlerTimeout = .milliseconds(100) }) { request in
            guard request.path == "/upload" else {
                for await _ in AsyncStream<Void>.makeStream().stream {}
                return Response()
            }
            var body: [UInt8] = []
            for try await chunk in request.body {
                body += chunk
                received.store(body.count, ordering: .relaxed)
            }
            return Response(body: .bytes(body))
        }
        let (uploading, hanging) = (try server.peer(), try server.peer())
        try uploading.send(
            Peer.head(Peer.parameters("POST", "/upload", [("CONTENT_LENGTH", "2")])) + Peer.record(5, [1]))
        try await RunningServer.wait { received.load(ordering: .relaxed) == 1 }
        // The time limit of a handler that began later passes first.
        try hanging.send(Peer.head(Peer.parameters("GET", "/")) + Peer.body([]))
        #expect(try hanging.answer().status == "504 Gateway Timeout")
        try uploading.send(Peer.record(5, [2]) + Peer.record(5))
        let answer = try uploading.answer()
        #expect(answer.status == "200 OK")
        #expect(answer.body == [1, 2])
        try await server.stop()
    }

    @Test("Tasks of a handler stop waiting for a body that does not arrive in time") func lateBody() async throws {
        let ended = Atomic<Int>(0)
        let server = try await RunningServer(
            .with { ($0.handlerTimeout, $0.readTimeout) = (.milliseconds(20), .milliseconds(160)) }
        ) { request in
            defer { ended.add(1, ordering: .relaxed) }
            async let other: Void = { for try await _ in request.body {} }()
            for try await _ in request.body {}
            try await other
            return Response()
        }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "10")])) + Peer.record(5, [1]))
        #expect(try peer.answer().status == "408 Request Timeout")
        try await RunningServer.wait { ended.load(ordering: .relaxed) == 1 }
        try await server.stop()
    }

    @Test("A record within a body gets one reply") func recordsInBody() async throws {
        let server = try await RunningServer { request in
            Response(body: .bytes(try await request.body.collect(upTo: 1000)))
        }
        let peer = try server.peer()
        try peer.send(
            Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "4")])) + Peer.record(5, [1, 2])
                + Peer.record(9, id: 0, Peer.pairs([("FCGI_MPXS_CONNS", "")])))
        #expect(try peer.nextRecord()?.type == 10)
        try peer.send(Peer.record(5, [3, 4]) + Peer.record(5))
        #expect(try peer.answer().body == [1, 2, 3, 4])
        try await server.stop()
    }

    @Test("Many requests for an unknown role do not use up the stack") func unknownRoles() async throws {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let peer = try server.peer()
        let count = 30_000
        let requests = [UInt8](
            (0..<count / 100).flatMap { _ in
                (0..<100).flatMap { _ in Peer.begin(role: 9) + Peer.record(4) }
            })
        // Written and read at once, so that neither side has to wait for the other.
        let descriptor = peer.descriptor
        let sender = Thread {
            var sent = 0
            while sent < requests.count {
                let count = requests.withUnsafeBytes {
                    send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }
        // Each request is answered, or the peer is cut off, because it may have accepted the responses too slowly.
        var answers = 0
        while answers < count, try peer.answer().protocolStatus == 3 { answers += 1 }
        shutdown(descriptor, Int32(SHUT_RDWR))
        sender.join()
        #expect(try server.peer().request("GET", "/next").body == Array("/next".utf8))
        try await server.stop()
    }

    @Test("Peers that never stop sending occupy no thread") func endlessPeers() async throws {
        let server = try await RunningServer { Response(body: .string($0.path)) }
        let isOver = Atomic<Bool>(false)
        let peers = try (0..<8).map { _ in try server.peer() }
        // Records that belong to no request are skipped.
        let records = [UInt8]((0..<100).flatMap { _ in Peer.record(5, id: 7, [UInt8](repeating: 1, count: 1000)) })
        let senders = withExtendedLifetime(isOver) {
            peers.map { peer in
                let descriptor = peer.descriptor
                return Thread {
                    while !isOver.load(ordering: .relaxed) {
                        guard
                            records.withUnsafeBytes({
                                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                            }) == records.count
                        else { return }
                    }
                }
            }
        }
        let other = try server.peer()
        for number in 0..<200 {
            #expect(try other.request("GET", "/\(number)").body == Array("/\(number)".utf8))
        }
        isOver.store(true, ordering: .relaxed)
        for sender in senders { sender.join() }
        try await server.stop()
    }
}

/// A thread that may block, as the peers of this file do; blocking a task would occupy a thread of the test.
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
