import HTTPTypes
import ObjectStorage
import Sendfile
import Testing

extension ServerTests {
    /// Prefixes and addresses of TempURL at a real OpenStack Swift.
    @Suite(.serialized, .enabled(if: !ObjectStoreServer.isCeph)) struct TempURLServerTests {
        private static let digests: [TempURLDigest] = [.sha1, .sha256, .sha512]

        private static func store(
            _ digest: TempURLDigest, clients: ObjectStoreService.RedirectedClients = .all
        ) throws -> ObjectStore {
            try ObjectStore(
                .tempURL(
                    account: "\(try ObjectStoreServer.shared.endpoint)/v1/AUTH_test", container: "bucket",
                    credentials: .key(ObjectStoreServer.secret), digest: digest, redirectedClients: clients),
                prefix: "team", delivery: .redirect)
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
                ("team/plain.txt", 401), ("team/deepest", 401), ("secret", 401), ("team/deep/missing", 404),
            ] {
                #expect(
                    try Self.answer(url.replacing("team/deep/er/file.txt", with: other)).status == status, "\(other)")
            }
            #expect(
                try Self.answer(url.replacing("temp_url_prefix=team%2Fdeep%2F", with: "temp_url_prefix=team%2F")).status
                    == 401)
            for object in ObjectCorpus.all where object.key.hasPrefix("a") && !ObjectCorpus.dotted.contains(object.key)
            {
                // The prefix of the corpus itself: each name is below "team/".
                let all = try ObjectStore(
                    .tempURL(
                        account: "\(try ObjectStoreServer.shared.endpoint)/v1/AUTH_test", container: "bucket",
                        credentials: .key(ObjectStoreServer.secret), digest: digest)
                ).signedPrefix("team")
                #expect(try Self.answer(#require(all.url(of: object.key))).body == object.content, "\(object.key)")
            }
        }

        @Test("A signed prefix and a redirect are valid from the addresses that they name", arguments: digests)
        func addresses(digest: TempURLDigest) async throws {
            for (text, status) in [("127.0.0.1", 200), ("127.0.0.0/8", 200), ("10.0.0.0/8", 401), ("203.0.113.7", 401)]
            {
                let addresses = try ClientAddresses(text)
                let signed = try Self.store(digest).signedPrefix("deep", addresses: addresses)
                #expect(try Self.answer(#require(signed.url(of: "er/file.txt"))).status == status)
                let redirect = try await Self.store(digest, clients: .addresses(addresses))(
                    Client(), ObjectCorpus.plain)
                #expect(try Self.answer(#require(redirect.headerFields[.location])).status == status)
            }
            for (address, status) in [("127.0.0.1", 200), ("::ffff:127.0.0.1", 200), ("203.0.113.7", 401)] {
                let redirect = try await Self.store(digest, clients: .requesting)(
                    Client(address: address), ObjectCorpus.plain)
                let url = try #require(redirect.headerFields[.location])
                #expect(try Self.answer(url).status == status)
                #expect(try Self.answer(url.replacing("temp_url_ip_range=", with: "x=")).status == 401)
            }
        }

        private struct Client: SendfileRequest {
            var address = "127.0.0.1"
            var method: HTTPRequest.Method { .get }

            func fieldValue(_ name: HTTPField.Name) -> String? { nil }
            func serverParameter(_ name: String) -> String? { name == "REMOTE_ADDR" ? self.address : nil }
        }
    }
}
