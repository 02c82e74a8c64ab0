import HTTPTypes
import ObjectStorage
import Sendfile
import Testing

extension ServerTests {
    /// Buckets that have a host name of their own, and temporary credentials with a session token, at a real store.
    @Suite(.serialized) struct S3SignerServerTests {
        /// A way to sign, with the variables of the application and the settings of a gate.
        enum Way: String, CaseIterable, Sendable {
            case virtualHost = "virtual-host"
            case sessionToken = "session token"

            /// OpenStack Swift has no temporary credentials.
            static let available = Self.allCases.filter { $0 == .virtualHost || ObjectStoreServer.isCeph }

            private static let temporary = Result { try ObjectStoreServer.shared.temporaryCredentials() }

            /// The store, with other credentials than its own if they are given.
            func store(prefix: String, token: String? = nil) throws -> ObjectStore {
                let server = try ObjectStoreServer.shared
                let service: ObjectStoreService
                switch self {
                case .virtualHost:
                    service = try .s3(
                        endpoint: server.domainEndpoint, bucket: "bucket", region: "us-east-1",
                        credentials: .accessKey("test:tester", secretKey: ObjectStoreServer.secret),
                        addressing: .virtualHost)
                case .sessionToken:
                    let temporary = try Self.temporary.get()
                    service = try .s3(
                        endpoint: server.endpoint, bucket: "bucket", region: "us-east-1",
                        credentials: .accessKey(
                            temporary.accessKey, secretKey: temporary.secretKey, sessionToken: token ?? temporary.token)
                    )
                }
                return try ObjectStore(service, prefix: prefix, delivery: .redirect, transport: LoopbackTransport())
            }

            /// The variables of the application.
            var variables: [String: String] {
                get throws {
                    guard self == .sessionToken else {
                        return [
                            "STORE": try ObjectStoreServer.shared.domainEndpoint, "STORE_ADDRESSING": "virtual-host",
                        ]
                    }
                    let temporary = try Self.temporary.get()
                    return [
                        "STORE_ACCESS_KEY": temporary.accessKey, "STORE_SECRET": temporary.secretKey,
                        "STORE_TOKEN": temporary.token,
                    ]
                }
            }

            /// The settings of a gate; the credentials are in a file.
            func settings() throws -> [String: String] {
                guard self == .sessionToken else {
                    return [
                        "OBJECT_ENDPOINT": try ObjectStoreServer.shared.domainEndpoint,
                        "OBJECT_ADDRESSING": "virtual-host",
                    ]
                }
                let temporary = try Self.temporary.get()
                let file = "\(try Workspace.shared.makeDirectory("credentials"))/credentials"
                try Files.write(
                    """
                    [default]
                    aws_access_key_id = \(temporary.accessKey)
                    aws_secret_access_key = \(temporary.secretKey)
                    aws_session_token = \(temporary.token)

                    """, to: file, mode: 0o444)
                return ["OBJECT_CREDENTIALS_FILE": file]
            }
        }

        @Test(
            "Every key arrives through the web server, whole and in ranges", arguments: Way.available,
            [ObjectRoute.nginx, .caddy])
        func server(way: Way, route: ObjectRoute) throws {
            let site = try ObjectSite(route, title: "\(way), \(route.rawValue)", environment: way.variables)
            try withLogs(of: site) { site in
                for object in ObjectCorpus.all {
                    let answer = try site.client.get(ObjectSite.target(object.key))
                    #expect(answer.status == 200 && answer.body == object.content, "\(object.key): \(answer.status)")
                }
                let target = ObjectSite.target(ObjectCorpus.plain)
                #expect(try site.client.get(target, ["Range": "bytes=0-6"]).text == "content")
                #expect(try site.client.send("HEAD", target).status == 200)
                #expect(try site.client.get(ObjectSite.target("missing.txt")).status == 404)
                #expect(try site.client.get(ObjectSite.target("../secret")).status == 404)
            }
            try site.stop()
        }

