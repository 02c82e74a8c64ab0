import HTTPTypes
import Testing

@testable import Sendfile

struct ContentEncodingTests {
    private func fields(_ path: String, _ options: SendfileOptions) throws -> HTTPFields {
        let directory = try TemporaryDirectory()
        try directory.write(path, "x")
        return try Sendfile(root: directory.path)(.test(), path, options).headerFields
    }

    @Test(
        "The encoding is guessed only on request",
        arguments: [
            ("report.txt.gz", "text/plain", "gzip"), ("report.TXT.GZ", "text/plain", "gzip"),
            ("page.html.br", "text/html", "br"),
            ("data.json.zst", "application/json", "zstd"), ("a.txt.Z", "text/plain", "compress"), ("a.txt.z", nil, nil),
            ("data.gz", "application/octet-stream", "gzip"), ("a.tar.gz", "application/x-tar", "gzip"),
            ("a.txt", "text/plain", nil),
            (".gz", "application/octet-stream", nil), ("gz", "application/octet-stream", nil), ("a.gzip", nil, nil),
        ]) func guess(path: String, type: String?, coding: String?) throws
    {
        let guessed = try self.fields(path, SendfileOptions(contentEncoding: .guessed))
        #expect(guessed[.contentEncoding] == coding)
        if let type { #expect(guessed[.contentType] == type) }

        let whole = MediaTypes.shared.type(ofName: Array(path.utf8))
        for options in [
            SendfileOptions(), SendfileOptions(attachment: .attachment),
            SendfileOptions(attachment: .attachment, contentEncoding: .guessed),
            SendfileOptions(attachment: .attachment(named: "x"), contentEncoding: .guessed),
            SendfileOptions(contentEncoding: .guessed, headerFields: [.contentDisposition: "Attachment"]),
        ] {
            let fields = try self.fields(path, options)
            #expect(fields[.contentEncoding] == nil)
            #expect(fields[.contentType] == whole)
        }
        let shown = SendfileOptions(attachment: .inline(named: "x"), contentEncoding: .guessed)
        #expect(try self.fields(path, shown)[.contentEncoding] == coding)
    }

    @Test("A handler's encoding and type replace the guess") func handlersValues() throws {
        func encoding(_ options: SendfileOptions) throws -> [String] {
            try self.fields("a.txt.gz", options)[values: .contentEncoding]
        }
        #expect(try encoding(.init(contentEncoding: .coding("gzip"))) == ["gzip"])
        #expect(try encoding(.init(attachment: .attachment, contentEncoding: .coding("gzip"))) == ["gzip"])
        #expect(try encoding(.init(headerFields: [.contentEncoding: "br"])) == ["br"])
        #expect(try encoding(.init(contentEncoding: .guessed, headerFields: [.contentEncoding: "br"])) == ["br"])
        #expect(
            try encoding(.init(contentEncoding: .coding("gzip"), headerFields: [.contentEncoding: "br"])) == ["gzip"])
        #expect(try self.fields("a.txt.gz", .init(contentEncoding: .coding("gzip")))[.contentType] == "text/plain")
        #expect(try self.fields("a.txt", .init(contentEncoding: .coding("gzip")))[.contentType] == "text/plain")
        #expect(
            try self.fields("a.txt.gz", .init(contentType: "x/y", contentEncoding: .guessed))[.contentType] == "x/y")
    }
}
