import HTTPTypes
import ObjectStorage
import ObjectStorageClient
import Sendfile
import Testing

extension ServerTests {
    /// Prefixes and addresses of TempURL at a real OpenStack Swift, and on request at Ceph's gateway.
    @Suite(.serialized) struct TempURLServerTests {
        private static let digests: [TempURLDigest] = [.sha1, .sha256, .sha512]

        /// The status of a refusal.
        private static let refused = ObjectStoreServer.isCeph ? 403 : 401

        private static func store(
            _ digest: TempURLDigest, prefix: String = "team", clients: ObjectStoreService.RedirectedClients = .all
        ) throws -> ObjectStore {
            try ObjectStore(
                .tempURL(
                    account: ObjectStoreServer.shared.endpoint + ObjectStoreServer.accountPath, container: "bucket",
                    credentials: .key(ObjectStoreServer.secret), digest: digest, redirectedClients: clients),
                prefix: prefix, delivery: .redirect)
        }

        /// The answer of the store to a client on this machine, whose address is 127.0.0.1.
        private static func answer(_ url: String) throws -> HTTPAnswer {
            let server = try ObjectStoreServer.shared
            return try HTTPClient(port: server.port).get(String(url.dropFirst(server.endpoint.count)))
        }

        @Test("One signature opens all objects below a prefix, and no others", arguments: digests)
        func prefix(digest: TempURLDigest) throws {
            let signed = try Self.store(digest).signedPrefix("deep")
            let url = try #require(signed.url(of: "er/file.txt", attachment: "a \u{fc}.txt"))
            let answer = try Self.answer(url)
            #expect(answer.status == 200 && answer.body == ObjectCorpus.Object(key: "deep/er/file.txt").content)
            #expect(answer.field("Content-Disposition")?.contains("a%20%C3%BC.txt") == true)
            #expect(try Self.answer(#require(signed.url(of: "er/file.txt"))).field("Content-Disposition") == "inline")
            for (other, status) in [
                ("team/plain.txt", Self.refused), ("team/deepest", Self.refused), ("secret", Self.refused),
                ("team/deep/missing", 404),
            ] {
                #expect(
                    try Self.answer(url.replacing("team/deep/er/file.txt", with: other)).status == status, "\(other)")
            }
            #expect(
                try Self.answer(url.replacing("temp_url_prefix=team%2Fdeep%2F", with: "temp_url_prefix=team%2F")).status
                    == Self.refused)
            for object in ObjectCorpus.all where object.key.hasPrefix("a") && !ObjectCorpus.dotted.contains(object.key)
            {
                // The prefix of the corpus itself: each name is below "team/".
                let all = try Self.store(digest, prefix: "").signedPrefix("team")
                #expect(try Self.answer(#require(all.url(of: object.key))).body == object.content, "\(object.key)")
            }
        }

        @Test("A signed prefix and a redirect are valid from the addresses that they name", arguments: digests)
        func addresses(digest: TempURLDigest) async throws {
            // Ceph has no such restriction, and refuses every signature that contains one.
            let accepted = ObjectStoreServer.isCeph ? Self.refused : 200
            for (text, status) in [
                ("127.0.0.1", accepted), ("127.0.0.0/8", accepted), ("10.0.0.0/8", Self.refused),
                ("203.0.113.7", Self.refused),
            ] {
                let addresses = try ClientAddresses(text)
                let signed = try Self.store(digest).signedPrefix("deep", addresses: addresses)
                #expect(try Self.answer(#require(signed.url(of: "er/file.txt"))).status == status)
                let redirect = try await Self.store(digest, clients: .addresses(addresses))(
                    Client(), ObjectCorpus.plain)
                #expect(try Self.answer(#require(redirect.headerFields[.location])).status == status)
            }
            for (address, status) in [
                ("127.0.0.1", accepted), ("::ffff:127.0.0.1", accepted), ("203.0.113.7", Self.refused),
            ] {
                let redirect = try await Self.store(digest, clients: .requesting)(
                    Client(address: address), ObjectCorpus.plain)
                let url = try #require(redirect.headerFields[.location])
                #expect(try Self.answer(url).status == status)
                #expect(try Self.answer(url.replacing("temp_url_ip_range=", with: "x=")).status == Self.refused)
            }
        }

        @Test(
            "Ceph's gateway takes URLs without an account", .enabled(if: ObjectStoreServer.isCeph), arguments: digests)
        func withoutAccount(digest: TempURLDigest) async throws {
            let port = try ObjectStoreServer.shared.portWithoutAccount
            let store = try ObjectStore(
                .tempURL(
                    account: "http://localhost:\(port)/swift/v1", container: "bucket",
                    credentials: .key(ObjectStoreServer.secret), digest: digest),
                prefix: "team", delivery: .redirect, transport: ObjectStoreClient())
            let content = ObjectPutTests.bytes(9 << 20)
            try await store.put("without-account \u{fc}?", ObjectPutTests.Content(content))
            let location = try #require(
                try await store(Client(), "without-account \u{fc}?").headerFields[.location])
            let signed = try #require(try store.signedPrefix("deep").url(of: "er/file.txt"))
            for (url, content) in [
                (location, content), (signed, ObjectCorpus.Object(key: "deep/er/file.txt").content),
            ] {
                let target = String(url.dropFirst("http://localhost:\(port)".count))
                let answer = try HTTPClient(port: port).get(target)
                #expect(answer.status == 200 && answer.body == content)
                #expect(
                    try HTTPClient(port: port).get(target.replacing("temp_url_sig=", with: "temp_url_sig=0")).status
                        == 403)
            }
            try await store.delete("without-account \u{fc}?")
            #expect(try ObjectStoreServer.shared.names(in: "bucket", beginningWith: "team/without-account").isEmpty)
        }

        private struct Client: SendfileRequest {
            var address = "127.0.0.1"
            var method: HTTPRequest.Method { .get }

            func fieldValue(_ name: HTTPField.Name) -> String? { nil }
            func serverParameter(_ name: String) -> String? { name == "REMOTE_ADDR" ? self.address : nil }
        }
    }
}