        @Test("A redirect leads to every key, and its URL is valid for nothing else", arguments: Way.available)
        func redirect(way: Way) async throws {
            let store = try way.store(prefix: "team")
            for object in ObjectCorpus.all where !ObjectCorpus.dotted.contains(object.key) {
                let answer = try await store(Client(), object.key, attachment: .attachment(named: "a \u{fc}.txt"))
                let url = try #require(answer.headerFields[.location])
                let fetched = try LoopbackTransport.get(url)
                #expect(fetched.status == 200 && fetched.body == object.content, "\(object.key): \(fetched.text)")
                #expect(fetched.field("Content-Disposition")?.contains("a%20%C3%BC.txt") == true)
            }
            let answer = try await store(Client(), ObjectCorpus.plain)
            let url = try #require(answer.headerFields[.location])
            let changes: [(String, String)] =
                way == .virtualHost
                ? [("//bucket.", "//other."), ("plain.txt", "a%20b.txt")]
                : [
                    ("X-Amz-Security-Token=", "X-Amz-Security-Token=A"), ("&X-Amz-Security-Token=", "&x="),
                    ("plain.txt", "a%20b.txt"),
                ]
            for (text, replacement) in changes {
                #expect(url.contains(text))
                let answer = try LoopbackTransport.get(url.replacing(text, with: replacement))
                // Ceph answers a token that it cannot decode with 400.
                #expect(answer.status == 403 || replacement.hasSuffix("=A") && answer.status == 400, "\(text)")
            }
        }

        @Test("Objects are stored, whole and in parts, listed, read and deleted", arguments: Way.available)
        func changes(way: Way) async throws {
            let prefix = "signed-\(way == .virtualHost)/"
            let store = try way.store(prefix: prefix)
            for size in [3, 9 << 20] {
                let bytes = ObjectPutTests.bytes(size)
                let stored = try await store.put("a \u{fc}?", ObjectPutTests.Content(bytes))
                #expect(try ObjectStoreServer.shared.object("\(prefix)a \u{fc}?").body == bytes)
                let listed = try await store.objects()
                #expect(listed.map(\.key) == ["a \u{fc}?"] && listed.first?.etag == stored.etag)
                #expect(try await store.beginning(of: "a \u{fc}?", limit: 2).bytes == Array(bytes.prefix(2)))
                try await store.delete("a \u{fc}?")
                #expect(try ObjectStoreServer.shared.everything(beginningWith: prefix).isEmpty)
            }
        }

        @Test("A token that is not the one of the credentials is refused", .enabled(if: ObjectStoreServer.isCeph))
        func otherToken() async throws {
            let store = try Way.sessionToken.store(prefix: "signed", token: "another")
            let error = await #expect(throws: ObjectStoreError.self) { try await store.put("a", [1]) }
            #expect(error?.code == .refused && error?.description.contains("another") == false)
        }

        @Test("A gate with such a bucket passes its check", arguments: Way.available) func gate(way: Way) throws {
            let site = try GateStoreSite(settings: way.settings())
            try withLogs(of: site) { site in
                let link = try site.link(ObjectCorpus.plain)
                #expect(try site.client.get(link).body == ObjectCorpus.Object(key: ObjectCorpus.plain).content)
                // The check itself resolves the host of the bucket.
                guard way == .sessionToken else { return }
                let check = try CheckCommand.run(
                    ["--url", "http://127.0.0.1:\(site.client.port)", "--file", ObjectCorpus.plain],
                    environment: site.environment)
                #expect(check.status == 0, "\(check.output)")
            }
            try site.stop()
        }

        private struct Client: SendfileRequest {
            var method: HTTPRequest.Method { .get }

            func fieldValue(_ name: HTTPField.Name) -> String? { nil }
            func serverParameter(_ name: String) -> String? { nil }
        }
    }
}
