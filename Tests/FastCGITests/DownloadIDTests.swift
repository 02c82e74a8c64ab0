import FastCGI
import HTTPTypes
import Logging
import Sendfile
import Testing

/// The id that the web server gets with a download.
@Suite struct DownloadIDTests {
    private static let field = HTTPField.Name("X-Download-Id")!
    private static let bytes = [UInt8](repeating: 7, count: 3000)

    /// The fields of a response whose names end with `Download-Id`, and the id in the line of the access log.
    private func ids(
        _ change: (inout FastCGIServer.Configuration) -> Void, _ method: String = "GET",
        _ parameters: [(String, String)] = [], backend: BackendChoice = .nginx, file: String = "file.bin",
        fields: HTTPFields = [:]
    ) async throws -> (sent: [String], logged: String?) {
        let log = AccessLogFile()
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: backend)
        var configuration = try log.configuration
        change(&configuration)
        let server = try await RunningServer(configuration) {
            var response = try sendfile($0, file)
            for field in fields { response.headerFields.append(field) }
            return response
        }
        let answer = try server.peer().request(method, "/", parameters)
        let lines = try await log.lines(count: 1)
        try await server.stop()
        return (answer.head.filter { $0.lowercased().contains("download-id:") }, lines[0]["download"]?.text)
    }

    @Test("A response with a file has the id of its line in the access log", arguments: [BackendChoice.nginx, .stream])
    func file(backend: BackendChoice) async throws {
        let (sent, logged) = try await self.ids({ $0.downloadIDField = Self.field }, backend: backend)
        let id = try #require(logged)
        #expect(id.wholeMatch(of: /[A-Za-z0-9_-]{16}/) != nil, "\(id)")
        #expect(sent == ["X-Download-Id: \(id)"])
    }

    @Test("Without the setting there is no id") func off() async throws {
        let (sent, logged) = try await self.ids { _ in }
        #expect(sent.isEmpty)
        #expect(logged == nil)
    }

    @Test(
        "A response without bytes of a file has no id",
        arguments: [
            ("HEAD", "file.bin", []), ("GET", "missing", []), ("GET", "file.bin", [("HTTP_IF_NONE_MATCH", "*")]),
            ("GET", "file.bin", [("HTTP_RANGE", "bytes=9000-")]),
        ] as [(String, String, [(String, String)])])
    func withoutBytes(method: String, file: String, parameters: [(String, String)]) async throws {
        let (sent, logged) = try await self.ids({ $0.downloadIDField = Self.field }, method, parameters, file: file)
        #expect(sent.isEmpty)
        #expect(logged == nil)
    }

    @Test(
        "Code overrides the web server's parameter, and this the environment",
        arguments: [
            (nil, nil, "X-LIGHTTPD-Download-Id", "X-LIGHTTPD-Download-Id"),
            (nil, "X-A-Download-Id", nil, "X-A-Download-Id"),
            (nil, "X-A-Download-Id", "X-B-Download-Id", "X-A-Download-Id"),
            (nil, "", "X-B-Download-Id", "X-B-Download-Id"),
            ("X-Download-Id", "X-A-Download-Id", "X-B-Download-Id", "X-Download-Id"),
            // A name of these has another meaning to a web server.
            (nil, "X-Sendfile", nil, nil), (nil, "Content-Length", "X-B-Download-Id", nil),
            (nil, "X-a\r\nX-Sendfile: /etc/passwd\r\nX-Download-Id", nil, nil),
        ] as [(String?, String?, String?, String?)])
    func precedence(code: String?, parameter: String?, environment: String?, expected: String?) async throws {
        let read = try FastCGIServer.Configuration(
            environment: EnvironmentVariables(environment.map { ["SENDFILE_DOWNLOAD_ID": $0] } ?? [:]))
        let (sent, logged) = try await self.ids(
            { configuration in
                let log = configuration.accessLog
                configuration = read
                configuration.accessLog = log
                configuration.downloadIDField = code.flatMap { HTTPField.Name($0) }
            }, "GET", parameter.map { [("SENDFILE_DOWNLOAD_ID", $0)] } ?? [])
        #expect(sent == expected.map { name in logged.map { ["\(name): \($0)"] } ?? ["?"] } ?? [])
        #expect((logged != nil) == (expected != nil))
    }

    @Test(
        "An invalid name in the environment is an error at start",
        arguments: ["1", "X-Sendfile", "Download-Id", "X-é-Download-Id"])
    func invalid(name: String) {
        #expect {
            try FastCGIServer.Configuration(environment: EnvironmentVariables(["SENDFILE_DOWNLOAD_ID": name]))
        } throws: { "\($0)".hasPrefix("SENDFILE_DOWNLOAD_ID is \"\(name)\", which is not the name of a header field") }
    }

    @Test("A handler cannot send a field of the same name beside the id") func handlersField() async throws {
        let (sent, logged) = try await self.ids(
            { $0.downloadIDField = Self.field }, backend: .stream, fields: [Self.field: "forged"])
        #expect(sent == ["X-Download-Id: \(try #require(logged))"])
    }

    @Test("Each download has an id of its own") func unique() async throws {
        let log = AccessLogFile()
        let root = FileTests.Root(bytes: Self.bytes)
        let sendfile = try Sendfile(root: root.path, backend: .nginx)
        var configuration = try log.configuration
        configuration.downloadIDField = Self.field
        let server = try await RunningServer(configuration) { try sendfile($0, "file.bin") }
        let peer = try server.peer()
        for _ in 0..<200 { _ = try peer.request() }
        let lines = try await log.lines(count: 200)
        try await server.stop()
        #expect(Set(lines.compactMap { $0["download"]?.text }).count == 200)
    }
}
