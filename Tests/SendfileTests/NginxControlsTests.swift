import HTTPTypes
import Testing

@testable import Sendfile

struct NginxControlsTests {
    private func lines(
        _ controls: NginxControls, backend: BackendChoice = .nginx, _ request: HTTPRequest = .test(),
        _ options: SendfileOptions = SendfileOptions()
    ) throws -> [String] {
        let directory = try TemporaryDirectory()
        try directory.write("file", "0123456789")
        var options = options
        options.nginx = controls
        return try Sendfile(root: directory.path, backend: backend)(request, "file", options).controlFields
            .map { "\($0.name): \(String(decoding: $0.value, as: UTF8.self))" }
    }

    @Test(
        "Each control has its field",
        arguments: [
            (.init(), []), (.init(buffering: false), ["X-Accel-Buffering: no"]),
            (.init(buffering: true), ["X-Accel-Buffering: yes"]),
            (.init(charset: .utf8), ["X-Accel-Charset: utf-8"]), (.init(charset: .off), ["X-Accel-Charset: off"]),
            (.init(charset: .init("ISO-8859-1")), ["X-Accel-Charset: ISO-8859-1"]),
            (.init(expires: .never), ["X-Accel-Expires: 0"]), (.init(expires: .seconds(60)), ["X-Accel-Expires: 60"]),
            (.init(expires: .at(secondsSince1970: 1_800_000_000)), ["X-Accel-Expires: @1800000000"]),
            (.init(limitRate: .bytesPerSecond(4096)), ["X-Accel-Limit-Rate: 4096"]),
            (.init(limitRate: .bytesPerSecond(0)), ["X-Accel-Limit-Rate: 1"]),
            (.init(limitRate: .unlimited), ["X-Accel-Limit-Rate: 0"]),
            (
                .init(buffering: false, charset: .utf8, expires: .never, limitRate: .unlimited),
                ["X-Accel-Buffering: no", "X-Accel-Charset: utf-8", "X-Accel-Expires: 0", "X-Accel-Limit-Rate: 0"]
            ),
        ] as [(NginxControls, [String])]) func fields(controls: NginxControls, lines: [String]) throws
    {
        #expect(try self.lines(controls) == lines)
        // Streamed, because nginx would lose the encoding or read the range differently.
        #expect(try self.lines(controls, .test(), .init(contentEncoding: .coding("gzip"))) == lines)
        #expect(try self.lines(controls, .test(.get, [.range: "bytes=0-1,3-4"])) == lines)
        for backend in [BackendChoice.stream, .lighttpd, .apache, .caddy] {
            #expect(try self.lines(controls, backend: backend).isEmpty)
        }
        #expect(try self.lines(controls, .test(.get, [.ifNoneMatch: "*"])).isEmpty)
    }

    @Test("A response without a file can have controls, too") func otherResponses() throws {
        let directory = try TemporaryDirectory()
        let sendfile = try Sendfile(root: directory.path, backend: .automatic)
        func names(_ software: String) throws -> [String] {
            let request = TestRequest(parameters: ["SERVER_SOFTWARE": software])
            return try sendfile.controlFields(NginxControls(buffering: false), for: request).map(\.name)
        }
        #expect(try names("nginx/1.22.1") == ["X-Accel-Buffering"])
        #expect(try names("lighttpd/1.4.69").isEmpty)
        #expect(try names("unknown").isEmpty)
    }

    @Test(
        "An invalid charset is refused",
        arguments: [
            "", "a b", "utf-8\r\nX-Accel-Redirect: /x", "utf-8;", "\"utf-8\"", "ü", String(repeating: "a", count: 41),
        ])
    func invalidCharsets(name: String) {
        #expect(NginxControls.Charset(name) == nil)
    }
}
