import HTTPTypes
import Testing

@testable import Sendfile

/// Every response about a file is for the client that requested it, unless the handler sets another value.
struct CacheControlTests {
    private let directory = try! TemporaryDirectory()

    init() throws { try self.directory.write("file.txt", "0123456789") }

    private func respond(
        _ fields: HTTPFields = [:], _ path: String = "file.txt", method: HTTPRequest.Method = .get,
        backend: BackendChoice = .stream, headerFields: HTTPFields = [:]
    ) throws -> FileResponse {
        try Sendfile(root: self.directory.path, backend: backend)(
            .test(method, fields), path, SendfileOptions(headerFields: headerFields))
    }

    private static let requests: [(HTTPFields, String, HTTPRequest.Method, Int)] = [
        ([:], "file.txt", .get, 200), ([:], "file.txt", .head, 200), ([.range: "bytes=0-1"], "file.txt", .get, 206),
        ([.range: "bytes=0-1,4-5"], "file.txt", .get, 206), ([.ifNoneMatch: "*"], "file.txt", .get, 304),
        ([:], "missing", .get, 404), ([:], "../x", .get, 404), ([:], "file.txt", .post, 405),
        ([.ifMatch: "\"x\""], "file.txt", .get, 412), ([.range: "bytes=99-"], "file.txt", .get, 416),
    ]

    @Test("Every response about a file is private by default", arguments: Self.requests)
    func defaults(fields: HTTPFields, path: String, method: HTTPRequest.Method, status: Int) throws {
        for backend in [BackendChoice.stream, .lighttpd, .apache, .nginx, .caddy] {
            let response = try self.respond(fields, path, method: method, backend: backend)
            #expect(response.status.code == (status == 206 && !response.serverFields.isEmpty ? 200 : status))
            #expect(response.headerFields[.cacheControl] == "private")
            // Other fields of the handler do not affect which caches may store the file.
            let given: HTTPFields = [.expires: "Fri, 01 Jan 2100 00:00:00 GMT", .vary: "Cookie"]
            let other = try self.respond(fields, path, method: method, backend: backend, headerFields: given)
            #expect(other.headerFields[.cacheControl] == "private")
        }
    }

    @Test(
        "A handler's Cache-Control replaces the default",
        arguments: ["public, max-age=60", "no-store", "private, max-age=60"])
    func handlersValue(value: String) throws {
        for backend in [BackendChoice.stream, .nginx] {
            for fields: HTTPFields in [[:], [.ifNoneMatch: "*"]] {
                let response = try self.respond(fields, backend: backend, headerFields: [.cacheControl: value])
                #expect(response.headerFields[fields: .cacheControl].map(\.value) == [value])
            }
        }
        // Fields for the file are not sent with an error.
        #expect(
            try self.respond([:], "missing", headerFields: [.cacheControl: value]).headerFields[.cacheControl]
                == "private")
    }
}
