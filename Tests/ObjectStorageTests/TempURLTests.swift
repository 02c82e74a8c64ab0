import HTTPTypes
import Logging
import Sendfile
import Testing

@testable import ObjectStorage

/// The options of TempURL against the examples in its documentation.
@Suite struct TempURLTests {
    /// A request with parameters of the web server.
    private struct Asked: SendfileRequest {
        var parameters: [String: String] = [:]
        var method: HTTPRequest.Method { .get }

        func fieldValue(_ name: HTTPField.Name) -> String? { nil }
        func serverParameter(_ name: String) -> String? { self.parameters[name] }
    }

    private static func service(
        _ digest: TempURLDigest = .sha256, redirected: ObjectStoreService.RedirectedClients = .all
    ) throws -> ObjectStoreService {
        try .tempURL(
            account: "https://swift-cluster.example.com/v1/AUTH_account", container: "container",
            credentials: .key("mykey"), digest: digest, redirectedClients: redirected)
    }

    private static func store(_ service: ObjectStoreService, prefix: String = "", now: Int64) throws -> ObjectStore {
        try ObjectStore(
            service, prefix: prefix, delivery: .redirect, internalURL: nil, life: .seconds(60),
            environment: EnvironmentVariables([:]),
            logger: Logger(label: "test"), now: { now })
    }

    @Test("The signature in the documentation is reproduced") func documented() throws {
        let request = ObjectRequest(key: try #require(ObjectKey("object", below: "")), time: 1_512_508_503, life: 60)
        #expect(
            try Self.service().url(for: request) { _ in }.contains(
                "?temp_url_sig=732fcac368abb10c78a4cbe95c3fab7f311584532bf779abd5074e13cbe8b88b&temp_url_expires=1512508563&"
            ))
    }

    @Test(
        "The signatures in the documentation for an address and a network are reproduced",
        arguments: [
            ("1.2.3.4", "3f48476acaf5ec272acd8e99f7b5bad96c52ddba53ed27c60613711774a06f0c", "1.2.3.4"),
            ("1.2.3.0/24", "6ff81256b8a3ba11d239da51a703b9c06a56ffddeb8caab74ca83af8f73c9c83", "1.2.3.0%2F24"),
        ]) func addresses(text: String, signature: String, encoded: String) throws
    {
        var request = ObjectRequest(key: try #require(ObjectKey("object", below: "")), time: 1_648_082_651, life: 60)
        request.addresses = try ClientAddresses(text)
        #expect(
            try Self.service().url(for: request) { _ in }
                == "https://swift-cluster.example.com/v1/AUTH_account/container/object?temp_url_sig=\(signature)"
                + "&temp_url_expires=1648082711&temp_url_ip_range=\(encoded)&inline")
    }

