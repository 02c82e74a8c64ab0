import Glibc
import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

/// The bytes of a streamed response, as an HTTP server reads them.
struct FileChunksTests {
    private let directory = try! TemporaryDirectory()

    /// A response with a file of `size` bytes in which no two neighbouring chunks are equal.
    private func body(size: Int, _ fields: HTTPFields = [:]) throws -> (body: FileBody, content: [UInt8]) {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) & 0x7F }
        try self.directory.write("file.bin", String(decoding: content, as: UTF8.self))
        let response = try Sendfile(root: self.directory.path)(.test(.get, fields), "file.bin")
        return (try #require(response.delivery.body), content)
    }

    private func change(_ change: (Int32) throws -> Void) throws {
        let descriptor = open(self.directory.path("file.bin"), O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try change(descriptor)
    }

    @Test(
        "Chunks have the size that is asked for, and together they are the file",
        arguments: [0, 1, 9, 10, 11, 20, 4095, 4096, 4097, 100_000], [1, 10, 4096, 1 << 20])
    func whole(size: Int, chunk: Int) async throws {
        guard size / chunk <= 10_000 else { return }
        let (body, content) = try self.body(size: size)
        var bytes: [UInt8] = []
        for try await part in body.chunks(size: chunk) {
            #expect(part.count == min(chunk, size - bytes.count))
            bytes += part
        }
        #expect(bytes == content)
    }

    @Test(
        "Chunks of one range and of several ranges are what the stream over FastCGI is",
        arguments: ["3-6", "-5", "0-1,5-7,30-"])
    func ranges(_ range: String) async throws {
        let (body, _) = try self.body(size: 50, [.range: "bytes=\(range)"])
        for size in [1, 4, 1000] {
            var bytes: [UInt8] = []
            for try await part in body.chunks(size: size) { bytes += part }
            #expect(try bytes == body.collect())
            #expect(Int64(bytes.count) == body.length)
        }
    }

    @Test("A file that becomes shorter ends the chunks with an error") func shorter() async throws {
        let (body, content) = try self.body(size: 50_000)
        var chunks = body.chunks(size: 20_000).makeAsyncIterator()
        #expect(try await chunks.next() == Array(content[..<20_000]))
        try self.change { try #require(ftruncate($0, 30_000) == 0) }
        let error = await #expect(throws: SendfileError.self) {
            while try await chunks.next() != nil {}
        }
        #expect(error?.code == .fileChanged)
        #expect(error?.description == "the file became shorter while it was sent; 10000 bytes are missing")
    }

    @Test("An overwritten file ends the chunks with an error before the last one", arguments: [50_000, 60_000])
    func overwritten(newSize: Int) async throws {
        let (body, _) = try self.body(size: 50_000)
        var chunks = body.chunks(size: 20_000).makeAsyncIterator()
        _ = try await chunks.next()
        try self.change { descriptor in
            let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: newSize)
            try #require(pwrite(descriptor, bytes, bytes.count, 0) == newSize)
        }
        var received = 20_000
        let error = await #expect(throws: SendfileError.self) {
            while let chunk = try await chunks.next() { received += chunk.count }
        }
        #expect(error?.code == .fileChanged)
        #expect(received == 40_000)
    }

    @Test("Appending to a file does not change its chunks") func appended() async throws {
        let (body, content) = try self.body(size: 50_000)
        var chunks = body.chunks(size: 20_000).makeAsyncIterator()
        var bytes = try #require(try await chunks.next())
        try self.change { try #require(pwrite($0, "appended", 8, 50_000) == 8) }
        while let chunk = try await chunks.next() { bytes += chunk }
        #expect(bytes == content)
    }

    @Test("A removed file is read to its end") func removed() async throws {
        let (body, content) = try self.body(size: 50_000)
        try self.directory.unlink("file.bin")
        var bytes: [UInt8] = []
        for try await chunk in body.chunks(size: 7000) { bytes += chunk }
        #expect(bytes == content)
    }

    @Test("A cancelled task gets no further chunk") func cancelled() async throws {
        let (body, _) = try self.body(size: 50_000)
        let task = Task {
            var chunks = body.chunks(size: 20_000).makeAsyncIterator()
            _ = try await chunks.next()
            withUnsafeCurrentTask { $0?.cancel() }
            return try await chunks.next()
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
