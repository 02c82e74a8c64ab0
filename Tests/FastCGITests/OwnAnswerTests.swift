import FastCGI
import Glibc
import Sendfile
import Synchronization
import Testing

/// Every peer gets its own responses, with concurrent events of all kinds. Every server here has four threads.
@Suite(.serialized) struct OwnAnswerTests {
    /// The errors that one thread of peers found.
    private final class Findings: Sendable {
        private let found = Locked<[String]>([])
        let answered = Atomic<Int>(0)

        var all: [String] { self.found.withLock { $0 } }
        func add(_ text: String) { self.found.withLock { $0.append(text) } }
    }

    /// Returns the request's own content, in one of the ways through the server.
    private static func echo(_ request: Request) async throws -> Response {
        let number = Int(request.path.dropFirst()) ?? 0
        switch number % 5 {
        case 0: break
        case 1: await Task.yield()
        case 2: try await Task.sleep(for: .microseconds(number % 900))
        case 3: usleep(UInt32(number % 50))
        default: await Task.detached { _ = usleep(UInt32(number % 300)) }.value
        }
        let body = try await request.body.collect(upTo: 1 << 20)
        let text = Array("\(request.path) \(request.parameters["UNIQUE"] ?? "") ".utf8) + body
        guard number % 7 != 0 else {
            return Response(
                body: .stream(
                    AsyncStream { stream in
                        for start in stride(from: 0, to: text.count, by: 1000) {
                            stream.yield(Array(text[start...].prefix(1000)))
                        }
                        stream.finish()
                    }))
        }
        return Response(body: .bytes(text))
    }

    /// Sends one unique request and returns the error in its response, if any.
    private static func ask(_ peer: Peer, _ number: Int, _ random: inout some RandomNumberGenerator) throws -> String? {
        let unique = String(UInt64.random(in: .min ... .max, using: &random), radix: 16)
        let body = [UInt8](
            repeating: UInt8.random(in: 1...255, using: &random),
            count: [0, 0, 10, 5000, 100_000].randomElement(using: &random) ?? 0)
        let id = UInt16.random(in: 1...3, using: &random)
        let bytes =
            Peer.head(
                Peer.parameters("POST", "/\(number)", [("UNIQUE", unique), ("CONTENT_LENGTH", "\(body.count)")]), id: id
            )
            + Peer.body(body, id: id)
        if Bool.random(using: &random) {
            let cut = Int.random(in: 0...bytes.count, using: &random)
            try peer.send(Array(bytes[..<cut]))
            usleep(UInt32.random(in: 0...200, using: &random))
            try peer.send(Array(bytes[cut...]))
        } else {
            try peer.send(bytes)
        }
        let answer = try peer.answer(id: id)
        guard answer.protocolStatus == 0 else { return answer.output.isEmpty ? "no end" : "half an answer" }
        guard answer.status == "200 OK" else { return answer.status }
        let expected = Array("/\(number) \(unique) ".utf8) + body
        return answer.body == expected ? nil : "asked \(number) \(unique), got \(answer.body.prefix(60))"
    }

    @Test(
        "Each of many kept connections receives the responses to its own requests",
        arguments: RunningServer.Transport.allCases)
    func keptConnections(
        transport: RunningServer.Transport
    ) async throws {
        let server = try await RunningServer(on: transport, handler: Self.echo)
        let findings = Findings()
        let enough = 200
        let threads = (0..<12).map { thread in
            Thread {
                do {
                    var random = SystemRandomNumberGenerator()
                    var peers = try (0..<8).map { _ in try server.peer() }
                    let end = ContinuousClock.now + .seconds(4)
                    while ContinuousClock.now < end || findings.answered.load(ordering: .relaxed) <= enough {
                        let index = Int.random(in: 0..<8, using: &random)
                        if Int.random(in: 0..<50, using: &random) == 0 { peers[index] = try server.peer() }
                        let number = Int.random(in: 0..<100_000, using: &random)
                        if let wrong = try Self.ask(peers[index], number, &random) { findings.add(wrong) }
                        findings.answered.add(1, ordering: .relaxed)
                    }
                } catch { findings.add("\(error)") }
            }
        }
        for thread in threads { thread.join() }
        #expect(findings.all.isEmpty)
        #expect(findings.answered.load(ordering: .relaxed) > enough)
        try await server.stop()
    }

