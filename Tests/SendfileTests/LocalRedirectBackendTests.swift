import Glibc
import HTTPTypes
import Logging
import SystemPackage
import Testing

@testable import Sendfile

struct LocalRedirectBackendTests {
    private let directory: TemporaryDirectory
    private let log = TestLog()

    init() throws {
        self.directory = try TemporaryDirectory()
        try self.directory.write("100% ü?\n.txt", "0123456789", modificationTime: 1_600_000_000)
    }

    /// The program that runs the tests, by the path that mod_fcgid would send.
    private static let program: String = {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = buffer.withUnsafeMutableBytes {
            readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
    }()

    private static let fcgid = ["SERVER_SOFTWARE": "Apache/2.4.62 (Debian)", "SCRIPT_FILENAME": Self.program]

    private func respond(
        _ parameters: [String: String], _ options: SendfileOptions = .init(), _ fields: HTTPFields = [:]
    ) throws -> FileResponse {
        let sendfile = try Sendfile(
            configuration: .init(root: FilePath(self.directory.path), backend: .localRedirect),
            environment: .environment(), logger: self.log.logger)
        return try sendfile(TestRequest(headerFields: fields, parameters: parameters), "100% ü?\n.txt", options)
    }

    private func fields(_ response: FileResponse) -> [String] {
        response.serverFields.map { "\($0.name): \(String(decoding: $0.value, as: UTF8.self))" }
    }

    @Test("Apache receives the location, the tag and the type of the file") func location() throws {
        let response = try self.respond(
            Self.fcgid, .init(attachment: .attachmentWithoutFileName, headerFields: [.cacheControl: "no-store"]))
        #expect(
            self.fields(response) == [
                "Location: /protected/100%25%20%C3%BC%3F%0A.txt", "X-Sendfile-ETag: \"5f5e1000-a\"",
                "X-Sendfile-Content-Type: text/plain",
            ])
        #expect(response.status == .ok)
        #expect(response.headerFields[.acceptRanges] == nil)
        #expect(response.headerFields[.cacheControl] == "no-store")
        #expect(
            try self.fields(self.respond(Self.fcgid.merging(["SENDFILE_URL": "x"]) { $1 })).first?.hasPrefix(
                "Location: /x/") == true)
        #expect(self.log.entries.isEmpty)
    }

    @Test(
        "Another web server receives the bytes, and the log contains the reason",
        arguments: [
            ["SERVER_SOFTWARE": "nginx/1.22.1"], ["SERVER_SOFTWARE": "lighttpd/1.4.69"], ["SERVER_SOFTWARE": "Apachet"],
            ["SERVER_SOFTWARE": ""], ["SCRIPT_FILENAME": "proxy:fcgi://localhost/env"],
            ["SCRIPT_FILENAME": "proxy:unix:/run/x|fcgi://localhost/env"], ["SCRIPT_FILENAME": ""],
            ["SCRIPT_FILENAME": "/srv/www/index.html"], ["SCRIPT_FILENAME": "/bin/sh"],
            ["SCRIPT_FILENAME": "test-application"],
        ]) func otherServers(parameters: [String: String]) throws
    {
        let response = try self.respond(Self.fcgid.merging(parameters) { $1 })
        #expect(response.isStreamed)
        #expect(response.serverFields.isEmpty)
        #expect(self.log.entries.first?.level == .info)
        #expect(self.log.entries.first?.message.hasPrefix("streamed instead: only Apache's mod_fcgid") == true)
    }

    @Test("A request without parameters is streamed") func noParameters() throws {
        #expect(try self.respond([:]).isStreamed)
    }

    @Test(
        "A file with a field that Apache would lose is streamed",
        arguments: [
            [.eTag: "\"own\""], [.lastModified: "Sat, 01 Jan 2000 00:00:00 GMT"], [.location: "https://example.org/"],
        ] as [HTTPFields]) func lostFields(fields: HTTPFields) throws
    {
        #expect(try self.respond(Self.fcgid, .init(headerFields: fields)).isStreamed)
    }

    @Test("A path longer than Apache's limit is streamed") func longLine() throws {
        let name = String(repeating: "ä", count: 120)
        let path = Array(repeating: name, count: 12).joined(separator: "/")
        let backend = LocalRedirectBackend(url: try InternalURL(prefix: "/protected/"), isFollowed: true)
        func decision(_ path: String) -> FileDecision {
            FileDecision(
                location: FileLocation(root: [], path: Array(path.utf8)),
                headerFields: [.eTag: "\"x\"", .contentType: "text/plain"])
        }
        #expect(backend.serverFields(for: decision(path)) == nil)
        #expect(backend.serverFields(for: decision(name)) != nil)
    }

    @Test(
        "The backend's fields are reserved",
        arguments: [
            "x-sendfile", "x-sendfile-etag", "x-sendfile-content-type", "x-sendfile-temporary", "x-sendfile2",
        ])
    func reservedFields(name: String) {
        #expect(ReservedFields.contains(name))
    }
}
