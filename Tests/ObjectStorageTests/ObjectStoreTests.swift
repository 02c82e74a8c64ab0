import FastCGI
import HTTPTypes
import Logging
import Sendfile
import Testing

@testable import ObjectStorage

/// The decision about an object: the same as about a file, with another delivery.
@Suite struct ObjectStoreTests {
    /// A request with parameters of the web server.
    private struct Asked: SendfileRequest {
        var method: HTTPRequest.Method = .get
        var headerFields: HTTPFields = [:]
        var parameters: [String: String] = [:]

        func fieldValue(_ name: HTTPField.Name) -> String? { self.headerFields[name] }
        func serverParameter(_ name: String) -> String? { self.parameters[name] }
    }

    private static let size: Int64 = 10
    private static let tag = "\"v1\""
    private static let date = "Thu, 01 Jan 2026 12:00:00 GMT"

    private static var known: ObjectKnowledge {
        get throws { try .known(size: self.size, etag: "v1", modified: 1_767_268_800) }
    }

    private static func store(
        _ delivery: ObjectDelivery? = .server, prefix: String = "team", life: Duration = .seconds(300),
        environment: [String: String] = [:], isTempURL: Bool = false
    ) throws -> ObjectStore {
        let service =
            isTempURL
            ? try ObjectStoreService.tempURL(
                account: "https://swift.example.org/v1/AUTH_a", container: "reports", credentials: .key("k"))
            : try .s3(
                endpoint: "https://s3.example.org", bucket: "reports", region: "eu-1",
                credentials: .accessKey("key", secretKey: "secret"))
        return try ObjectStore(
            service, prefix: prefix, delivery: delivery, internalURL: nil, life: life,
            environment: EnvironmentVariables(environment), logger: Logger(label: "test"), now: { 1_767_268_800 })
    }

    private static func field(_ name: String, of response: FileResponse) -> String? {
        response.delivery.serverFields.first { $0.name == name }?.text
    }

