import Glibc
import HTTPTypes
import ObjectStorage
import ObjectStorageClient
import Sendfile
import Testing

extension ServerTests {
    /// Uploads that fail: a clear error, and nothing in the store.
    @Suite(.serialized) struct ObjectPutFailureTests {
        private typealias Content = ObjectPutTests.Content

        private static let protocols = ObjectPutTests.protocols
        private static let large = ObjectPutTests.bytes(20 << 20)

        private static func checkNothing(below prefix: String) throws {
            #expect(try ObjectStoreServer.shared.everything(beginningWith: prefix).isEmpty)
        }

        /// The code of the error that an upload ends with.
        private static func code(
            _ store: ObjectStore, _ content: Content, size: Int64? = nil
        ) async throws -> ObjectStoreError.Code? {
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put("a", content, size: size) }
            let text = error?.description ?? ""
            for word in ["testing", "X-Amz", "temp_url", "test:tester"] { #expect(!text.contains(word), "\(text)") }
            return error?.code
        }

        @Test("A content that ends with an error leaves nothing behind", arguments: protocols, [1, 3 << 20, 20 << 20])
        func broken(protocol: String, size: Int) async throws {
            let prefix = "broken-\(`protocol`)/"
            let store = try ObjectPutTests.store(`protocol`, prefix: prefix)
            await #expect(throws: Content.Broken.self) {
                try await store.put("a", Content(Array(Self.large.prefix(size)), isBroken: true))
            }
            try Self.checkNothing(below: prefix)
        }

        @Test("A content of another size than was declared leaves nothing behind", arguments: protocols, [3, 20 << 20])
        func wrongSize(protocol: String, size: Int) async throws {
            let prefix = "wrong-\(`protocol`)/"
            let store = try ObjectPutTests.store(`protocol`, prefix: prefix)
            let content = Content(Array(Self.large.prefix(size)))
            for declared in [Int64(size) - 1, Int64(size) + 1] {
                #expect(try await Self.code(store, content, size: declared) == .wrongSize)
            }
            for declared in [-1, 6 << 40] as [Int64] {
                #expect(try await Self.code(store, content, size: declared) == .tooLarge)
            }
            if `protocol` == "tempURL" { #expect(try await Self.code(store, content, size: 5 << 30 + 1) == .tooLarge) }
            try Self.checkNothing(below: prefix)
        }

        @Test("An upload that is cancelled leaves nothing behind", arguments: protocols) func cancelled(
            protocol: String
        ) async throws {
            let prefix = "cancelled-\(`protocol`)/"
            // Each chunk number is another place: in the first part, in the third, and where a part is complete.
            for place in [0, 10, 139, 140, 300] {
                let store = try ObjectPutTests.store(`protocol`, prefix: prefix)
                let (reached, continuation) = AsyncStream.makeStream(of: Void.self)
                let upload = Task {
                    try await store.put(
                        "a",
                        Content(Self.large) { chunk in
                            guard chunk == place else { return }
                            continuation.finish()
                            try await Task.sleep(for: .seconds(600))
                        })
                }
                for await _ in reached {}
                upload.cancel()
                await #expect(throws: CancellationError.self) { try await upload.value }
                try Self.checkNothing(below: prefix)
            }
        }

        @Test(
            "Bytes that arrive changed are refused by the store, or removed again", arguments: protocols, [3, 20 << 20])
        func damaged(protocol: String, size: Int) async throws {
            let prefix = "damaged-\(`protocol`)/"
            let transport = FaultyTransport { request, _ in
                request.method == .put && (size == 3 || !request.url.contains("partNumber=1&")) ? .flippedBit : nil
            }
            let store = try ObjectPutTests.store(`protocol`, prefix: prefix, transport: transport)
            #expect(try await Self.code(store, Content(Array(Self.large.prefix(size)))) == .damaged)
            try Self.checkNothing(below: prefix)
        }

        @Test("What may be repeated is repeated, and nothing else")
        func repeated() async throws {
            for fault in [FaultyTransport.Fault.lostAnswer, .lostRequest, .status(503)] {
                let transport = FaultyTransport { request, number in
                    request.method == .post || number.isMultiple(of: 2) ? nil : fault
                }
                let store = try ObjectPutTests.store("s3", prefix: "repeated/", transport: transport)
                try await store.put("a", Content(Self.large))
                #expect(transport.requests.filter { $0.hasPrefix("POST") } == ["POST uploads", "POST"])
                #expect(transport.requests.contains("PUT 3") && transport.requests.count > 5)
                #expect(try ObjectStoreServer.shared.object("repeated/a").body == Self.large)
                try await store.delete("a")
                try Self.checkNothing(below: "repeated/")
            }
        }

        @Test("A store that fails for ever is an error after three attempts, and its upload is aborted")
        func unavailable() async throws {
            let fails: [@Sendable (ObjectStoreRequest) -> Bool] = [
                { $0.url.contains("uploads=") }, { $0.url.contains("partNumber=2") },
                { $0.method == .post && $0.url.contains("uploadId=") },
            ]
            for (fails, count) in zip(fails, [1, 3, 3]) {
                let transport = FaultyTransport { request, _ in fails(request) ? .status(500) : nil }
                let store = try ObjectPutTests.store("s3", prefix: "unavailable/", transport: transport)
                #expect(try await Self.code(store, Content(Self.large)) == .unavailable)
                #expect(
                    transport.requests.filter { ["POST uploads", "PUT 2", "POST"].contains($0) }.suffix(count).count
                        == count)
                try Self.checkNothing(below: "unavailable/")
            }
            // An existing object cannot be told from one of the first attempt.
            let transport = FaultyTransport { _, _ in .status(500) }
            let store = try ObjectPutTests.store("s3", prefix: "unavailable/", transport: transport)
            await #expect(throws: ObjectStoreError.self) { try await store.put("a", [1], isReplacing: false) }
            #expect(transport.requests == ["PUT"])
        }

