import FastCGI
import Glibc
import Sendfile
import Synchronization
import Testing

/// Many slow or waiting peers at once. Every server here has four threads.
@Suite(.serialized) struct SlowPeerTests {
    @Test("A thousand slow readers of a large file occupy no thread", arguments: RunningServer.Transport.allCases)
    func slowReaders(transport: RunningServer.Transport) async throws {
        let directory = try FileDirectory()
        defer { directory.remove() }
        let content = try directory.write(name: "large", size: 512 << 10)
        let root = directory.path
        let sendfile = try Sendfile(root: root)
        let begun = Atomic<Int>(0)
        let server = try await RunningServer(on: transport) { request in
            guard request.path == "/large" else { return Response(body: .string("small")) }
            begun.add(1, ordering: .relaxed)
            return try sendfile(request, "large")
        }
        let request = Peer.head(Peer.parameters("GET", "/large")) + Peer.body([])
        let slow = try (0..<1000).map { _ in try server.peer() }
        for peer in slow { try peer.send(request) }
        try await RunningServer.wait { begun.load(ordering: .relaxed) == 1000 }

        // All peers have received only the beginning of their files.
        let other = try server.peer()
        for _ in 0..<200 { #expect(try other.request("GET", "/small").body == Array("small".utf8)) }
        for peer in slow {
            let answer = try peer.answer()
            #expect(answer.protocolStatus == 0)
            #expect(answer.body == content)
        }
        try await server.stop()
    }

    @Test("A thousand handlers that wait half a second need half a second in total") func waitingHandlers() async throws
    {
        let server = try await RunningServer { request in
            try await Task.sleep(for: .milliseconds(500))
            return Response(body: .string(request.path))
        }
        let peers = try (0..<1000).map { _ in try server.peer() }
        let start = ContinuousClock.now
        for peer in peers { try peer.send(Peer.head(Peer.parameters("GET", "/wait")) + Peer.body([])) }
        for peer in peers { #expect(try peer.answer().body == Array("/wait".utf8)) }
        // On four blocked threads, they would take two minutes.
        let time = start.duration(to: .now)
        #expect(time >= .milliseconds(500))
        #expect(time < .seconds(5))
        try await server.stop()
    }

    @Test("A thousand missing bodies occupy no thread") func missingBodies() async throws {
        let begun = Atomic<Int>(0)
        let server = try await RunningServer { request in
            begun.add(1, ordering: .relaxed)
            var length = 0
            for try await chunk in request.body { length += chunk.count }
            return Response(body: .string(String(length)))
        }
        let head = Peer.head(Peer.parameters("POST", "/", [("CONTENT_LENGTH", "3000")]))
        let peers = try (0..<1000).map { _ in try server.peer() }
        for peer in peers { try peer.send(head + Peer.record(5, [UInt8](repeating: 1, count: 1000))) }
        try await RunningServer.wait { begun.load(ordering: .relaxed) == 1000 }
        let other = try server.peer()
        for _ in 0..<200 { #expect(try other.request("POST", "/", body: [1, 2]).body == Array("2".utf8)) }
        for peer in peers { try peer.send(Peer.record(5, [UInt8](repeating: 2, count: 2000)) + Peer.record(5)) }
        for peer in peers { #expect(try peer.answer().body == Array("3000".utf8)) }
        try await server.stop()
    }
}

/// A directory with files to send.
struct FileDirectory {
    let path: String

    init() throws {
        self.path = ScratchDirectory.make()
    }

    /// Writes a file in which no two pages are the same, and returns its content.
    func write(name: String, size: Int) throws -> [UInt8] {
        let content = (0..<size / 8).flatMap { number in
            let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
            return (0..<8).map { UInt8(truncatingIfNeeded: mixed >> ($0 * 8)) }
        }
        let path = "\(self.path)/\(name)"
        guard let file = fopen(path, "w"), fwrite(content, 1, content.count, file) == content.count, fclose(file) == 0
        else { throw Peer.Failure(description: "write \(name): errno \(errno)") }
        ScratchDirectory.makeOld(path)
        return content
    }

    func remove() {
        guard let stream = opendir(self.path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink("\(self.path)/\(name)") }
        }
        closedir(stream)
        rmdir(self.path)
    }
}