    @Test("The web server is asked for the internal location with the signed URL in a field of its own") func server()
        async throws
    {
        let response = try await Self.store()(
            Asked(), "a b?/q3.pdf", attachment: .attachment(named: "Q3 \u{fc}.pdf"), knowledge: Self.known)
        #expect(response.status == .ok)
        #expect(Self.field("X-Accel-Redirect", of: response) == "/object-store/")
        let url = try #require(Self.field("X-Object-Store-URL", of: response))
        #expect(url.hasPrefix("https://s3.example.org/reports/team/a%20b%3F/q3.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        #expect(url.contains("&X-Amz-Date=20260101T120000Z&X-Amz-Expires=300&"))
        #expect(!url.contains("secret"))
        #expect(response.delivery.serverFields.count == 2)
        #expect(
            response.headerFields == [
                .contentType: "application/pdf",
                .contentDisposition: "attachment; filename=\"Q3 _.pdf\"; filename*=UTF-8''Q3%20%C3%BC.pdf",
                .eTag: Self.tag,
                .lastModified: Self.date, .acceptRanges: "bytes", .cacheControl: "private",
            ])
    }

    @Test("Apache's mod_fcgid is asked by a local redirect, with the fields that Apache would lose")
    func localRedirect()
        async throws
    {
        let parameters = ["SERVER_SOFTWARE": "Apache/2.4.71 (Debian)", "SCRIPT_FILENAME": "/usr/lib/downloads/"]
        let request = Asked(headerFields: [.range: "bytes=2-"], parameters: parameters)
        let response = try await Self.store()(request, "q3.pdf", knowledge: Self.known)
        #expect(Self.field("Location", of: response) == "/object-store/")
        #expect(Self.field("X-Object-Store-URL", of: response)?.hasPrefix("https://s3.example.org/reports/") == true)
        #expect(Self.field("X-Object-Store-Range", of: response) == "bytes=2-9")
        #expect(Self.field("X-Object-Store-Sent-ETag", of: response) == Self.tag)
        #expect(Self.field("X-Object-Store-Sent-Last-Modified", of: response) == Self.date)
        #expect(Self.field("X-Object-Store-Sent-Content-Type", of: response) == "application/pdf")
        #expect(response.delivery.serverFields.count == 6)
    }

    @Test(
        "A web server that would send the signed URL to the client is not asked",
        arguments: [
            ["SERVER_SOFTWARE": "Apache", "SCRIPT_FILENAME": "proxy:fcgi://localhost/"],
            ["SERVER_SOFTWARE": "lighttpd/1.4.69"], ["SERVER_SOFTWARE": "HAProxy"],
        ]) func unsupportedServer(parameters: [String: String]) async throws
    {
        let error = await #expect(throws: ObjectStoreError.self) {
            try await Self.store()(Asked(parameters: parameters), "q3.pdf", knowledge: Self.known)
        }
        #expect(error?.code == .unsupportedServer)
        let redirect = try await Self.store(.redirect)(Asked(parameters: parameters), "q3.pdf")
        #expect(redirect.status == .temporaryRedirect)
    }

    @Test(
        "What is known of an object decides conditions, ranges and methods as for a file",
        arguments: [
            (.get, [:], 200, nil), (.get, [.range: "bytes=2-"], 200, "bytes=2-9"),
            (.get, [.range: "bytes=-3"], 200, "bytes=7-9"),
            (.get, [.range: "bytes=0-99"], 200, "bytes=0-9"), (.get, [.range: "bytes=0-1,4-5"], 200, nil),
            (.get, [.range: "bytes=10-"], 416, nil), (.get, [.range: "lines=1-2"], 200, nil),
            (.get, [.range: "bytes=2-", .ifRange: "\"v1\""], 200, "bytes=2-9"),
            (.get, [.range: "bytes=2-", .ifRange: "\"v0\""], 200, nil),
            (.get, [.range: "bytes=2-", .ifRange: "Thu, 01 Jan 2026 12:00:00 GMT"], 200, "bytes=2-9"),
            (.get, [.ifNoneMatch: "\"v1\""], 304, nil), (.get, [.ifNoneMatch: "*"], 304, nil),
            (.get, [.ifNoneMatch: "\"v0\""], 200, nil),
            (.get, [.ifModifiedSince: "Thu, 01 Jan 2026 12:00:00 GMT"], 304, nil),
            (.get, [.ifModifiedSince: "Thu, 01 Jan 2026 11:59:59 GMT"], 200, nil),
            (.get, [.ifMatch: "\"v0\""], 412, nil),
            (.get, [.ifMatch: "\"v1\""], 200, nil),
            (.get, [.ifUnmodifiedSince: "Thu, 01 Jan 2026 11:59:59 GMT"], 412, nil),
            (.head, [:], 200, nil), (.head, [.range: "bytes=2-"], 200, nil),
            (.head, [.ifNoneMatch: "\"v1\""], 304, nil),
            (.post, [:], 405, nil), (.delete, [:], 405, nil),
        ] as [(HTTPRequest.Method, HTTPFields, Int, String?)])
    func decisions(method: HTTPRequest.Method, fields: HTTPFields, status: Int, range: String?) async throws {
        let response = try await Self.store()(
            Asked(method: method, headerFields: fields), "q3.pdf", knowledge: Self.known)
        #expect(response.status.code == status)
        #expect(Self.field("X-Object-Store-Range", of: response) == range)
        // HEAD is answered without the store.
        #expect(response.delivery.serverFields.isEmpty == (status != 200 || method == .head))
        switch status {
        case 200: #expect(response.headerFields[.contentLength] == (method == .head ? "10" : nil))
        case 304: #expect(response.headerFields[.eTag] == Self.tag)
        case 405: #expect(response.headerFields[.allow] == "GET, HEAD")
        case 416: #expect(response.headerFields[.contentRange] == "bytes */10")
        default: break
        }
        // No condition is judged twice.
        #expect(!response.delivery.serverFields.contains { $0.name.hasPrefix("X-Object-Store-If") })
    }

    @Test("What is left to the store is passed on, and the store's validators reach the client") func left()
        async throws
    {
        let conditions: HTTPFields = [
            .range: "bytes=2-", .ifMatch: "\"v\"", .ifNoneMatch: "\"w\"",
            .ifModifiedSince: Self.date,
            .ifUnmodifiedSince: Self.date,
        ]
        var fields = conditions
        fields[.cookie] = "session=1"
        fields[.authorization] = "Basic x"
        fields[HTTPField.Name("X-Amz-Security-Token")!] = "forged"
        let response = try await Self.store()(Asked(headerFields: fields), "q3.pdf")
        #expect(response.status == .ok)
        for condition in conditions {
            #expect(Self.field("X-Object-Store-\(condition.name.rawName)", of: response) == condition.value)
        }
        #expect(response.delivery.serverFields.count == 2 + conditions.count)
        #expect(response.headerFields == [.contentType: "application/pdf", .cacheControl: "private"])
        #expect(try await Self.store()(Asked(method: .put), "q3.pdf").status == .methodNotAllowed)
        // Stores ignore If-Range: a range could be cut from another version.
        let resumed = try await Self.store()(Asked(headerFields: [.range: "bytes=2-", .ifRange: "\"v\""]), "q3.pdf")
        #expect(resumed.delivery.serverFields.map(\.name) == ["X-Accel-Redirect", "X-Object-Store-URL"])
        // The answer to several ranges would have the store's media types.
        let ranges = try await Self.store()(Asked(headerFields: [.range: "bytes=0-1,4-5"]), "q3.pdf")
        #expect(ranges.delivery.serverFields.map(\.name) == ["X-Accel-Redirect", "X-Object-Store-URL"])
    }

    @Test("A key that no store has is 404") func keys() async throws {
        for delivery in [ObjectDelivery.server, .redirect] {
            for key in ["", String(repeating: "x", count: 1020)] {
                #expect(try await Self.store(delivery)(Asked(), key).status == .notFound)
            }
        }
    }

    @Test(
        "No key leaves the prefix",
        arguments: [
            "../other/x", "..", "/x", "//x", "%2e%2e/x", "\\..\\x", "x/../../../y", "x\0", "?versionId=1", "#",
            "a\r\nHost: x",
        ])
    func wall(key: String) async throws {
        let response = try await Self.store()(Asked(), key)
        let url = try #require(Self.field("X-Object-Store-URL", of: response))
        #expect(url.hasPrefix("https://s3.example.org/reports/team/"))
        #expect(url.utf8.count { $0 == UInt8(ascii: "?") } == 1)
        #expect(!url.contains { $0.isNewline || $0 == " " || $0 == "#" })
        // The prefix of another team with the same beginning is not reached.
        #expect(!url.hasPrefix("https://s3.example.org/reports/team/-"))
    }

    @Test("A redirect is signed for its method and for the fields that the store sends, and no cache may store it")
    func redirect() async throws {
        for method in [HTTPRequest.Method.get, .head] {
            let response = try await Self.store(.redirect)(
                Asked(method: method), "q3.pdf", attachment: .attachment, knowledge: Self.known)
            #expect(response.status == .temporaryRedirect)
            #expect(response.headerFields[.cacheControl] == "no-store")
            #expect(response.delivery.serverFields.isEmpty && response.headerFields[.eTag] == nil)
            let location = try #require(response.headerFields[.location])
            #expect(location.hasPrefix("https://s3.example.org/reports/team/q3.pdf?X-Amz-Algorithm="))
            for part in [
                "&response-cache-control=private&", "&response-content-type=application%2Fpdf&",
                "&response-content-disposition=attachment%3B%20filename%3D%22q3.pdf%22&",
            ] { #expect(location.contains(part)) }
        }
        let get = try await Self.store(.redirect)(Asked(), "q3.pdf").headerFields[.location]
        let head = try await Self.store(.redirect)(Asked(method: .head), "q3.pdf").headerFields[.location]
        #expect(get != head)
    }

    @Test("The store judges the conditions of a redirect, because the client has its validators")
    func redirectConditions() async throws {
        for fields in [[.ifNoneMatch: "\"v1\""], [.ifMatch: "\"v0\""], [.range: "bytes=99-"]] as [HTTPFields] {
            let response = try await Self.store(.redirect)(Asked(headerFields: fields), "q3.pdf", knowledge: Self.known)
            #expect(response.status == .temporaryRedirect)
        }
        #expect(try await Self.store(.redirect)(Asked(method: .post), "q3.pdf").status == .methodNotAllowed)
    }

    @Test("A client would remove . and .. from a redirect, so it gets none") func redirectedDots() async throws {
        for key in ["../x", "a/./b", ".."] {
            #expect(try await Self.store(.redirect)(Asked(), key).status == .notFound)
        }
        #expect(try await Self.store(.redirect)(Asked(), "..a/b..").status == .temporaryRedirect)
    }

    @Test("A TempURL names the file, or asks for it to be shown") func tempURL() async throws {
        let store = try Self.store(.redirect, isTempURL: true)
        let shown = try #require(try await store(Asked(), "q3.pdf").headerFields[.location])
        #expect(shown.hasPrefix("https://swift.example.org/v1/AUTH_a/reports/team/q3.pdf?temp_url_sig="))
        #expect(shown.hasSuffix("&temp_url_expires=1767269100&inline"))
        let saved = try #require(
            try await store(Asked(), "q3.pdf", attachment: .attachment(named: "a&b.pdf")).headerFields[.location])
        #expect(saved.hasSuffix("&filename=a%26b.pdf"))
    }

    @Test("Code overrides the web server's parameters, and these override the environment") func settings() async throws
    {
        let environment = ["OBJECT_DELIVERY": "server", "OBJECT_URL": "objects"]
        let parameters = ["OBJECT_DELIVERY": "redirect", "OBJECT_URL": "/app/objects/"]
        let redirect = try await Self.store(nil, environment: environment)(Asked(parameters: parameters), "x")
        #expect(redirect.status == .temporaryRedirect)
        let fromEnvironment = try await Self.store(nil, environment: environment)(Asked(), "x")
        #expect(Self.field("X-Accel-Redirect", of: fromEnvironment) == "/objects/")
        let fromCode = try await Self.store(.server, environment: environment)(Asked(parameters: parameters), "x")
        #expect(Self.field("X-Accel-Redirect", of: fromCode) == "/app/objects/")
        #expect(try await Self.store(nil)(Asked(), "x").status == .temporaryRedirect)
    }

    @Test("An invalid setting is an error that names it") func invalidSettings() async throws {
        for (environment, code) in [
            (["OBJECT_DELIVERY": "nginx"], ObjectStoreError.Code.unknownDelivery),
            (["OBJECT_URL": "/"], .invalidInternalURL),
            (["OBJECT_URL": "/a/../b/"], .invalidInternalURL), (["OBJECT_URL": "/a\nb/"], .invalidInternalURL),
        ] {
            let error = #expect(throws: ObjectStoreError.self) { _ = try Self.store(nil, environment: environment) }
            #expect(error?.code == code)
            let name = try #require(environment.keys.first)
            if code == .unknownDelivery { #expect(error?.description.contains(name) == true) }
            await #expect(throws: ObjectStoreError.self) {
                try await Self.store(nil, environment: ["OBJECT_DELIVERY": "server"])(
                    Asked(parameters: environment), "x")
            }
        }
        for life in [Duration.zero, .milliseconds(900), .seconds(604_801), .seconds(-1)] {
            #expect(throws: ObjectStoreError.self) { _ = try Self.store(life: life) }
        }
        for etag in ["a b", "a\"b", "a\nb"] {
            #expect(throws: ObjectStoreError.self) { _ = try ObjectKnowledge.known(size: 1, etag: etag) }
        }
        #expect(throws: ObjectStoreError.self) { _ = try ObjectKnowledge.known(size: -1, etag: "a") }
    }

    @Test("A delivery and a knowledge that need a transport are errors without one") func missingTransport()
        async throws
    {
        let stream = #expect(throws: ObjectStoreError.self) { _ = try Self.store(.stream) }
        #expect(stream?.code == .missingTransport)
        for (parameters, knowledge) in [
            (["OBJECT_DELIVERY": "stream"], ObjectKnowledge.left), ([:], .asked(for: .seconds(1))),
        ] {
            let error = await #expect(throws: ObjectStoreError.self) {
                try await Self.store(nil, environment: ["OBJECT_DELIVERY": "server"])(
                    Asked(parameters: parameters), "x", knowledge: knowledge)
            }
            #expect(error?.code == .missingTransport)
        }
        // A redirect needs no knowledge.
        let redirect = try await Self.store(.redirect)(Asked(), "x", knowledge: .asked(for: .seconds(1)))
        #expect(redirect.status == .temporaryRedirect)
    }

    @Test("A request for a store is described without its signature") func description() {
        let request = ObjectStoreRequest(method: .head, url: "https://h/b/k?X-Amz-Signature=secret", headerFields: [:])
        #expect("\(request)" == "HEAD https://h/b/k")
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains("secret"))
    }

    @Test("A request of FastCGI's gets a response of FastCGI's, and a handler cannot send the fields itself")
    func fastCGI() async throws {
        let request = FastCGI.Request(
            parameters: Parameters([
                (name: "REQUEST_METHOD", value: "GET"), (name: "OBJECT_DELIVERY", value: "server"),
                (name: "HTTP_OBJECT_DELIVERY", value: "redirect"),
            ]))
        let response: Response = try await Self.store(nil)(request, "q3.pdf", knowledge: Self.known)
        #expect(response.status == .ok)
        #expect(response.serverFields.map(\.name) == ["X-Accel-Redirect", "X-Object-Store-URL"])
        #expect(ReservedFields.contains("x-object-store-url"))
    }
}
