import Glibc
import HTTPTypes
import ObjectStorage
import ObjectStorageClient
import Sendfile
import Testing

extension ServerTests {
    /// Uploads to a real OpenStack Swift and deletions, by both protocols.
    @Suite(.serialized) struct ObjectPutTests {
        static let protocols = ["s3", "tempURL"]

        /// A store with a prefix of its own.
        static func store(
            _ name: String, prefix: String, transport: (any ObjectStoreTransport)? = nil,
            secret: String = ObjectStoreServer.secret,
            bucket: String = "bucket", endpoint: String? = nil
        ) throws -> ObjectStore {
            let endpoint = try endpoint ?? ObjectStoreServer.shared.endpoint
            let service: ObjectStoreService =
                name == "s3"
                ? try .s3(
                    endpoint: endpoint, bucket: bucket, region: "us-east-1",
                    credentials: .accessKey("test:tester", secretKey: secret))
                : try .tempURL(
                    account: endpoint + ObjectStoreServer.accountPath, container: bucket, credentials: .key(secret))
            return try ObjectStore(service, prefix: prefix, transport: transport ?? ObjectStoreClient())
        }

        /// Bytes that differ from part to part.
        static func bytes(_ count: Int) -> [UInt8] {
            var state: UInt32 = 1
            let block = (0..<65_537).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
            var bytes: [UInt8] = []
            while bytes.count < count { bytes += block }
            return Array(bytes.prefix(count))
        }

        /// A content in chunks, which may end with an error.
        struct Content: AsyncSequence, AsyncIteratorProtocol {
            struct Broken: Error {}

            var rest: ArraySlice<UInt8>
            var isBroken = false
            var atChunk: (Int) async throws -> Void = { _ in }
            var count = 0

            init(_ bytes: [UInt8], isBroken: Bool = false, atChunk: @escaping (Int) async throws -> Void = { _ in }) {
                (self.rest, self.isBroken, self.atChunk) = (bytes[...], isBroken, atChunk)
            }

            func makeAsyncIterator() -> Self { self }

            mutating func next() async throws -> [UInt8]? {
                try await self.atChunk(self.count)
                self.count += 1
                let chunk = Array(self.rest.prefix(60_001))
                self.rest = self.rest.dropFirst(chunk.count)
                if chunk.isEmpty, self.isBroken { throw Broken() }
                return chunk.isEmpty ? nil : chunk
            }
        }

        private static let mebibyte = 1 << 20

        @Test(
            "Every size arrives with its bytes and its type, whether it is declared or not", arguments: protocols,
            [0, 1, 5 << 20 - 1, 5 << 20, 5 << 20 + 1, 8 << 20 - 1, 8 << 20, 8 << 20 + 1, 40 << 20])
        func sizes(protocol: String, size: Int) async throws {
            let prefix = "sizes-\(`protocol`)/"
            let store = try Self.store(`protocol`, prefix: prefix)
            let bytes = Self.bytes(size)
            for declared in [Int64(size), nil] {
                let stored = try await store.put("a.pdf", Content(bytes), size: declared)
                let object = try ObjectStoreServer.shared.object("\(prefix)a.pdf")
                #expect(object.status == 200 && object.body == bytes)
                #expect(object.field("Content-Type") == "application/pdf")
                #expect(stored.size == size)
                // The owner sees the ETag of the manifest.
                if `protocol` == "tempURL" || size <= 8 << 20 {
                    #expect(stored.etag == "\"\(object.field("ETag") ?? "")\"")
                }
                let listed = try await Self.store("s3", prefix: prefix).objects()
                #expect(listed.map(\.key) == ["a.pdf"] && listed.first?.size == Int64(size))
                #expect(listed.first?.etag == stored.etag)
                let parts = try ObjectStoreServer.shared.parts(beginningWith: prefix)
                let isInParts = `protocol` == "s3" && size > 8 << 20 && !ObjectStoreServer.isCeph
                #expect(parts.count == (isInParts ? (size - 1) / (8 << 20) + 1 : 0))
                try await store.delete("a.pdf")
                #expect(try ObjectStoreServer.shared.everything(beginningWith: prefix).isEmpty)
            }
        }

