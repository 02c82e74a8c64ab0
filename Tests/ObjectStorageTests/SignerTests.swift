import SendfileBasics
import Testing

@testable import ObjectStorage

/// Signatures against the published examples.
@Suite struct SignerTests {
    private static let credentials = ObjectStoreCredentials.Values(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secret: Array("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".utf8),
        sessionToken: nil)

    /// "Example: an object with a presigned URL" of the Amazon S3 API reference.
    private static func request(_ key: String) throws -> ObjectRequest {
        ObjectRequest(key: try #require(ObjectKey(key, below: "")), time: 1_369_353_600, life: 86_400)
    }

    private static func amazon(_ key: String, _ overrides: ObjectRequest.Overrides = .init()) throws -> String {
        let service = try ObjectStoreService.s3(
            endpoint: "https://s3.amazonaws.com:443/", bucket: "examplebucket", region: "us-east-1",
            credentials: .accessKey("AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            addressing: .virtualHost)
        var request = try self.request(key)
        request.overrides = overrides
        return try service.url(for: request) { Issue.record("\($0)") }
    }

    @Test("The signature of the S3 API reference's presigned URL is reproduced") func published() throws {
        #expect(
            try Self.amazon("test.txt")
                == "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
                + "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test("Fields that the store is asked to send are part of the signature, sorted and encoded") func overrides()
        throws
    {
        var overrides = ObjectRequest.Overrides()
        overrides.contentType = "text/plain; charset=utf-8"
        overrides.contentDisposition = "attachment; filename=\"a b.txt\""
        let url = try Self.amazon("test.txt", overrides)
        #expect(
            url.contains(
                "&X-Amz-SignedHeaders=host&response-content-disposition=attachment%3B%20filename%3D%22a%20b.txt%22"
                    + "&response-content-type=text%2Fplain%3B%20charset%3Dutf-8&X-Amz-Signature="))
        #expect(!url.contains("aeeed9bbccd4"))
    }

    @Test("A session token is part of the signature") func sessionToken() throws {
        let endpoint = try Endpoint("https://s3.example.org")
        let values = ObjectStoreCredentials.Values(accessKey: "a", secret: Array("s".utf8), sessionToken: "t/k+n=")
        let url = S3Signer(region: "r").url(for: try Self.request("k"), at: endpoint, path: "/b/k", by: values)
        #expect(url.contains("&X-Amz-Security-Token=t%2Fk%2Bn%3D&X-Amz-SignedHeaders=host&"))
    }

    /// The values of `openssl dgst -hmac mykey` for `"GET\n1323479485\n/v1/AUTH_account/container/object"`, the text in the
    /// documentation of the middleware.
    @Test(
        "The signature of the TempURL documentation's example is reproduced",
        arguments: [
            (TempURLDigest.sha1, "d9fc2067e52b06598421664cf6610bfc8fc431f6"),
            (.sha256, "05cb4ea08a08f2fdaef35d0f344975370077835c23bdc9342099ecbf03bc0378"),
            (
                .sha512,
                "cd90f5bb657464b0f1861ad13c5ad8cc67f51f4c881dce90bfc90086931ccb89a0b8d23c6cff7d4afe02d873b0035385d3025497bbd7f0ca35d61bf9936db77d"
            ),
        ]) func tempURL(digest: TempURLDigest, signature: String) throws
    {
        let service = try ObjectStoreService.tempURL(
            account: "https://swift-cluster.example.com/v1/AUTH_account", container: "container",
            credentials: .key("mykey"),
            digest: digest)
        var request = ObjectRequest(key: try #require(ObjectKey("object", below: "")), time: 1_323_479_400, life: 85)
        #expect(
            try service.url(for: request) { _ in }
                == "https://swift-cluster.example.com/v1/AUTH_account/container/object?temp_url_sig=\(signature)"
                + "&temp_url_expires=1323479485&inline")
        request.overrides.isAttachment = true
        request.overrides.fileName = "Q3 \u{fc}.txt"
        #expect(
            try service.url(for: request) { _ in }.hasSuffix("&temp_url_expires=1323479485&filename=Q3%20%C3%BC.txt"))
    }

    @Test(
        "A time is written in the calendar of UTC",
        arguments: [
            (1_369_353_600, "20130524T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
            (0, "19700101T000000Z"), (-1, "19691231T235959Z"), (4_107_542_400, "21000301T000000Z"),
        ] as [(Int64, String)]) func times(seconds: Int64, text: String)
    {
        #expect("\(S3Time(secondsSince1970: seconds))" == text)
    }

    @Test(
        "A time of a list is read",
        arguments: [
            ("2013-05-24T00:00:00.000Z", 1_369_353_600), ("2000-02-28T23:59:59Z", 951_782_399),
            ("2000-02-29T00:00:00.999Z", 951_782_400), ("1970-01-01T00:00:00.000Z", 0),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400),
            ("2013-05-24T00:00:00", nil), ("2013-13-24T00:00:00Z", nil), ("", nil), ("yesterdayZ", nil),
            ("99999999999999999999-05-24T00:00:00Z", nil), ("9223372036854775807-05-24T00:00:00Z", nil),
            ("2013-05-24T00:00:9223372036854775807Z", nil), ("2013-05-99T00:00:00Z", nil),
            ("2013-05-24T00:00:00.0-1Z", nil),
        ] as [(String, Int64?)]) func listedTimes(text: String, seconds: Int64?)
    {
        #expect(S3Time(iso8601: text)?.secondsSince1970 == seconds)
    }

    @Test("A document of a store is read without its entities") func documents() {
        let text =
            "<?xml version='1.0'?>\n<Result xmlns=\"x\"><Key>a&amp;lt;&lt;&quot;</Key><Key></Key><Keys>b</Keys><Key>c</Result>"
        let document = StoreDocument(Array(text.utf8))
        #expect(
            document.elements("Key").count == 2 && document.text("Key") == "a&lt;<\"" && document.text("Keys") == "b")
        #expect(
            document.hasElement("Result") && document.hasElement("Keys") && !document.hasElement("Res")
                && document.text("x") == nil)
        #expect(StoreDocument.escaped("a&b<\"c\">") == "a&amp;b&lt;&quot;c&quot;&gt;")
    }

