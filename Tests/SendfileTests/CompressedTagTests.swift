import HTTPTypes
import Testing

@testable import Sendfile

/// Validators that a client sends after a proxy in front of the program has compressed a response.
struct CompressedTagTests {
    private let directory = try! TemporaryDirectory()
    private static let tag = "5f5e1000-a"

    init() throws { try self.directory.write("file.txt", "0123456789", modificationTime: 0x5F5E_1000) }

    private func respond(_ fields: HTTPFields, backend: BackendChoice = .stream) throws -> FileResponse {
        try Sendfile(root: self.directory.path, backend: backend)(.test(.get, fields), "file.txt")
    }

    /// mod_deflate, mod_brotli, lighttpd and Caddy add a suffix to the tag; nginx makes it weak.
    private static let tags = [
        "\"\(tag)\"", "W/\"\(tag)\"", "\"\(tag)-gzip\"", "\"\(tag)-br\"", "\"\(tag)-deflate\"", "\"\(tag)-zstd\"",
        "W/\"\(tag)-gzip\"", "\"other\", \"\(tag)-gzip\"",
    ]

    @Test("The tag of a compressed response of the same version gets 304", arguments: Self.tags) func sameVersion(
        tag: String
    ) throws {
        for backend in [BackendChoice.stream, .nginx] {
            #expect(try self.respond([.ifNoneMatch: tag], backend: backend).status == .notModified)
        }
    }

    @Test(
        "The tag of another version gets 200",
        arguments: ["\"\(tag)-x\"", "\"\(tag)-gzi\"", "\"\(tag)-gzip-gzip\"", "\"5f5e1000-b-gzip\"", "\"-gzip\""])
    func otherVersion(tag: String) throws {
        #expect(try self.respond([.ifNoneMatch: tag]).status == .ok)
        #expect(try self.respond([.ifMatch: tag]).status == .preconditionFailed)
    }

    /// The precondition holds, and only the program can see that.
    @Test(
        "If-Match holds for the tag of a compressed response",
        arguments: ["\"\(tag)-gzip\"", "\"other\", \"\(tag)-br\""]) func ifMatch(tag: String) throws
    {
        for backend in [BackendChoice.stream, .nginx, .lighttpd] {
            let response = try self.respond([.ifMatch: tag], backend: backend)
            #expect(response.status == .ok && response.isStreamed)
        }
    }

    /// Strong comparison: a weak tag does not identify bytes, with a suffix or without one (RFC 9110 §13.1.1).
    @Test(
        "If-Match fails for a weak tag",
        arguments: ["W/\"\(tag)\"", "W/\"\(tag)-gzip\"", "W/\"other-br\", W/\"\(tag)-br\""])
    func weakTags(tag: String) throws {
        for backend in [BackendChoice.stream, .nginx, .lighttpd] {
            #expect(try self.respond([.ifMatch: tag], backend: backend).status == .preconditionFailed)
        }
    }

    /// A client never appends a range of the file to bytes of another encoding of it.
    @Test(
        "A compressed download does not resume, but begins again",
        arguments: [
            ["If-Range": "\"\(tag)-gzip\""], ["If-Range": "W/\"\(tag)\""], ["If-Match": "\"\(tag)-gzip\""],
            ["If-Range": "{date}", "Accept-Encoding": "gzip, deflate"],
            ["If-Range": "{date}", "Accept-Encoding": "identity;q=0.5, br"],
        ]) func compressedDownload(fields: [String: String]) throws
    {
        try self.expect(fields, status: .ok)
    }

    @Test(
        "An uncompressed download resumes",
        arguments: [
            ["If-Range": "\"\(tag)\"", "Accept-Encoding": "gzip"],
            ["If-Match": "\"\(tag)\"", "Accept-Encoding": "gzip"],
            ["If-Range": "{date}"], ["If-Range": "{date}", "Accept-Encoding": "identity"],
            ["If-Range": "{date}", "Accept-Encoding": "identity, gzip;q=0, *;q=0"], ["Accept-Encoding": "gzip"],
        ]) func uncompressedDownload(fields: [String: String]) throws
    {
        try self.expect(fields, status: .partialContent)
    }

    private func expect(_ texts: [String: String], status: HTTPResponse.Status) throws {
        let date = try #require(try self.respond([:]).headerFields[.lastModified])
        var fields: HTTPFields = [.range: "bytes=2-5"]
        for (name, value) in texts {
            fields[try #require(HTTPField.Name(name))] = value.replacing("{date}", with: date)
        }
        let response = try self.respond(fields)
        #expect(response.status == status)
        // A web server that is asked for the file applies the same range; a whole response is not left to it, because
        // it would apply the range to that, too.
        let asked = try self.respond(fields, backend: .lighttpd)
        if status == .ok, texts["If-Range"]?.contains("\"") != true {
            #expect(asked.isStreamed && asked.headerFields[.acceptRanges] == "none")
        } else {
            #expect(!asked.isStreamed || asked.status == status)
        }
    }
}