    /// The documentation shows the signature of another text here. These values are those of `get_hmac` of OpenStack Swift, and of
    /// `openssl dgst -hmac mykey`, for `"GET\n1512508563\nprefix:/v1/AUTH_account/container/pre/"`.
    @Test(
        "The signature of a prefix is that of OpenStack Swift",
        arguments: [
            (TempURLDigest.sha1, "6734446ab06b8974f50c08c14691de12b3d1b7b3"),
            (.sha256, "ef2fd60c52f63ee0e7ed6023db63535999629c57c1ae9d9af0f67b7a895d27bb"),
            (
                .sha512,
                "77f7a22c7d660070d4a99746d89f2f8eaaf8ef5f1662b1947bd952ba4a917f3cad10ff6265c2e7d7742b2c7141a2ab8e29569f385d86e06fb4fb719ca513b6b1"
            ),
        ]) func prefix(digest: TempURLDigest, signature: String) throws
    {
        let signed = try Self.store(Self.service(digest), now: 1_512_508_503).signedPrefix("pre", life: .seconds(60))
        let query = "?temp_url_sig=\(signature)&temp_url_expires=1512508563&temp_url_prefix=pre%2F"
        let container = "https://swift-cluster.example.com/v1/AUTH_account/container"
        #expect(signed.url(of: "object") == "\(container)/pre/object\(query)&inline")
        #expect(
            signed.url(of: "sub/an \u{f6}?#%", attachment: "a&b")
                == "\(container)/pre/sub/an%20%C3%B6%3F%23%25\(query)&filename=a%26b")
    }

    @Test("No key leads out of a signed prefix, and no description contains the signature") func prefixWall() throws {
        let store = try Self.store(Self.service(), prefix: "team", now: 0)
        let signed = try store.signedPrefix("album")
        for key in ["", "..", "../x", "a/../../x", "./x", String(repeating: "x", count: 1024)] {
            #expect(signed.url(of: key) == nil)
        }
        #expect(signed.url(of: "..x")?.contains("/container/team/album/..x?") == true)
        var dumped = "\(signed)"
        dump(signed, to: &dumped)
        #expect(!dumped.contains("sig") && dumped.contains("team/album/"))
        for (prefix, life) in [
            ("", 60), ("/", 60), ("a", 0), ("a", 604_801), (String(repeating: "x", count: 1024), 60),
        ] {
            #expect(throws: ObjectStoreError.self) { try store.signedPrefix(prefix, life: .seconds(life)) }
        }
        let s3 = try Self.store(
            .s3(endpoint: "https://h", bucket: "b", region: "r", credentials: .accessKey("a", secretKey: "s")), now: 0)
        let error = #expect(throws: ObjectStoreError.self) { try s3.signedPrefix("a") }
        #expect(error?.code == .unsupported)
    }

    @Test(
        "An address or a network is written as stores accept it",
        arguments: [
            ("203.0.113.7", "203.0.113.7"), ("203.0.113.0/24", "203.0.113.0/24"), ("203.0.113.7/32", "203.0.113.7"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::0007", "2001:db8::7"), ("2001:db8::/33", "2001:db8::/33"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"), ("::/0", "::/0"),
        ]) func validAddresses(text: String, written: String) throws
    {
        #expect(try ClientAddresses(text).description == written)
    }

    @Test(
        "Other texts are errors",
        arguments: [
            "", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/24", "1.2.3.0/-1", "1.2.3.0/", "1.2.3.0/+24", "::1/8",
            "1.2.3.4/24/8", "1.2.3.4\nGET",
        ])
    func invalidAddresses(text: String) {
        let error = #expect(throws: ObjectStoreError.self) { try ClientAddresses(text) }
        #expect(error?.code == .invalidAddresses)
    }

    @Test(
        "The path of an account is signed as it is",
        arguments: ["/v1/AUTH_a", "/v1/AUTH_a/", "/swift/v1/AUTH_a", "/swift/v1", "/swift/v1/"])
    func accounts(path: String) async throws {
        let service = try ObjectStoreService.tempURL(
            account: "https://h\(path)", container: "c", credentials: .key("k"))
        let store = try Self.store(service, now: 0)
        let location = try #require(try await store(Asked(), "x").headerFields[.location])
        let account = path.hasSuffix("/") ? String(path.dropLast()) : path
        #expect(location.hasPrefix("https://h\(account)/c/x?temp_url_sig="))
    }

    @Test(
        "An account's URL with another path is an error that names the path and a remedy",
        arguments: ["", "/", "/v1", "/v1/", "/v2/AUTH_a", "/swift", "/swift/v10/a", "/swift/v2", "/a/v1/AUTH_a"])
    func otherAccounts(path: String) {
        let error = #expect(throws: ObjectStoreError.self) {
            try ObjectStoreService.tempURL(account: "https://h\(path)", container: "c", credentials: .key("k"))
        }
        #expect(error?.code == .invalidEndpoint)
        let named = path.hasSuffix("/") ? String(path.dropLast()) : path
        #expect(error?.description.contains("the path \"\(named)\", which begins neither with /v1/") == true)
        #expect(error?.description.contains("https://swift.example.org/v1/AUTH_reports") == true)
    }

    @Test("The URL of a redirect is restricted to the client that is redirected, or to a network") func redirects()
        async throws
    {
        func range(_ clients: ObjectStoreService.RedirectedClients, _ parameters: [String: String]) async throws
            -> Substring?
        {
            let store = try Self.store(Self.service(redirected: clients), now: 0)
            let location = try await store(Asked(parameters: parameters), "x").headerFields[.location] ?? ""
            return location.firstMatch(of: /&temp_url_ip_range=([^&]*)/)?.output.1
        }
        let client = ["REMOTE_ADDR": "::ffff:203.0.113.7"]
        #expect(try await range(.all, client) == nil)
        #expect(try await range(.requesting, client) == "203.0.113.7")
        #expect(try await range(.addresses(ClientAddresses("10.0.0.0/8")), client) == "10.0.0.0%2F8")
        for parameters in [[:], ["REMOTE_ADDR": "unix:"]] {
            let error = await #expect(throws: ObjectStoreError.self) { try await range(.requesting, parameters) }
            #expect(error?.code == .invalidAddresses)
        }
    }
}