        @Test("A key is bytes, and none leads out of the prefix", arguments: protocols) func names(protocol: String)
            async throws
        {
            let prefix = "names-\(`protocol`)/"
            let store = try Self.store(`protocol`, prefix: prefix)
            let keys =
                ObjectCorpus.all.map(\.key) + [
                    "\u{fc} ?#%//..", "../secret", "../../other/x", "/../y", "..%2fz", "x?partNumber=1&uploadId=2",
                    "x?uploads", "..", "a\r\nb",
                ]
            for key in keys { try await store.put(key, Array("put \(key)".utf8)) }
            for key in keys {
                #expect(try ObjectStoreServer.shared.object(prefix + key).text == "put \(key)", "\(key)")
            }
            #expect(try ObjectStoreServer.shared.object("secret").text == "outside")
            let listed = try await Self.store("s3", prefix: prefix).objects()
            #expect(listed.map(\.key) == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            for key in keys { try await store.delete(key) }
            #expect(try ObjectStoreServer.shared.everything(beginningWith: prefix).isEmpty)
            #expect(try ObjectStoreServer.shared.object("secret").text == "outside")
            for key in ["", String(repeating: "x", count: 1025)] {
                let error = await #expect(throws: ObjectStoreError.self) { try await store.put(key, [1]) }
                #expect(error?.code == .invalidKey)
            }
        }

        @Test("A list has every object once, however many pages it has, and at most as many as asked for") func pages()
            async throws
        {
            let store = try Self.store("s3", prefix: "pages")
            let keys = (0..<25).map { "k\($0 < 10 ? "0" : "")\($0)" }
            for key in keys { try await store.put(key, [1]) }
            for size in [1, 7, 25, 1000] {
                #expect(try await store.objects(beginningWith: "k", limit: 100, pageSize: size).map(\.key) == keys)
                #expect(
                    try await store.objects(beginningWith: "k", limit: 11, pageSize: size).map(\.key)
                        == Array(keys.prefix(11)))
            }
            #expect(try await store.objects(beginningWith: "k1").map(\.key) == Array(keys[10..<20]))
            #expect(try await store.objects(beginningWith: "x").isEmpty)
            for key in keys { try await store.delete(key) }
            let error = await #expect(throws: ObjectStoreError.self) {
                try await Self.store("tempURL", prefix: "pages").objects()
            }
            #expect(error?.code == .unsupported)
        }

        @Test("The beginning of an object is read", arguments: protocols) func beginning(protocol: String) async throws
        {
            let store = try Self.store(`protocol`, prefix: "beginning-\(`protocol`)")
            for size in [0, 9, 10, 11, 100_000] {
                let bytes = Self.bytes(size)
                try await store.put("a", bytes)
                let (beginning, isWhole) = try await store.beginning(of: "a", limit: 10)
                #expect(beginning == Array(bytes.prefix(10)) && isWhole == (size <= 10), "\(size)")
            }
            try await store.delete("a")
            let error = await #expect(throws: ObjectStoreError.self) { try await store.beginning(of: "a", limit: 10) }
            #expect(error?.code == .missing)
        }

        @Test("What was remembered of an object is forgotten with a change of it") func forgotten() async throws {
            let store = try Self.store("s3", prefix: "forgotten")
            func etag() async throws -> String? {
                let decision = try await store(Client(), "a", knowledge: .asked(for: .seconds(600)))
                return decision.status == .ok ? decision.headerFields[.eTag] : nil
            }
            let first = try await store.put("a", [1])
            #expect(try await etag() == first.etag)
            let second = try await store.put("a", [2])
            #expect(try await etag() == second.etag && first.etag != second.etag)
            try await store.delete("a")
            #expect(try await etag() == nil)
        }

        private struct Client: SendfileRequest {
            var method: HTTPRequest.Method { .head }

            func fieldValue(_ name: HTTPField.Name) -> String? { nil }
            func serverParameter(_ name: String) -> String? { name == "OBJECT_DELIVERY" ? "stream" : nil }
        }

        @Test("An existing object is replaced, or kept if that is asked for", arguments: protocols, [3, 9 << 20])
        func replacing(protocol: String, size: Int) async throws {
            let prefix = "replacing-\(`protocol`)-\(size)/"
            let store = try Self.store(`protocol`, prefix: prefix)
            let (first, second) = (Self.bytes(size), Array(Self.bytes(size + 1).dropFirst()))
            try await store.put("a", Content(first), isReplacing: false)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put("a", Content(second), isReplacing: false)
            }
            #expect(error?.code == .exists)
            #expect(try ObjectStoreServer.shared.object("\(prefix)a").body == first)
            try await store.put("a", Content(second))
            #expect(try ObjectStoreServer.shared.object("\(prefix)a").body == second)
            try await store.delete("a")
            try await store.delete("a")
            #expect(try ObjectStoreServer.shared.names(in: "bucket", beginningWith: prefix).isEmpty)
        }
    }
}
