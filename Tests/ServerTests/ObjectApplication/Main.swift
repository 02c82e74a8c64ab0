import FastCGI
import Glibc
import HTTPTypes
import Logging
import ObjectStorage
import ObjectStorageClient
import Sendfile

/// Serves the objects of a store to the tests: `/PROTOCOL/KEY`, with the key in hexadecimal digits, which no web server interprets.
///
/// The query is what a database would know of the object: `size=10&etag=v1&modified=1767268800`. With `asked=10` the store is
/// asked, and its answer is remembered for 10 seconds. Without a query, the store judges. `PUT` and `DELETE` of
/// `/changes/PROTOCOL/KEY` change an object.
@main struct ObjectApplication: FastCGIProgram {
    static func server() throws -> FastCGIServer {
        LoggingSystem.bootstrap(FastCGILogHandler.init)
        setenv("FASTCGI_STDERR", "1", 0)
        let endpoint = self.variable("STORE")
        let secret = self.variable("STORE_SECRET", or: "testing")
        let seconds = Int(self.variable("STORE_TIMEOUT", or: "30")) ?? 30
        let transport = ObjectStoreClient(timeout: .seconds(seconds))
        let bucket = self.variable("STORE_BUCKET", or: "bucket")
        let s3 = try ObjectStore(
            .s3(
                endpoint: endpoint, bucket: bucket, region: self.variable("STORE_REGION", or: "us-east-1"),
                credentials: .accessKey(
                    self.variable("STORE_ACCESS_KEY", or: "test:tester"), secretKey: secret,
                    sessionToken: getenv("STORE_TOKEN").map { String(cString: $0) }),
                addressing: self.variable("STORE_ADDRESSING") == "virtual-host" ? .virtualHost : .path),
            prefix: "team", transport: transport)
        var digests: [String: ObjectStore] = [:]
        for (name, digest) in [("sha1", TempURLDigest.sha1), ("sha256", .sha256), ("sha512", .sha512)] {
            digests[name] = try ObjectStore(
                .tempURL(
                    account: endpoint + self.variable("STORE_ACCOUNT", or: "/v1/AUTH_test"), container: bucket,
                    credentials: .key(secret), digest: digest),
                prefix: "team", transport: transport)
        }
        let stores = digests.merging(["s3": s3]) { $1 }
        return FastCGIServer { request in
            if request.path == "/ready" { return Response(body: "ready") }
            var parts = request.path.split(separator: "/")
            let isChange = parts.first == "changes"
            if isChange { parts.removeFirst() }
            guard parts.count == 2, let store = stores[String(parts[0])], let key = self.key(parts[1]) else {
                return Response(status: .notFound)
            }
            if isChange { return try await self.change(key, of: store, request) }
            var options = SendfileOptions()
            options.headerFields = [.contentLanguage: "en", .init("X-Frame-Options")!: "DENY", .setCookie: "seen=1"]
            let values = request.queryFields
            if values["attachment"] != nil { options.attachment = .attachment(named: "Bericht \u{fc}ber \"Q3\".txt") }
            var knowledge = ObjectKnowledge.left
            if let size = values["size"].flatMap({ Int64($0) }), let etag = values["etag"] {
                knowledge = try .known(size: size, etag: etag, modified: values["modified"].flatMap { Int64($0) })
            }
            if let seconds = values["asked"].flatMap({ Int($0) }) { knowledge = .asked(for: .seconds(seconds)) }
            return try await store(request, key, options, knowledge: knowledge)
        }
    }

    private static func change(_ key: String, of store: ObjectStore, _ request: Request) async throws -> Response {
        guard request.method == .put else {
            try await store.delete(key)
            return Response(status: .noContent)
        }
        let size = request.fieldValue(.contentLength).flatMap { Int64($0) }
        let stored = try await store.put(
            key, request.body, size: size, contentType: request.fieldValue(.contentType))
        return Response(status: .created, body: "\(stored.size) \(stored.etag ?? "")")
    }

    private static func variable(_ name: String, or standard: String = "") -> String {
        getenv(name).map { String(cString: $0) } ?? standard
    }

    /// A text in hexadecimal digits.
    private static func key(_ digits: Substring) -> String? {
        let digits = Array(digits.utf8)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
