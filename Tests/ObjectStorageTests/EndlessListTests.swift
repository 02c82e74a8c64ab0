import HTTPTypes
import ObjectStorage
import Testing

/// Lists of a store that is broken.
@Suite struct EndlessListTests {
    /// A store that answers each request with the same page, which says that there is another one.
    private struct Store: ObjectStoreTransport {
        func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse {
            let page = "<ListBucketResult><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
            let body = AsyncThrowingStream<[UInt8], any Error> { stream in
                stream.yield(Array(page.utf8))
                stream.finish()
            }
            return ObjectStoreResponse(status: .ok, headerFields: HTTPFields(), body: body)
        }
    }

    @Test("A store that sends the same page for ever is refused", .timeLimit(.minutes(1))) func endless() async throws {
        let service = try ObjectStoreService.s3(
            endpoint: "https://s3.example.org", bucket: "b", region: "r", credentials: .accessKey("k", secretKey: "s"))
        let store = try ObjectStore(service, transport: Store())
        await #expect(throws: ObjectStoreError.self) { try await store.objects() }
    }
}