    @Test("A sign is escaped and read although an accent behind it makes both one character") func accents() {
        let text = "<\u{301}&\u{301}&lt;\u{301}"
        let escaped = StoreDocument.escaped(text)
        #expect(escaped.utf8.elementsEqual("&lt;\u{301}&amp;\u{301}&amp;lt;\u{301}".utf8))
        let read = StoreDocument(Array("<Key>\(escaped)</Key>".utf8)).text("Key")
        #expect(read.map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(
        "A key is bytes: nothing is decoded or removed, and only unreserved characters and slashes are not encoded",
        arguments: [
            ("a b?c#d%e", "a%20b%3Fc%23d%25e"), ("../../other/x", "../../other/x"), ("a//b/./c/", "a//b/./c/"),
            ("/absolute", "/absolute"), ("%2e%2E%2f", "%252e%252E%252f"), ("Bericht \u{fc}", "Bericht%20%C3%BC"),
            ("\u{65e5}\u{672c}", "%E6%97%A5%E6%9C%AC"),
            ("+&=;:@!$'()*,~-._", "%2B%26%3D%3B%3A%40%21%24%27%28%29%2A%2C~-._"),
            ("a\r\nb\0", "a%0D%0Ab%00"), ("\\..\\", "%5C..%5C"),
        ]) func keys(key: String, path: String) throws
    {
        let object = try #require(ObjectKey(key, below: "team/"))
        #expect(object.urlPath == "team/" + path)
        #expect(object.bytes == Array("team/".utf8) + Array(key.utf8))
    }

    @Test("An empty key and one that no store accepts do not exist") func noKeys() {
        #expect(ObjectKey("", below: "team/") == nil)
        #expect(ObjectKey(String(repeating: "x", count: 1025), below: "") == nil)
        #expect(ObjectKey(String(repeating: "x", count: 1020), below: "team/") == nil)
        #expect(ObjectKey(String(repeating: "x", count: 1019), below: "team/") != nil)
    }

    @Test(
        "An endpoint is a scheme, a host and a port that is not the scheme's own",
        arguments: [
            ("https://S3.Example.org", "https://s3.example.org"),
            ("https://s3.example.org:443/", "https://s3.example.org"),
            ("http://h:80", "http://h"), ("http://h:443", "http://h:443"), ("HTTPS://h:8443", "https://h:8443"),
            ("http://[::1]:9000", "http://[::1]:9000"),
        ]) func endpoints(url: String, origin: String) throws
    {
        #expect(try Endpoint(url).origin == origin)
    }

    @Test(
        "An invalid endpoint is an error that does not repeat it",
        arguments: [
            "", "s3.example.org", "ftp://h", "https://", "https:///x", "https://user:secret@h", "https://h/../x",
            "https://h?a=secret",
            "https://h/secret%2f", "https://h\r\nsecret", "https://h#secret",
        ]) func invalidEndpoints(url: String) throws
    {
        let error = #expect(throws: ObjectStoreError.self) {
            _ = try Endpoint(url)
        }
        #expect(error?.code == .invalidEndpoint)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("A bucket's name cannot lead to another bucket") func buckets() {
        for name in ["", ".", "..", "a/b", "a\nb", "a b", String(repeating: "a", count: 257)] {
            #expect(throws: ObjectStoreError.self) {
                _ = try ObjectStoreService.s3(
                    endpoint: "https://h", bucket: name, region: "r", credentials: .environment)
            }
            #expect(throws: ObjectStoreError.self) {
                _ = try ObjectStoreService.tempURL(
                    account: "https://h/v1/AUTH_a", container: name, credentials: .environment)
            }
        }
        #expect(throws: ObjectStoreError.self) {
            _ = try ObjectStoreService.s3(
                endpoint: "https://h", bucket: "a_b", region: "r", credentials: .environment, addressing: .virtualHost)
        }
        #expect(throws: ObjectStoreError.self) {
            _ = try ObjectStoreService.s3(
                endpoint: "https://h/base", bucket: "a", region: "r", credentials: .environment)
        }
        #expect(throws: ObjectStoreError.self) {
            _ = try ObjectStoreService.tempURL(account: "https://h", container: "a", credentials: .environment)
        }
    }
}