    @Test("A time limit that passes at the moment of the response causes one response, and the right one")
    func handlerTimeout() async throws {
        let server = try await RunningServer(.with { $0.handlerTimeout = .milliseconds(40) }) { request in
            // Around the limit, which is checked every 20 milliseconds.
            try? await Task.sleep(for: .milliseconds(30 + (Int(request.path.dropFirst()) ?? 0) % 40))
            return Response(body: .string(request.path))
        }
        let findings = Findings()
        let late = Atomic<Int>(0)
        let inTime = Atomic<Int>(0)
        let threads = (0..<16).map { thread in
            Thread {
                do {
                    var peer = try server.peer()
                    for step in 0..<60 {
                        let number = thread * 1000 + step * 7
                        try peer.send(Peer.head(Peer.parameters("GET", "/\(number)")) + Peer.body([]))
                        let answer = try peer.answer()
                        if answer.status == "504 Gateway Timeout" {
                            late.add(1, ordering: .relaxed)
                            if try !peer.isClosed() { findings.add("more after 504") }
                            peer = try server.peer()
                        } else if answer.body == Array("/\(number)".utf8) {
                            inTime.add(1, ordering: .relaxed)
                        } else {
                            findings.add("/\(number): \(answer.status) \(answer.body)")
                        }
                    }
                } catch { findings.add("\(error)") }
            }
        }
        for thread in threads { thread.join() }
        #expect(findings.all.isEmpty)
        #expect(late.load(ordering: .relaxed) > 0 && inTime.load(ordering: .relaxed) > 0)
        try await server.stop()
    }

    @Test(
        "A request at the moment of the idle limit is answered completely or not at all",
        arguments: RunningServer.Transport.allCases)
    func idleTimeout(
        transport: RunningServer.Transport
    ) async throws {
        let server = try await RunningServer(.with { $0.idleTimeout = .milliseconds(40) }, on: transport) {
            Response(body: .string($0.path))
        }
        let findings = Findings()
        let threads = (0..<16).map { thread in
            Thread {
                do {
                    var peer = try server.peer()
                    for step in 0..<60 {
                        let path = "/\(thread)-\(step)"
                        do {
                            let answer = try peer.request("GET", path)
                            if answer.output.isEmpty {
                                peer = try server.peer()
                            } else if answer.protocolStatus != 0 || answer.body != Array(path.utf8) {
                                findings.add("\(path): \(answer.status)")
                            }
                        } catch {
                            // The connection was closed a moment earlier, and the request was not answered.
                            peer = try server.peer()
                        }
                        usleep(UInt32(30_000 + (thread * 7919 + step * 104_729) % 40_000))
                    }
                } catch { findings.add("\(error)") }
            }
        }
        for thread in threads { thread.join() }
        #expect(findings.all.isEmpty)
        try await server.stop()
    }

    @Test(
        "A server that stops at the moment of a response sends it completely",
        arguments: RunningServer.Transport.allCases)
    func stop(
        transport: RunningServer.Transport
    ) async throws {
        for _ in 0..<12 {
            let server = try await RunningServer(on: transport, handler: Self.echo)
            let findings = Findings()
            let threads = (0..<8).map { _ in
                Thread {
                    var random = SystemRandomNumberGenerator()
                    guard let peer = try? server.peer() else { return }
                    for _ in 0..<10_000 {
                        let number = Int.random(in: 0..<100_000, using: &random)
                        let before = findings.answered.load(ordering: .relaxed)
                        do {
                            let wrong = try Self.ask(peer, number, &random)
                            // No byte at all is the end of the connection.
                            if wrong == "no end" { return }
                            // The request began to arrive when the idle connection had just been closed.
                            if wrong == "503 Service Unavailable" { return }
                            if let wrong { findings.add(wrong) }
                            findings.answered.add(1, ordering: .relaxed)
                        } catch {
                            // The connection was closed before the request was sent.
                            if "\(error)".contains("inside a record") { findings.add("\(error) after \(before)") }
                            return
                        }
                    }
                }
            }
            try await RunningServer.wait { findings.answered.load(ordering: .relaxed) > 20 }
            try await server.stop()
            for thread in threads { thread.join() }
            #expect(findings.all.isEmpty)
            #expect(!server.log.contains("the drain time is over"))
        }
    }
}
