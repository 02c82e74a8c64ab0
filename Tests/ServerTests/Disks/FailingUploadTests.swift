import FastCGITesting
import HTTPTypes
import Testing

@testable import ProtectedDownloads

/// Uploads to the example site whose disk fails.
@Suite(.serialized, .onFailingDisks) struct FailingUploadTests {
    /// The failure of the disk, and the response to the client.
    private static let failures = [
        ("write ENOSPC", 507), ("write EDQUOT", 507), ("create ENOSPC", 507), ("link ENOSPC", 507),
        ("fsync ENOSPC", 507),
        ("write EIO", 500), ("create EIO", 500), ("create EROFS", 500), ("link EROFS", 500), ("fsync EIO", 500),
    ]

    @Test("An upload that does not fit, or cannot be written, leaves nothing behind", arguments: Self.failures)
    func upload(_ rule: String, _ status: Int) async throws {
        let disk = try FailingDisk()
        defer { try? disk.unmount() }
        let example = try ExampleHandler(directory: disk.path)
        let ada = try await example.ada()
        #expect(try await Self.upload(to: example, ada) == 303)
        try disk.fail(rule)
        #expect(try await Self.upload(to: example, ada) == status)
        try disk.fail("")
        #expect(try Files.names(in: "\(example.root)/research") == ["a.txt", "b.txt"])
        #expect(try Files.names(in: "\(example.root)/.incoming").isEmpty)
        #expect(try await Self.upload(to: example, ada) == 303)
        #expect(try Files.names(in: "\(example.root)/research").count == 4)
    }

    @Test("An upload without a line in the activity log is not kept")
    func log() async throws {
        let disk = try FailingDisk()
        defer { try? disk.unmount() }
        let files = try Workspace.shared.makeDirectory("site")
        let example = try ExampleHandler(directory: files, state: disk.path)
        let ada = try await example.ada()
        for rule in ["write ENOSPC", "create EROFS\nopen EROFS"] {
            try disk.fail(rule)
            #expect(try await Self.upload(to: example, ada) == 500)
            #expect(try Files.names(in: "\(example.root)/research").isEmpty)
        }
        try disk.fail("")
        #expect(try await Self.upload(to: example, ada) == 303)
        #expect(try Files.names(in: "\(example.root)/research") == ["a.txt", "b.txt"])
    }

    private static func upload(
        to example: ExampleHandler, _ ada: (cookies: String, token: String)
    ) async throws -> Int {
        func part(_ head: String, _ content: String) -> String {
            "--b\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(content)\r\n"
        }
        let body =
            part("name=\"token\"", ada.token) + part("name=\"file\"; filename=\"a.txt\"", "first")
            + part("name=\"file\"; filename=\"b.txt\"", String(repeating: "second", count: 1000)) + "--b--\r\n"
        let fields: HTTPFields = [.cookie: ada.cookies, .contentType: "multipart/form-data; boundary=b"]
        let response = try await example.respond(
            to: .init(.post, "/upload/research", headerFields: fields, body: Array(body.utf8)))
        return response.status.code
    }
}
