import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

/// The fields of a response and the path of a URL, for a server that uses the types of swift-http-types.
struct HTTPServerTests {
    private let directory = try! TemporaryDirectory()

    @Test("All fields of a response are those for the client and those for the web server") func fields() throws {
        try self.directory.write("größe.txt", "content")
        for (backend, expected) in [
            (BackendChoice.nginx, HTTPField(name: .init("X-Accel-Redirect")!, value: "/protected/gr%C3%B6%C3%9Fe.txt")),
            (.apache, HTTPField(name: .init("X-Sendfile")!, value: "\(self.directory.path)/größe.txt")),
            (.caddy, HTTPField(name: .init("X-Sendfile")!, value: "/größe.txt")),
        ] {
            let response = try Sendfile(root: self.directory.path, backend: backend)(.test(), "größe.txt")
            #expect(response.allHeaderFields == response.headerFields + [expected])
            #expect(response.delivery.serverFields.map(\.text) == [expected.value])
        }
        var options = SendfileOptions()
        options.nginx.limitRate = .bytesPerSecond(1000)
        let limited = try Sendfile(root: self.directory.path, backend: .nginx)(.test(), "größe.txt", options)
        #expect(limited.allHeaderFields[HTTPField.Name("X-Accel-Limit-Rate")!] == "1000")
        let streamed = try Sendfile(root: self.directory.path)(.test(), "größe.txt")
        #expect(streamed.allHeaderFields == streamed.headerFields)
    }

    @Test("A path that text cannot hold is streamed where fields are text, and not where they are bytes") func notText()
        throws
    {
        let name: [UInt8] = [0x66, 0xF6, 0x6F]
        try self.directory.write(name, "content")
        let path = FilePath(platformString: name.map { CChar(bitPattern: $0) } + [0])
        let log = TestLog()
        let sendfile = try Sendfile(root: FilePath(self.directory.path), backend: .apache, logger: log.logger)
        let response: FileResponse = try sendfile(HTTPRequest.test(), path)
        #expect(response.isStreamed)
        #expect(
            log.entries.map(\.message) == [
                "streamed instead: the file's path is not text that a field of swift-http-types keeps"
            ])
        let bytes: FileResponse = try sendfile(TestRequest(), path)
        #expect(bytes.delivery.serverFields.map(\.value) == [Array("\(self.directory.path)/".utf8) + name])
        #expect(
            bytes.delivery.serverFields.map(\.text) == [nil] && bytes.delivery.serverFields.map(\.httpField) == [nil])
        // nginx takes every name percent-encoded.
        #expect(try !Sendfile(root: self.directory.path, backend: .nginx)(HTTPRequest.test(), path).isStreamed)
    }

    @Test(
        "A URL's path is decoded once, and only one spelling of a name counts",
        arguments: [
            ("/files/q3.pdf", "q3.pdf"), ("/files/team/q3.pdf?page=2&a=/../", "team/q3.pdf"),
            ("/files/100%2525.txt", "100%25.txt"), ("/files/100%25.txt", "100%.txt"), ("/files/100%.txt", "100%.txt"),
            ("/files/gr%C3%B6%C3%9Fe.txt", "größe.txt"), ("/files/größe.txt", "größe.txt"), ("/files/a..b", "a..b"),
            ("/files/...", "..."), ("/files/..%5Csafe", "..\\safe"), ("/files/a+b", "a+b"), ("/files/a%3Fb", "a?b"),
            ("/files/../secret", nil), ("/files/%2e%2e/secret", nil), ("/files/a/./b", nil), ("/files//a", nil),
            ("/files/a/", nil), ("/files/", nil), ("/files", nil), ("/filesystem/a", nil), ("/files/a%2Fb", nil),
            ("/files/..%2f..%2fetc/passwd", nil), ("/files/a%00b", nil), ("/other/a", nil), ("http://x/files/a", nil),
            ("*", nil), ("", nil),
        ])
    func path(target: String, path: String?) {
        let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: target)
        for mount in ["/files/", "/files"] { #expect(request.filePath(below: mount) == path.map { FilePath($0) }) }
    }

    @Test("Without a mount path, the whole path of a URL names the file") func noMount() {
        #expect(HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/a/b").filePath() == "a/b")
        #expect(HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/").filePath() == nil)
        #expect(HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil).filePath() == nil)
    }
}
