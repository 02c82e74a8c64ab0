import Glibc
import HTTPTypes
import Testing

@testable import Sendfile

/// Compressed variants beside the requested file.
struct PrecompressedTests {
    private static let time = 784_111_777
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
        try self.directory.write("app.js", "0123456789", modificationTime: Self.time)
    }

    private func write(_ coding: String, _ content: String, age: Int = 0) throws {
        try self.directory.write("app.js.\(coding)", content, modificationTime: Self.time - age)
    }

    private func respond(
        _ fields: HTTPFields, _ options: SendfileOptions = SendfileOptions(precompressed: true),
        path: String = "app.js",
        method: HTTPRequest.Method = .get, backend: BackendChoice = .stream
    ) throws -> FileResponse {
        try Sendfile(root: self.directory.path, backend: backend)(.test(method, fields), path, options)
    }

    private func content(_ response: FileResponse) throws -> String {
        guard let body = response.delivery.body else { return "not streamed" }
        return String(decoding: try body.collect(), as: UTF8.self)
    }

    @Test(
        "The client's Accept-Encoding selects the variant",
        arguments: [
            (nil, nil), ("", nil), ("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"),
            ("gzip, deflate, br, zstd", "br"),
            ("GZIP", "gzip"), ("x-gzip", "gzip"), ("gzip;q=1, br;q=0.5", "gzip"), ("br;q=0, gzip", "gzip"),
            ("br;q=0", nil),
            ("gzip;q=0.001", "gzip"), ("gzip; q=0.5 ,br ;q=0.4", "gzip"), ("gzip;q=0", nil), ("*", "br"),
            ("*;q=0", nil),
            ("*;q=0, gzip;q=0.1", "gzip"), ("br;q=0, *", "gzip"), ("identity", nil), ("identity, gzip", "gzip"),
            ("identity;q=0.5, gzip;q=0.4", nil), ("identity;q=0.5, gzip;q=0.5", "gzip"),
            ("gzip;q=0.3, identity;q=0", "gzip"),
            ("identity;q=0", nil), ("*;q=0.5, gzip;q=0.3", "br"), ("deflate", nil), ("gzip;q=2", nil),
            ("gzip;q=0.1234", nil),
            ("gzip;q=x", nil), ("gzip;level=1", nil), ("gzip;q=1;x=y", nil), (",, gzip ,,", "gzip"), ("gzipped", nil),
            ("gzip;q=1.", "gzip"), ("gzip;q=1.000", "gzip"), ("gzip;q=1.001", nil), ("gzip;Q=0.5", "gzip"),
        ]) func acceptEncoding(acceptEncoding: String?, coding: String?) throws
    {
        try self.write("br", "B")
        try self.write("gz", "GZ")
        var fields: HTTPFields = [:]
        fields[.acceptEncoding] = acceptEncoding
        let response = try self.respond(fields)
        #expect(response.headerFields[.contentEncoding] == coding)
        #expect(response.headerFields[values: .vary] == ["Accept-Encoding"])
        #expect(response.headerFields[.contentType] == MediaTypes.shared.type(ofName: Array("app.js".utf8)))
        let contents = [nil: "0123456789", "br": "B", "gzip": "GZ"]
        #expect(try self.content(response) == contents[coding])
        let tags = [nil: "\"2ebc98a1-a\"", "br": "\"2ebc98a1-1-br\"", "gzip": "\"2ebc98a1-2-gzip\""]
        #expect(response.headerFields[.eTag] == tags[coding])
    }

    /// Compressed, and then the original is written once more, all within a second. Some compressors copy the time without nanoseconds.
    @Test(
        "A variant that is older by less than a second is not sent",
        arguments: [
            (500, 400, false), (500, 500, true), (500, 600, true), (500, 0, true), (0, 500, true),
            (500, 1, false),
        ]) func slightlyOlder(original: Int, compressed: Int, isSent: Bool) throws
    {
        try self.write("gz", "GZ")
        for (name, nanoseconds) in [("app.js", original), ("app.js.gz", compressed)] {
            let time = timespec(tv_sec: Self.time, tv_nsec: nanoseconds)
            try #require(utimensat(AT_FDCWD, self.directory.path(name), [time, time], 0) == 0)
        }
        let response = try self.respond([.acceptEncoding: "gzip"])
        #expect(try self.content(response) == (isSent ? "GZ" : "0123456789"))
    }

    @Test("A missing or older variant is not sent") func missingOrOlder() throws {
        let all: HTTPFields = [.acceptEncoding: "br, gzip"]
        #expect(try self.content(self.respond(all)) == "0123456789")
        #expect(try self.respond(all).headerFields[.vary] == "Accept-Encoding")
        try self.write("br", "old", age: 1)
        try self.write("gz", "new")
        #expect(try self.content(self.respond(all)) == "new")
        try self.directory.unlink("app.js.br")
        try self.directory.makeDirectory("app.js.br")
        #expect(try self.content(self.respond(all)) == "new")
        try self.directory.unlink("app.js.gz")
        try self.directory.write("secret", "secret")
        try self.directory.link("app.js.gz", to: "../../../../../../../../etc/hostname")
        #expect(try self.content(self.respond(all)) == "0123456789")
    }

    @Test("A variant without its original is not found") func missingOriginal() throws {
        try self.directory.write("alone.gz", "x")
        #expect(try self.respond([.acceptEncoding: "gzip"], path: "alone").status == .notFound)
    }

    @Test("A variant is sent only on request, and not with an encoding of the handler") func otherOptions() throws {
        try self.write("gz", "GZ")
        for options in [
            SendfileOptions(), SendfileOptions(contentEncoding: .coding("x"), precompressed: true),
            SendfileOptions(headerFields: [.contentEncoding: "x"], precompressed: true),
        ] {
            let response = try self.respond([.acceptEncoding: "gzip"], options)
            #expect(try self.content(response) == "0123456789")
            #expect(response.headerFields[.vary] == nil)
        }
    }

    /// A range and a validator belong to the bytes that are sent (RFC 9110 §14.2, §8.8.3).
    @Test(
        "The ranges and validators are those of the variant",
        arguments: [
            ([.range: "bytes=1-"], .partialContent, "Z", "bytes 1-1/2"),
            ([.range: "bytes=2-"], .rangeNotSatisfiable, "not streamed", "bytes */2"),
            ([.range: "bytes=1-", .ifRange: "\"2ebc98a1-2-gzip\""], .partialContent, "Z", "bytes 1-1/2"),
            ([.range: "bytes=1-", .ifRange: "\"2ebc98a1-a\""], .ok, "GZ", nil),
            ([.ifNoneMatch: "\"2ebc98a1-2-gzip\""], .notModified, "not streamed", nil),
            ([.ifNoneMatch: "\"2ebc98a1-a\""], .ok, "GZ", nil),
            ([.ifMatch: "\"2ebc98a1-a\""], .preconditionFailed, "not streamed", nil),
        ] as [(HTTPFields, HTTPResponse.Status, String, String?)])
    func rangesAndValidators(
        fields: HTTPFields, status: HTTPResponse.Status, content: String, range: String?
    ) throws {
        try self.write("gz", "GZ")
        var fields = fields
        fields[.acceptEncoding] = "gzip"
        let response = try self.respond(fields)
        #expect(response.status == status)
        #expect(try self.content(response) == content)
        #expect(response.headerFields[.contentRange] == range)
        if status == .notModified {
            #expect(
                response.headerFields == [
                    .eTag: "\"2ebc98a1-2-gzip\"", .cacheControl: "private", .vary: "Accept-Encoding",
                ])
        }
        let head = try self.respond(fields, method: .head)
        #expect(head.headerFields[.eTag] == (head.status == .preconditionFailed ? nil : "\"2ebc98a1-2-gzip\""))
    }

    @Test(
        "A handler's Vary is kept",
        arguments: [
            ([:], "Accept-Encoding"), ([.vary: "Cookie"], "Cookie, Accept-Encoding"), ([.vary: "*"], "*"),
            ([.vary: "Accept-encoding, Cookie"], "Accept-encoding, Cookie"), ([.vary: ""], "Accept-Encoding"),
        ] as [(HTTPFields, String)]) func vary(fields: HTTPFields, vary: String) throws
    {
        try self.write("gz", "GZ")
        for accepted in ["gzip", "identity"] {
            let response = try self.respond(
                [.acceptEncoding: accepted], SendfileOptions(headerFields: fields, precompressed: true))
            #expect(response.headerFields[values: .vary] == [vary])
        }
    }

    @Test("A handler's ETag is different for each coding") func handlersTag() throws {
        try self.write("gz", "GZ")
        let options = SendfileOptions(headerFields: [.eTag: "W/\"v7\""], precompressed: true)
        #expect(try self.respond([.acceptEncoding: "gzip"], options).headerFields[.eTag] == "W/\"v7-gzip\"")
        #expect(try self.respond([:], options).headerFields[.eTag] == "W/\"v7\"")
    }

    /// lighttpd keeps the encoding; the others lose it, or the length.
    @Test("A variant is streamed behind a web server that loses the encoding") func lostEncoding() throws {
        try self.write("gz", "GZ")
        for backend in [BackendChoice.lighttpd, .apache, .nginx, .caddy] {
            let response = try self.respond([.acceptEncoding: "gzip"], backend: backend)
            #expect(response.headerFields[.contentEncoding] == "gzip")
            #expect(response.isStreamed == (backend.description != "lighttpd"))
            #expect(!(try self.respond([:], backend: backend).isStreamed))
        }
        // lighttpd applies no ranges to encoded content.
        #expect(try self.respond([.acceptEncoding: "gzip", .range: "bytes=1-"], backend: .lighttpd).isStreamed)
        let field = try self.respond([.acceptEncoding: "gzip"], backend: .lighttpd).serverFields.first
        #expect(field?.value == Array(self.directory.path("app.js.gz").utf8))
    }
}