        @Test("Wrong credentials and a missing bucket are errors without credentials", arguments: protocols)
        func settings(protocol: String) async throws {
            for (store, code) in [
                (
                    try ObjectPutTests.store(`protocol`, prefix: "settings", secret: "wrong"),
                    ObjectStoreError.Code.refused
                ),
                (
                    try ObjectPutTests.store(`protocol`, prefix: "settings", bucket: "missing"),
                    // For TempURL, Ceph refuses a missing bucket as it does a wrong key.
                    ObjectStoreServer.isCeph && `protocol` == "tempURL" ? .refused : .missing
                ),
            ] {
                for size in [3, 9 << 20] {
                    #expect(try await Self.code(store, Content(Array(Self.large.prefix(size)))) == code)
                }
                if code != .missing { await #expect(throws: ObjectStoreError.self) { try await store.delete("a") } }
            }
        }

        @Test("A store that refuses connections is an error") func closedPort() async throws {
            let store = try ObjectPutTests.store(
                "s3", prefix: "closed", transport: ObjectStoreClient(timeout: .milliseconds(500)),
                endpoint: "http://localhost:\(try Address.freePort())")
            #expect(try await Self.code(store, Content([1])) == .unavailable)
            #expect(try await Self.code(store, Content(Self.large)) == .unavailable)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.delete("a") }
            #expect(error?.code == .unavailable)
        }

        @Test("A content is read as fast as the store takes it", arguments: protocols) func backPressure(
            protocol: String
        ) async throws {
            let transport = FaultyTransport()
            let store = try ObjectPutTests.store(`protocol`, prefix: "pressure-\(`protocol`)/", transport: transport)
            let furthest = Locked(0)
            let size = 64 << 20
            let chunk = [UInt8](repeating: 7, count: 1 << 16)
            var read = 0
            try await store.put("a", size: Int64(size)) {
                guard read < size else { return nil }
                read += chunk.count
                let ahead = read - transport.sent
                furthest.withLock { $0 = max($0, ahead) }
                return chunk
            }
            #expect(furthest.withLock { $0 } <= 8 << 20 + 4 << 16)
            try await store.delete("a")
        }

        @Test("The time in which the client sends nothing is not the store's") func slowClient() async throws {
            for name in Self.protocols {
                let store = try ObjectPutTests.store(
                    name, prefix: "slow-\(name)/", transport: ObjectStoreClient(timeout: .seconds(1)))
                let content = Content(Array(Self.large.prefix(9 << 20))) { chunk in
                    if chunk == 150 { try await Task.sleep(for: .seconds(2)) }
                }
                try await store.put("a", content)
                try await store.delete("a")
            }
        }

        @Test("A store that takes nothing, or does not answer, is given up", arguments: [3, 20 << 20]) func silent(
            size: Int
        ) async throws {
            let (port, listener) = try Self.silentStore()
            defer { close(listener) }
            let store = try ObjectPutTests.store(
                "tempURL", prefix: "silent/", transport: ObjectStoreClient(timeout: .seconds(1)),
                endpoint: "http://localhost:\(port)")
            #expect(try await Self.code(store, Content(Array(Self.large.prefix(size)))) == .unavailable)
        }

        /// A port whose connections the kernel accepts, and from which nothing is read.
        private static func silentStore() throws -> (port: UInt16, descriptor: Int32) {
            let port = try Address.freePort()
            let address = Address.loopback(port: port)
            let descriptor = try address.makeSocket()
            guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 16) == 0 else {
                throw Failure.system("listen")
            }
            return (port, descriptor)
        }
    }
}
