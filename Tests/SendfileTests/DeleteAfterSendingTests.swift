import Glibc
import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

struct DeleteAfterSendingTests {
    private let directory: TemporaryDirectory
    private let log = TestLog()

    init() throws {
        self.directory = try TemporaryDirectory()
        try self.directory.write("sub/export.csv", "0123456789", modificationTime: 784_111_777)
    }

    private func respond(
        _ request: HTTPRequest, _ path: String = "sub/export.csv", backend: BackendChoice = .stream
    ) throws -> FileResponse {
        try Sendfile(root: self.directory.path, backend: backend, logger: self.log.logger)(
            request, path, SendfileOptions(additionalMethods: [.post], deleteAfterSending: true))
    }

    private func exists(_ name: String = "sub/export.csv") -> Bool { access(self.directory.path(name), F_OK) == 0 }

    private func content(_ response: FileResponse) throws -> String {
        guard let body = response.delivery.body else { return "not streamed" }
        return String(decoding: try body.collect(), as: UTF8.self)
    }

    @Test(
        "The open file is sent and its name is removed",
        arguments: [BackendChoice.stream, .lighttpd, .apache, .nginx, .caddy])
    func sentFile(backend: BackendChoice) throws {
        let response = try self.respond(.test(), backend: backend)
        #expect(!self.exists())
        #expect(try self.content(response) == "0123456789")
        #expect(try self.respond(.test(), backend: backend).status == .notFound)
    }

    @Test(
        "A file that is not sent completely is kept",
        arguments: [
            (.head, [:], .ok), (.get, [.ifNoneMatch: "*"], .notModified),
            (.get, [.ifMatch: "\"x\""], .preconditionFailed),
            (.get, [.range: "bytes=10-"], .rangeNotSatisfiable), (.get, [.range: "bytes=1-"], .partialContent),
            (.get, [.range: "bytes=0-4,5-9"], .partialContent), (.put, [:], .methodNotAllowed),
        ] as [(HTTPRequest.Method, HTTPFields, HTTPResponse.Status)])
    func incompleteFile(method: HTTPRequest.Method, fields: HTTPFields, status: HTTPResponse.Status) throws {
        for backend in [BackendChoice.stream, .nginx] {
            #expect(try self.respond(.test(method, fields), backend: backend).status == status)
            #expect(self.exists())
        }
    }

    @Test(
        "A file that is sent completely is deleted",
        arguments: [(.post, [:]), (.get, [.range: "bytes=0-"]), (.get, [.range: "bytes=1-", .ifRange: "\"x\""])]
            as [(HTTPRequest.Method, HTTPFields)])
    func completeFile(method: HTTPRequest.Method, fields: HTTPFields) throws {
        #expect(try self.content(self.respond(.test(method, fields))) == "0123456789")
        #expect(!self.exists())
    }

    @Test("A file below a linked directory is deleted, and a linked file is kept") func symbolicLinks() throws {
        try self.directory.link("way", to: "sub")
        try self.directory.link("name", to: "sub/export.csv")
        #expect(try self.content(self.respond(.test(), "name")) == "0123456789")
        #expect(self.exists() && self.exists("name"))
        #expect(self.log.entries.map(\.path) == ["name"])
        #expect(try self.content(self.respond(.test(), "way/export.csv")) == "0123456789")
        #expect(!self.exists())
    }

    @Test("A file that has replaced the sent one is kept") func replacedFile() throws {
        let root = try DocumentRoot(FilePath(self.directory.path), from: .code)
        let name = try RelativePath(.text("sub/export.csv"))
        let (file, _) = try root.open(name, locating: false)
        try self.directory.write("other", "new")
        try self.directory.rename("other", to: "sub/export.csv")
        #expect(throws: FileRefusal.nameOfAnother) { try root.remove(name, openedAs: file) }
        #expect(self.exists())
        try self.directory.unlink("sub/export.csv")
        try root.remove(name, openedAs: file)
    }

    @Test("A file directly in the root is deleted") func fileInRoot() throws {
        try self.directory.write("top", "x")
        #expect(try self.content(self.respond(.test(), "./top")) == "x")
        #expect(!self.exists("top"))
    }
}
