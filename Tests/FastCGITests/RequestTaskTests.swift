import FastCGI
import Glibc
import Sendfile
import Synchronization
import Testing

/// Requests share tasks, one after the other. No effect of one request may reach the next.
@Suite struct RequestTaskTests {
    @Test("An abort of one request never cancels the next one", arguments: RunningServer.Transport.allCases)
    func cancellation(
        transport: RunningServer.Transport
    ) async throws {
        let cancelled = Atomic<Int>(0)
        let server = try await RunningServer(on: transport) { request in
            guard request.path != "/abort" else {
                do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.add(1, ordering: .relaxed) }
                return Response()
            }
            if Task.isCancelled { return Response(body: .string("began cancelled")) }
            let microseconds = Int(request.path.dropFirst()) ?? 0
            if microseconds > 0 { try? await Task.sleep(for: .microseconds(microseconds)) }
            return Response(body: .string(Task.isCancelled ? "cancelled" : "fine"))
        }
        let answered = Atomic<Int>(0)
        let wrong = Atomic<Int>(0)
        let rounds = 300
        let honest = (0..<4).map { _ in
            Thread {
                guard let peer = try? server.peer() else { return }
                while cancelled.load(ordering: .relaxed) < 4 * rounds {
                    let path = "/\(Int.random(in: 0...3) * 50)"
                    guard let answer = try? peer.request("GET", path) else { break }
                    if answer.body != Array("fine".utf8) { wrong.add(1, ordering: .relaxed) }
                    answered.add(1, ordering: .relaxed)
                }
            }
        }
        let aborting = (0..<4).map { _ in
            Thread {
                guard let peer = try? server.peer() else { return }
                for _ in 0..<rounds {
                    let request = Peer.head(Peer.parameters("GET", "/abort")) + Peer.body([])
                    // The abort is sent together with the request, or a moment later.
                    if Bool.random() {
                        try? peer.send(request + Peer.record(2))
                    } else {
                        try? peer.send(request)
                        usleep(UInt32.random(in: 0...300))
                        try? peer.send(Peer.record(2))
                    }
                    _ = try? peer.answer()
                }
            }
        }
        for thread in aborting { thread.join() }
        try await RunningServer.wait { cancelled.load(ordering: .relaxed) == 4 * rounds }
        for thread in honest { thread.join() }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(answered.load(ordering: .relaxed) > 0)
        try await server.stop()
    }

    @TaskLocal private static var place = "nowhere"

    @Test("Each handler has the task-local values of the task that runs the server, and none of another request")
    func taskLocals() async throws {
        let waiting = Locked<[CheckedContinuation<Void, Never>]>([])
        let server = try await Self.$place.withValue("server") {
            try await RunningServer { request in
                let before = Self.place
                return await Self.$place.withValue("request") {
                    // With many suspended handlers, each request gets a task of its own.
                    if request.path == "/wait" {
                        await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
                    }
                    return Response(body: .string("\(before) \(Self.place)"))
                }
            }
        }
        let peers = try (0..<60).map { _ in try server.peer() }
        for peer in peers { try peer.send(Peer.head(Peer.parameters("GET", "/wait")) + Peer.body([])) }
        try await RunningServer.wait { waiting.withLock { $0.count } == peers.count }
        for continuation in waiting.withLock({ $0 }) { continuation.resume() }
        for peer in peers {
            #expect(try String(decoding: peer.answer().body, as: UTF8.self) == "server request")
            #expect(try String(decoding: peer.request("GET", "/next").body, as: UTF8.self) == "server request")
        }
        try await server.stop()
    }

    /// A weak reference shows whether the object still exists.
    private final class Probe: Sendable {}
    private final class Reference: Sendable {
        weak let probe: Probe?
        init(_ probe: Probe) { self.probe = probe }
    }

    @Test("The objects of a request are released when it is answered, although its task continues") func memory()
        async throws
    {
        let references = Locked<[Reference]>([])
        let server = try await RunningServer { request in
            let probe = Probe()
            references.withLock { $0.append(Reference(probe)) }
            return Response(
                body: .stream(
                    AsyncStream { stream in
                        withExtendedLifetime(probe) { _ = stream.yield([1, 2, 3]) }
                        stream.finish()
                    }))
        }
        let peer = try server.peer()
        for _ in 0..<20 { #expect(try peer.request("GET", "/").body == [1, 2, 3]) }
        try await RunningServer.wait { references.withLock { $0.allSatisfy { $0.probe == nil } } }
        #expect(references.withLock { $0.count } == 20)
        try await server.stop()
    }
}
