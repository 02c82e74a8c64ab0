import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

struct SendfileTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
        try self.directory.write("team/q3.pdf", "0123456789", modificationTime: 784_111_777)
        try self.directory.write("empty.txt", "", modificationTime: 784_111_777)
    }

    private func respond(
        _ request: HTTPRequest, _ path: String = "team/q3.pdf", backend: BackendChoice = .stream,
        contentType: String? = nil, headerFields: HTTPFields = [:]
    ) throws -> FileResponse {
        try Sendfile(root: self.directory.path, backend: backend)(
            request, path, SendfileOptions(contentType: contentType, headerFields: headerFields))
    }

    private func body(_ response: FileResponse) throws -> String {
        guard let body = response.delivery.body else { return "not streamed" }
        #expect(response.headerFields[.contentLength] == String(body.length))
        let bytes = try body.collect()
        #expect(Int64(bytes.count) == body.length)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("A file is streamed completely") func streamedFile() throws {
        let sendfile = try Sendfile(root: self.directory.path)
        let response = try sendfile(.test(), "team/q3.pdf", attachment: .attachment(named: "Q3 report.pdf"))
        #expect(response.status == .ok)
        #expect(
            response.headerFields == [
                .contentType: "application/pdf",
                .contentDisposition: "attachment; filename=\"Q3 report.pdf\"",
                .eTag: "\"2ebc98a1-a\"",
                .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT",
                .acceptRanges: "bytes",
                .cacheControl: "private",
                .contentLength: "10",
            ])
        #expect(try self.body(response) == "0123456789")
    }

    @Test("A web server is asked for the same file, without a length") func delegatedFile() throws {
        for backend in [BackendChoice.lighttpd, .apache, .nginx] {
            let response = try self.respond(.test(), backend: backend)
            #expect(response.status == .ok)
            #expect(response.serverFields.count == 1)
            var fields: HTTPFields = [
                .contentType: "application/pdf",
                .eTag: "\"2ebc98a1-a\"",
                .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT",
            ]
            // nginx adds the field itself.
            if backend.description != "nginx" { fields[.acceptRanges] = "bytes" }
            fields[.cacheControl] = "private"
            #expect(response.headerFields == fields)
        }
    }

    @Test("An empty file is sent") func emptyFile() throws {
        let response = try self.respond(.test(), "empty.txt")
        #expect(response.status == .ok)
        #expect(response.headerFields[.eTag] == "\"2ebc98a1-0\"")
        #expect(try self.body(response) == "")
        #expect(try self.respond(.test(.get, [.range: "bytes=0-0"]), "empty.txt").status == .rangeNotSatisfiable)
        #expect(try self.respond(.test(.get, [.range: "bytes=-1"]), "empty.txt").status == .ok)
    }

    @Test("A path of any type leads to the same file") func pathTypes() throws {
        let sendfile = try Sendfile(root: FilePath(self.directory.path))
        #expect(try self.body(sendfile(.test(), "team/q3.pdf")) == "0123456789")
        #expect(
            try self.body(sendfile(.test(), "/team/q3.pdf?page=2".dropFirst().prefix { $0 != "?" })) == "0123456789")
        #expect(try self.body(sendfile(.test(), FilePath("team/q3.pdf"))) == "0123456789")
    }

    // MARK: Methods

    @Test(
        "Only GET and HEAD are allowed by default",
        arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "Head", "FOO"])
    func methods(method: String) throws {
        let method = try #require(HTTPRequest.Method(method))
        for path in ["team/q3.pdf", "missing"] {
            let response = try self.respond(.test(method), path)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headerFields == [.allow: "GET, HEAD", .cacheControl: "private"])
        }
    }

    @Test("A handler may allow further methods") func additionalMethods() throws {
        let sendfile = try Sendfile(root: self.directory.path)
        let post = try sendfile(.test(.post), "team/q3.pdf", SendfileOptions(additionalMethods: [.post]))
        #expect(try self.body(post) == "0123456789")
        let put = try sendfile(.test(.put), "team/q3.pdf", SendfileOptions(additionalMethods: [.post]))
        #expect(put.headerFields[.allow] == "GET, HEAD, POST")
        // Web servers would apply a range although POST has none.
        let ranged = try Sendfile(root: self.directory.path, backend: .nginx)(
            .test(.post, [.range: "bytes=0-1"]), "team/q3.pdf", SendfileOptions(additionalMethods: [.post]))
        #expect(try self.body(ranged) == "0123456789")
        // nginx and Caddy change the method to GET, for which this condition applies.
        let conditional = try Sendfile(root: self.directory.path, backend: .nginx)(
            .test(.post, [.ifModifiedSince: "Fri, 01 Jan 2100 00:00:00 GMT"]), "team/q3.pdf",
            SendfileOptions(additionalMethods: [.post]))
        #expect(try self.body(conditional) == "0123456789")
        let plain = try Sendfile(root: self.directory.path, backend: .nginx)(
            .test(.post), "team/q3.pdf", SendfileOptions(additionalMethods: [.post]))
        #expect(plain.serverFields.count == 1)
    }

    @Test("The response to HEAD has the fields of GET", arguments: [BackendChoice.stream, .lighttpd, .apache, .nginx])
    func head(backend: BackendChoice) throws {
        for path in ["team/q3.pdf", "empty.txt", "missing"] {
            let get = try self.respond(.test(), path, backend: backend)
            let head = try self.respond(.test(.head), path, backend: backend)
            #expect(head.status == get.status)
            #expect(head.headerFields == get.headerFields)
            #expect(!head.isStreamed)
        }
    }

    @Test("A range has no effect on HEAD") func headRange() throws {
        for backend in [BackendChoice.stream, .apache] {
            let response = try self.respond(.test(.head, [.range: "bytes=0-1"]), backend: backend)
            #expect(response.status == .ok)
            #expect(response.headerFields[.contentLength] == "10")
            guard response.delivery.serverFields.isEmpty, response.delivery.body == nil else {
                Issue.record("the server would cut the range")
                return
            }
        }
    }

    // MARK: Ranges

    @Test(
        "One range is sent as 206",
        arguments: [
            ("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=-3", "789", "bytes 7-9/10"),
            ("bytes=9-", "9", "bytes 9-9/10"),
            ("bytes=0-99", "0123456789", "bytes 0-9/10"), ("bytes=20-30,1-1", "1", "bytes 1-1/10"),
        ]) func oneRange(range: String, content: String, contentRange: String) throws
    {
        let response = try self.respond(.test(.get, [.range: range]))
        #expect(response.status == .partialContent)
        #expect(response.headerFields[.contentRange] == contentRange)
        #expect(response.headerFields[.contentType] == "application/pdf")
        #expect(response.headerFields[.eTag] == "\"2ebc98a1-a\"")
        #expect(try self.body(response) == content)
    }

    @Test("Several ranges are sent as a multipart body") func severalRanges() throws {
        let response = try self.respond(.test(.get, [.range: "bytes=0-1,5-5,-2"]))
        #expect(response.status == .partialContent)
        #expect(response.headerFields[.contentRange] == nil)
        let type = try #require(response.headerFields[.contentType])
        let prefix = "multipart/byteranges; boundary="
        #expect(type.hasPrefix(prefix))
        let boundary = type.dropFirst(prefix.count)
        #expect((1...70).contains(boundary.count))
        func part(_ range: String, _ content: String) -> String {
            "--\(boundary)\r\nContent-Type: application/pdf\r\nContent-Range: bytes \(range)/10\r\n\r\n\(content)\r\n"
        }
        #expect(
            try self.body(response) == part("0-1", "01") + part("5-5", "5") + part("8-9", "89") + "--\(boundary)--\r\n")
        let other = try self.respond(.test(.get, [.range: "bytes=0-1,5-5,-2"]))
        #expect(other.headerFields[.contentType] != type)
    }

    @Test(
        "An unsatisfiable range is answered by the program",
        arguments: ["bytes=10-", "bytes=-0", "bytes=abc", "bytes=5-2"])
    func unsatisfiableRange(range: String) throws {
        for backend in [BackendChoice.stream, .lighttpd, .apache, .nginx] {
            let response = try self.respond(.test(.get, [.range: range]), backend: backend)
            #expect(response.status == .rangeNotSatisfiable)
            #expect(response.headerFields == [.contentRange: "bytes */10", .cacheControl: "private"])
            #expect(response.serverFields.isEmpty)
        }
    }

    @Test("An ignored range gets the whole file", arguments: [("items=0-1", "bytes"), ("bytes=0-9,0-9", "none")])
    func ignoredRange(range: String, acceptRanges: String) throws {
        let response = try self.respond(.test(.get, [.range: range]))
        #expect(try self.body(response) == "0123456789")
        // lighttpd would apply the range to a response that it only passes on, too.
        #expect(response.headerFields[.acceptRanges] == acceptRanges)
        // The web server might not ignore it.
        #expect(try self.respond(.test(.get, [.range: range]), backend: .apache).isStreamed)
    }

    @Test("The web server applies the range to the file that it sends") func delegatedRange() throws {
        for range in ["bytes=2-4", "bytes=2-", "bytes=-3"] {
            let response = try self.respond(.test(.get, [.range: range]), backend: .lighttpd)
            #expect(response.status == .ok)
            #expect(response.serverFields.count == 1)
            #expect(response.headerFields[.contentRange] == nil)
        }
    }

    /// nginx rejects some of these, Apache ignores others, and lighttpd merges several ranges.
    @Test(
        "A range that web servers interpret differently is applied by the program",
        arguments: [
            "bytes=2-4,", "bytes=,2-4", "bytes= 2-4", "Bytes=2-4", "bytes=0-1,5-5", "bytes=2-4,20-30",
            "bytes=0000000000000000002-4",
        ]) func irregularRange(range: String) throws
    {
        for backend in [BackendChoice.lighttpd, .apache, .nginx, .caddy] {
            let response = try self.respond(.test(.get, [.range: range]), backend: backend)
            #expect(response.status == .partialContent)
            #expect(response.isStreamed)
        }
    }

    @Test(
        "An If-Range that web servers interpret differently is evaluated by the program",
        arguments: [
            ("\"2ebc98a1-a\"", false), ("\"other\"", false), ("Sun, 06 Nov 1994 08:49:37 GMT", false),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false), ("W/\"2ebc98a1-a\"", true),
            ("Sunday, 06-Nov-94 08:49:37 GMT", true),
            ("garbage", true), ("\"a\", \"b\"", true),
        ]) func irregularIfRange(ifRange: String, isStreamed: Bool) throws
    {
        for backend in [BackendChoice.lighttpd, .apache, .nginx] {
            let request = HTTPRequest.test(.get, [.range: "bytes=2-4", .ifRange: ifRange])
            #expect(try self.respond(request, backend: backend).isStreamed == isStreamed)
        }
    }

    @Test(
        "The ETag is the same for every sender of the bytes",
        arguments: [BackendChoice.lighttpd, .apache, .nginx, .caddy, .stream])
    func entityTag(backend: BackendChoice) throws {
        let tag = "\"2ebc98a1-a\""
        func respond(_ fields: HTTPFields) throws -> FileResponse {
            try self.respond(.test(.get, fields), backend: backend)
        }
        #expect(try respond([:]).headerFields[.eTag] == tag)
        #expect(try respond([.range: "bytes=0-1,4-5"]).headerFields[.eTag] == tag)
        #expect(try respond([.ifNoneMatch: tag]).status == .notModified)
        #expect(try respond([.ifNoneMatch: "\"cyu8ipa\""]).status == .ok)
        #expect(try respond([.ifMatch: "\"cyu8ipa\""]).status == .preconditionFailed)
    }

    // MARK: Header fields

    @Test("A handler's Content-Type replaces the library's") func contentType() throws {
        #expect(try self.respond(.test(), contentType: "text/x-mine").headerFields[.contentType] == "text/x-mine")
        let field: HTTPFields = [.contentType: "text/x-field", .contentDisposition: "inline; filename=x"]
        let response = try self.respond(.test(), headerFields: field)
        #expect(response.headerFields[values: .contentType] == ["text/x-field"])
        #expect(response.headerFields[values: .contentDisposition] == ["inline; filename=x"])
        let both = try self.respond(.test(), contentType: "text/x-mine", headerFields: field)
        #expect(both.headerFields[values: .contentType] == ["text/x-mine"])
    }

    @Test("A handler's fields reach the client") func handlersFields() throws {
        var fields: HTTPFields = [.cacheControl: "private", .vary: "Cookie", .contentEncoding: "gzip"]
        fields.append(HTTPField(name: .setCookie, value: "a=1"))
        fields.append(HTTPField(name: .setCookie, value: "b=2"))
        let response = try self.respond(.test(), headerFields: fields)
        #expect(response.headerFields[.cacheControl] == "private")
        #expect(response.headerFields[.vary] == "Cookie")
        #expect(response.headerFields[.contentEncoding] == "gzip")
        #expect(response.headerFields[values: .setCookie] == ["a=1", "b=2"])
    }

    @Test("A handler's fields cannot contradict the body") func contradictingFields() throws {
        let fields: HTTPFields = [.contentLength: "99", .contentRange: "bytes 0-1/2", .acceptRanges: "none"]
        let response = try self.respond(.test(), headerFields: fields)
        #expect(response.headerFields[values: .contentLength] == ["10"])
        #expect(response.headerFields[.contentRange] == nil)
        #expect(response.headerFields[values: .acceptRanges] == ["bytes"])
    }

    /// RFC 9110 §15.4.5: fields that update a stored response, and none that describes bytes.
    @Test("A 304 has only the fields that it needs") func notModified() throws {
        let fields: HTTPFields = [
            .cacheControl: "private", .expires: "0", .vary: "Cookie", .contentLocation: "/x", .contentEncoding: "gzip",
            .contentLanguage: "en", .contentType: "text/plain", .contentDisposition: "inline",
            .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT", .contentLength: "99", .setCookie: "a=1",
        ]
        let response = try self.respond(.test(.get, [.ifNoneMatch: "*"]), backend: .apache, headerFields: fields)
        #expect(response.status == .notModified)
        #expect(
            response.headerFields == [
                .eTag: "\"2ebc98a1-a\"", .cacheControl: "private", .expires: "0", .vary: "Cookie",
                .contentLocation: "/x", .setCookie: "a=1",
            ])
        #expect(response.serverFields.isEmpty)
    }

    @Test("A refusal does not have the file's cache lifetime") func refusals() throws {
        let fields: HTTPFields = [
            .cacheControl: "max-age=31536000", .expires: "Fri, 31 Dec 9999 23:59:59 GMT", .contentEncoding: "gzip",
            .eTag: "\"x\"", .contentType: "text/plain", .accessControlAllowOrigin: "*",
        ]
        #expect(
            try self.respond(.test(), "missing", headerFields: fields).headerFields
                == [.accessControlAllowOrigin: "*", .cacheControl: "private"])
    }

    @Test(
        "No line end reaches a header field",
        arguments: ["text/plain\r\nX-Sendfile: /etc/passwd", "text/plain\n", "a\0b", "a\rb", "\r\n\r\n<html>"])
    func lineEnds(text: String) throws {
        var fields: HTTPFields = [.cacheControl: text, .eTag: "\"\(text)\"", .contentDisposition: text]
        fields.append(HTTPField(name: .setCookie, value: text))
        let responses = [
            try self.respond(.test(), contentType: text, headerFields: fields),
            try self.respond(.test(.get, [.range: "bytes=0-1,3-4"]), contentType: text, headerFields: fields),
            try self.respond(.test(.get, [.ifNoneMatch: "*"]), contentType: text, headerFields: fields),
            try self.respond(.test(.get, [.range: text]), contentType: text, headerFields: fields),
        ]
        for response in responses {
            for field in response.headerFields { #expect(HTTPField.isValidValue(field.value)) }
            guard let body = response.delivery.body else { continue }
            for case .bytes(let bytes) in body.parts {
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
                let isMultipart = lines.allSatisfy { line in
                    line.hasPrefix("--") || line.hasPrefix("Content-Type: ") || line.hasPrefix("Content-Range: ")
                }
                #expect(isMultipart)
            }
        }
    }
}
