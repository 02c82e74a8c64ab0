import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage
import Testing

/// A FastCGI request for a file: the web server's parameters apply, and a client's fields do not.
struct SendfileRequestTests {
    private func withRoot(_ body: (String) throws -> Void) throws {
        let root = ScratchDirectory.make()
        defer {
            unlink(root + "/a b.txt")
            rmdir(root)
        }
        let descriptor = open(root + "/a b.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        try #require(descriptor >= 0)
        try FileDescriptor(rawValue: descriptor).closeAfter {
            _ = try FileDescriptor(rawValue: descriptor).writeAll("0123456789".utf8)
        }
        ScratchDirectory.makeOld(root + "/a b.txt")
        try body(root)
    }

    private func request(_ parameters: [(String, String)]) -> Request {
        Request(parameters: Parameters(parameters.map { (name: $0.0, value: $0.1) }))
    }

    @Test("The web server's parameters select the delivery") func parameters() throws {
        try self.withRoot { root in
            let sendfile = try Sendfile(root: root)
            let fromServer = self.request([("REQUEST_METHOD", "GET"), ("SENDFILE_BACKEND", "nginx")])
            #expect(try sendfile(fromServer, "a b.txt").status == .ok)
            let response: FileResponse = try sendfile(fromServer, "a b.txt")
            let fields = response.delivery.serverFields
            #expect(fields == [.init(name: "X-Accel-Redirect", value: Array("/protected/a%20b.txt".utf8))!])

            let fromClient = self.request([("REQUEST_METHOD", "GET"), ("HTTP_SENDFILE_BACKEND", "nginx")])
            let streamed = try sendfile(fromClient, FilePath("a b.txt"), attachment: .attachment)
            guard case .file(let body) = streamed.body.content else {
                Issue.record("not streamed")
                return
            }
            #expect(body.length == 10)
        }
    }

    @Test("The client's conditions are evaluated") func fields() throws {
        try self.withRoot { root in
            let sendfile = try Sendfile(root: root)
            func status(_ parameters: (String, String)...) throws -> HTTPResponse.Status {
                try sendfile(self.request(parameters), "a b.txt").status
            }
            #expect(try status(("HTTP_RANGE", "bytes=0-1")) == .partialContent)
            #expect(try status(("HTTP_IF_NONE_MATCH", "*")) == .notModified)
            #expect(try status(("REQUEST_METHOD", "POST")) == .methodNotAllowed)
            #expect(try sendfile(self.request([]), "../etc/passwd").status == .notFound)
        }
    }
}
