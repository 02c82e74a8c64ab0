import FastCGITesting
import Glibc
import HTTPTypes
import ObjectStorage
import ObjectStorageClient
import Testing

@testable import ProtectedDownloads

extension ServerTests {
    /// The example with its files in a real OpenStack Swift.
    @Suite(.serialized, .enabled(if: !ObjectStoreServer.isCeph)) struct ExampleStoreTests {
        private static func site() throws -> (example: ExampleHandler, store: ObjectStore) {
            let credentials = ObjectStoreCredentials.accessKey("test:tester", secretKey: ObjectStoreServer.secret)
            let endpoint = try ObjectStoreServer.shared.endpoint
            let store = try ObjectStore(
                .s3(endpoint: endpoint, bucket: "other", region: "us-east-1", credentials: credentials),
                transport: ObjectStoreClient())
            let bucket = Settings.Bucket(
                name: "other", endpoint: endpoint, region: "us-east-1", credentials: credentials)
            setenv("OBJECT_DELIVERY", "stream", 1)
            defer { unsetenv("OBJECT_DELIVERY") }
            return (try ExampleHandler(uploadLimit: 30 << 20, bucket: bucket), store)
        }

        private static func form(token: String, _ files: [(name: String, content: [UInt8])]) -> [UInt8] {
            var body = Array("--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n\(token)\r\n".utf8)
            for file in files {
                let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"\(file.name)\""
                body += Array("--b\r\n\(disposition)\r\n\r\n".utf8) + file.content + Array("\r\n".utf8)
            }
            return body + Array("--b--\r\n".utf8)
        }

        @Test("Uploads, downloads, views and links work with objects, and a link ends with its object") func files()
            async throws
        {
            let (example, store) = try Self.site()
            let ada = try await example.ada()
            func upload(_ files: [(String, [UInt8])]) async throws -> Int {
                let request = TestRequest(
                    .post, "/upload/research",
                    headerFields: [.cookie: ada.cookies, .contentType: "multipart/form-data; boundary=b"],
                    body: Self.form(token: ada.token, files))
                return try await example.respond(to: request).status.code
            }
            let large = ObjectPutTests.bytes(20 << 20)
            let name = "100%25 \u{fc}?#.txt"
            #expect(try await upload([(name, Array("first".utf8)), ("large.bin", large)]) == 303)
            #expect(try await upload([(name, Array("second".utf8))]) == 303)
            let keys = try await store.objects(beginningWith: "research/").map(\.key)
            #expect(
                keys
                    == ["research/100%2525 \u{fc}?#.txt", "research/100%2525 \u{fc}?# (2).txt", "research/large.bin"]
                    .sorted())

            let path = "research/100%2525%20%C3%BC%3F%23.txt"
            let download = try await example.get("/files/\(path)", cookies: ada.cookies)
            #expect(download.status == .ok && download.text == "first")
            let disposition = try #require(download.headerFields[.contentDisposition])
            #expect(disposition.hasSuffix("filename*=UTF-8''100%2525%20%C3%BC%3F#.txt"))
            #expect(try await example.get("/files/research/large.bin", cookies: ada.cookies).body == large)
            #expect(try await example.get("/view/\(path)", cookies: ada.cookies).text.contains("first"))
            #expect(
                try await example.get("/", cookies: ada.cookies).text.contains(
                    "/files/research/100%2525%20%C3%BC%3F%23%20%282%29.txt"))
            for missing in ["research/missing.txt", "research/large", "finance/large.bin", "research/..%2Fteam%2Fx"] {
                #expect(
                    try await example.get("/files/\(missing)", cookies: ada.cookies).status.code > 400, "\(missing)")
            }

            let shared = try await example.respond(
                to: .init(
                    .post, "/share/\(path)", headerFields: [.cookie: ada.cookies],
                    body: Array("lifetime=hour&token=\(ada.token)".utf8)))
            let page = try #require(shared.text.firstMatch(of: /https:\/\/[^\/<]*(\/shared\/[^<]*)</)).output.1
            let link = String(page.replacing("&amp;", with: "&"))
            #expect(try await example.get(link).status == .ok)
            let key = "research/100%2525 \u{fc}?#.txt"
            try await store.delete(key)
            #expect(try await example.get(link).status == .notFound)
            try await store.put(key, Array("another".utf8))
            #expect(try await example.get(link).status == .notFound)
            for object in try await store.objects(beginningWith: "research/") { try await store.delete(object.key) }
        }

        @Test("A form that fails leaves no object behind") func failedForm() async throws {
            let (example, store) = try Self.site()
            let ada = try await example.ada()
            for (bad, status) in [(("..", [1]), 400), (("b.bin", ObjectPutTests.bytes(31 << 20)), 413)]
                as [((String, [UInt8]), Int)]
            {
                let request = TestRequest(
                    .post, "/upload/research",
                    headerFields: [.cookie: ada.cookies, .contentType: "multipart/form-data; boundary=b"],
                    body: Self.form(token: ada.token, [("a.txt", [1, 2]), bad]))
                #expect(try await example.respond(to: request).status.code == status)
                #expect(try await store.objects(beginningWith: "research/").isEmpty)
            }
            #expect(try ObjectStoreServer.shared.names(in: "other+segments", beginningWith: "").isEmpty)
        }
    }
}
