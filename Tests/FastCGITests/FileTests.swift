import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import Testing

@Suite struct FileTests {
    /// A directory with one file, removed at the end.
    final class Root: Sendable {
        let path: String
        let file: String

        init(bytes: [UInt8]) {
            self.path = ScratchDirectory.make()
            self.file = self.path + "/file.bin"
            let descriptor = creat(self.file, 0o644)
            var rest = bytes[...]
            while !rest.isEmpty {
                rest = rest.dropFirst(rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) })
            }
            close(descriptor)
            ScratchDirectory.makeOld(self.file)
        }

        deinit {
            unlink(self.file)
            rmdir(self.path)
        }
    }

    private static let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 11) }

    @Test("A streamed file and its ranges have exactly the file's bytes") func streamedFile() async throws {
        let root = Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let server = try await RunningServer { try sendfile($0, "file.bin") }
        let peer = try server.peer()
        #expect(try peer.request().body == Self.bytes)
        let range = try peer.request("GET", "/", [("HTTP_RANGE", "bytes=4000000-")])
        #expect(range.status == "206 Partial Content")
        #expect(range.body == Array(Self.bytes[4_000_000...]))
        let head = try peer.request("HEAD", "/")
        #expect(head.body.isEmpty)
        #expect(head.field("Content-Length") == "5000000")
        let several = try peer.request("GET", "/", [("HTTP_RANGE", "bytes=0-9,4999990-")])
        #expect(several.body.count == Int(several.field("Content-Length") ?? ""))
        try await server.stop()
    }

    @Test("A file that shrinks while it is sent breaks the connection instead of ending early") func shrinkingFile()
        async throws
    {
        let root = Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let server = try await RunningServer { try sendfile($0, "file.bin") }
        let peer = try server.peer()
        try peer.send(Peer.head(Peer.parameters()) + Peer.body([]))
        // The head has arrived; the rest waits for room, because the peer does not read.
        #expect(try peer.nextRecord()?.type == 6)
        truncate(root.file, 1_000_000)
        #expect(throws: Peer.Failure.self) { try peer.answer() }
        #expect(server.log.contains("the file became shorter"))
        try await server.stop()
    }

    @Test("A file that shrinks before it is sent is an error") func shrunkFile() async throws {
        let root = Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let server = try await RunningServer { request in
            let response = try sendfile(request, "file.bin")
            truncate(root.file, 1_000_000)
            return response
        }
        #expect(try server.peer().request().status == "500 Internal Server Error")
        #expect(server.log.contains("the file became shorter"))
        try await server.stop()
    }

    @Test(
        "A file of any size arrives complete", arguments: [0, 1, 4095, 4096, 4097, 7500, 8192, 65_528, 65_529, 70_000])
    func sizes(size: Int) async throws {
        let root = Root(bytes: Array(Self.bytes.prefix(size)))
        let sendfile = try Sendfile(root: root.path, backend: .stream)
        let server = try await RunningServer { try sendfile($0, "file.bin") }
        let peer = try server.peer()
        for _ in 0..<2 { #expect(try peer.request().body == Array(Self.bytes.prefix(size))) }
        try await server.stop()
    }

    @Test("A web server gets the location of the file and none of its bytes") func header() async throws {
        let root = Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .nginx)
        let server = try await RunningServer {
            try sendfile($0, "file.bin", attachment: .attachment(named: "Q3 \"report\".pdf"))
        }
        let answer = try server.peer().request()
        #expect(answer.field("X-Accel-Redirect") == "/protected/file.bin")
        #expect(answer.field("Content-Length") == nil)
        #expect(answer.body.isEmpty)
        try await server.stop()
    }

    @Test("A response with a changed status has no sendfile field") func changedStatus() async throws {
        let root = Root(bytes: [1])
        let sendfile = try Sendfile(root: root.path, backend: .lighttpd)
        let server = try await RunningServer { request in
            var response = try sendfile(request, "file.bin")
            response.status = .partialContent
            return response
        }
        let answer = try server.peer().request()
        #expect(answer.status == "500 Internal Server Error")
        #expect(answer.field("X-Sendfile") == nil)
        try await server.stop()
    }
}
