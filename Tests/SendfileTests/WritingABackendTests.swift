import Glibc
import HTTPTypes
import Sendfile
import SystemPackage
import Testing

/// A backend of another package, which uses public symbols only.
struct WritingABackendTests {
    private let directory: TemporaryDirectory
    private let sendfile: Sendfile
    private let log = TestLog()

    init() throws {
        self.directory = try TemporaryDirectory()
        try self.directory.write("team/100% ü?\r\n.txt", "0123456789")
        self.sendfile = try Sendfile(
            root: self.directory.path, backend: .custom(LiteSpeedBackend(prefix: "/protected/")),
            logger: self.log.logger)
    }

    private func respond(_ fields: HTTPFields = [:], _ options: SendfileOptions = .init()) throws -> FileResponse {
        try self.sendfile(.test(.get, fields), "team/100% ü?\r\n.txt", options)
    }

    @Test("The web server receives the location of the file") func location() throws {
        let response = try self.respond([:], .init(attachment: .attachment(named: "a.txt")))
        let fields = response.delivery.serverFields
        let value = Array("/protected/team/100%25%20%C3%BC%3F%0D%0A.txt".utf8)
        #expect(fields == [FileResponse.ServerField(name: "X-LiteSpeed-Location", value: value)])
        // The library does the rest.
        #expect(response.status == .ok)
        #expect(response.headerFields[.contentType] == "text/plain")
        #expect(response.headerFields[.contentDisposition] == "attachment; filename=\"a.txt\"")
        #expect(response.headerFields[.eTag] != nil)
    }

    @Test("The library still evaluates the conditions") func conditions() throws {
        #expect(try self.respond([.ifNoneMatch: "*"]).status == .notModified)
        #expect(try self.respond([.ifMatch: "\"other\""]).status == .preconditionFailed)
        #expect(try self.respond([.range: "bytes=10-"]).status == .rangeNotSatisfiable)
        #expect(try self.sendfile(.test(.post), "team/100% ü?\r\n.txt").status == .methodNotAllowed)
        #expect(try self.sendfile(.test(), "../etc/passwd").status == .notFound)
    }

    @Test("A file with a field that the web server would lose is streamed") func lostFields() throws {
        let response = try self.respond([:], .init(headerFields: [.eTag: "\"own\""]))
        guard response.delivery.body != nil else {
            Issue.record("not streamed")
            return
        }
        #expect(
            self.log.entries.map(\.message) == [
                "streamed instead: the web server does not support this name, or would lose a header field"
            ])
    }

    private struct CarelessBackend: Backend {
        let name = "careless"
        let reservedFieldNames = ["X-Careless-*"]
        var field = "X-Other"

        func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
            FileResponse.ServerField(name: self.field, value: Array("/file".utf8)).map { [$0] }
        }
    }

    @Test("A field that is not reserved asks for no file") func unreservedField() throws {
        func respond(_ backend: CarelessBackend) throws -> FileResponse {
            try Sendfile(root: self.directory.path, backend: .custom(backend), logger: self.log.logger)(
                .test(), "team/100% ü?\r\n.txt")
        }
        #expect(try respond(CarelessBackend()).delivery.body != nil)
        #expect(
            self.log.entries.map(\.message) == [
                "streamed instead: X-Other is not in the reservedFieldNames of the backend careless"
            ])
        let fields = try respond(CarelessBackend(field: "X-CARELESS-file")).delivery.serverFields
        #expect(fields.map(\.name) == ["X-CARELESS-file"])
    }

    @Test("A backend is known by its name") func name() {
        #expect(BackendChoice.custom(CarelessBackend()).description == "careless")
    }

    /// The article shows exactly the tested code.
    @Test("The article shows this backend") func article() throws {
        let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let package = folders.dropLast(2).joined(separator: "/")
        let code = try Self.text(folders.joined(separator: "/") + "/LiteSpeedBackend.swift")
        let article = try Self.text(package + "/Sources/Sendfile/Documentation.docc/WritingABackend.md")
        #expect(code.contains("struct LiteSpeedBackend: Backend"))
        #expect(article.contains("```swift\n\(code)```\n"))
    }

    private static func text(_ path: String) throws -> String {
        let file = try FileDescriptor.open(FilePath(path), .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return String(decoding: bytes, as: UTF8.self) }
                bytes += chunk[..<count]
            }
        }
    }
}
