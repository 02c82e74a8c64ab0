import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage
import Testing

/// The responses of a directory, depending on the web server's parameters.
struct DirectoryResponderTests {
    /// A directory with files whose content is their name.
    private final class Directory: Sendable {
        let path: String

        init() throws {
            self.path = ScratchDirectory.make()
            for name in ["files", "files/a", "files/app"] { try #require(mkdir("\(self.path)/\(name)", 0o755) == 0) }
            for name in [
                "files/x", "files/a/x", "files/a/index.html", "files/app/x", "files/100%25", "files/index.html",
            ] {
                let file = try FileDescriptor.open(
                    FilePath("\(self.path)/\(name)"), .writeOnly, options: .create, permissions: [.ownerReadWrite])
                try file.closeAfter { _ = try file.writeAll(name.utf8) }
            }
            try #require(symlink("files", "\(self.path)/link") == 0)
        }

        deinit {
            for name in [
                "link", "files/x", "files/a/x", "files/a/index.html", "files/app/x", "files/100%25", "files/index.html",
            ] { unlink("\(self.path)/\(name)") }
            for name in ["files/a", "files/app", "files", ""] { rmdir("\(self.path)/\(name)") }
        }

        var root: String { "\(self.path)/files" }
    }

    private struct Broken: Error {}

    private let directory: Directory

    init() throws { self.directory = try Directory() }

    private func request(
        _ target: String?, method: String = "GET", script: String? = nil, info: String? = nil
    ) -> Request {
        var parameters = [(name: "REQUEST_METHOD", value: method)]
        for (name, value) in [("REQUEST_URI", target), ("SCRIPT_NAME", script), ("PATH_INFO", info)] {
            if let value { parameters.append((name, value)) }
        }
        return Request(parameters: Parameters(parameters))
    }

    /// The content of the response, or its status.
    private func answer(_ responder: DirectoryResponder, _ request: Request) async throws -> String {
        let response = try await responder(request)
        guard case .file(let body) = response.body.content else { return "\(response.status.code)" }
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = try buffer.withUnsafeMutableBytes {
            try body.file.descriptor.read(fromAbsoluteOffset: 0, into: $0)
        }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    private func responder(prefix: String? = nil, index: String? = nil) throws -> DirectoryResponder {
        try DirectoryResponder(root: self.directory.root, prefix: prefix, index: index, backend: .stream) { _, _ in
            .allow
        }
    }

    @Test(
        "The path in the URL is the path of the file",
        arguments: [
            ("/x", "files/x"), ("/a/x", "files/a/x"), ("/%61/x?y=z", "files/a/x"),
            ("/100%2525", "files/100%25"), ("/100%25", "404"), ("http://localhost/x", "404"), ("/", "404"),
            ("/a/", "404"),
            ("/a", "404"), ("", "404"), ("*", "404"), ("//x", "404"), ("/a//x", "404"), ("/./x", "404"),
            ("/a/./x", "404"),
            ("/a/../x", "404"), ("/%2e%2e/files/x", "404"), ("/../files/x", "404"), ("/x/", "404"), ("/x%00", "404"),
            ("/%00", "404"),
            ("/x%00/y", "404"), ("/missing", "404"), ("/app/x", "files/app/x"),
        ]) func path(target: String, answer: String) async throws
    {
        #expect(try await self.answer(self.responder(), self.request(target)) == answer)
        // The application has no mount path, in the parameters of the two kinds of web servers.
        let path = String(target.prefix { $0 != "?" })
        guard path.hasPrefix("/"), !path.contains("%") else { return }
        #expect(try await self.answer(self.responder(), self.request(target, script: "", info: path)) == answer)
        #expect(try await self.answer(self.responder(), self.request(target, script: path, info: "")) == answer)
        #expect(try await self.answer(self.responder(), self.request(target, script: path)) == answer)
        #expect(try await self.answer(self.responder(), self.request(nil, script: path)) == answer)
    }

    @Test(
        "A mounted application uses the path after its mount path",
        arguments: [
            ("/app/x", "/app", "/x", "files/x"), ("/app/x", "/app/", "/x", "files/x"),
            ("/app/a/x", "/app", "/a/x", "files/a/x"),
            ("/%61pp/x", "/app", "/x", "files/x"), ("/app/app/x", "/app", "/app/x", "files/app/x"),
            ("/app", "/app", "", "404"),
            ("/app/", "/app", "/", "404"), ("/my%20app/x", "/my app", "/x", "files/x"),
            ("/app/x", "/", "/app/x", "files/app/x"),
            // A path that the web server has changed is used as it was sent.
            ("/old/x", "/app", "/x", "files/x"), ("//app/x", "/app", "/x", "files/x"),
            ("/application/x", "/app", "/x", "files/x"),
            ("/old/x", "/app", "/../x", "404"), ("/old/x", "/app", "x", "404"), ("/old/x", "/app", "//x", "404"),
        ]) func mountPath(
            target: String, script: String, info: String, answer: String
        ) async throws
    {
        let request = self.request(target, script: script, info: info)
        #expect(try await self.answer(self.responder(), request) == answer)
    }

    @Test(
        "A prefix is removed only at the boundary of a component",
        arguments: [
            ("/app/x", "files/x"), ("/app/app/x", "files/app/x"), ("/x", "404"), ("/app", "404"), ("/apps/x", "404"),
            ("/appx", "404"), ("//app/x", "404"), ("/app//x", "404"), ("/%61pp/x", "files/x"), ("/app/../x", "404"),
        ]) func prefix(target: String, answer: String) async throws
    {
        for prefix in ["/app", "app", "/app/", "//app//"] {
            // The web server's parameters have no effect.
            let request = self.request(target, script: "/other", info: "/a/x")
            #expect(try await self.answer(self.responder(prefix: prefix), request) == answer)
        }
        // The code sets an empty prefix.
        let request = self.request("/app/x", script: "/app", info: "/x")
        #expect(try await self.answer(self.responder(prefix: ""), request) == "files/app/x")
    }

    @Test("An index file is served for its directory") func index() async throws {
        let responder = try self.responder(index: "index.html")
        for (target, answer) in [
            ("/", "files/index.html"), ("/a/", "files/a/index.html"), ("/app/", "404"), ("/a", "404"), ("/x/", "404"),
            ("//", "404"), ("/a//", "404"), ("", "404"),
        ] {
            #expect(try await self.answer(responder, self.request(target)) == answer, "\(target)")
        }
        // The name of an index does not lead out of the root.
        let wrong = try self.responder(index: "../../etc/passwd")
        #expect(try await self.answer(wrong, self.request("/a/")) == "404")
    }

    @Test(
        "Other methods are refused before the decision",
        arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
    func methods(method: String) async throws {
        let responder = try DirectoryResponder(root: self.directory.root) { _, _ in
            Issue.record("asked")
            return .allow(SendfileOptions(additionalMethods: [.post]))
        }
        let response = try await responder(self.request("/x", method: method))
        #expect(response.status == .methodNotAllowed)
        #expect(response.headerFields[.allow] == "GET, HEAD")
    }

    @Test("The decision sees the path that is opened") func decision() async throws {
        let responder = try DirectoryResponder(root: self.directory.root, index: "index.html") { request, path in
            await Task.yield()
            switch path {
            case "x": return .deny(.forbidden)
            case "a/x": return .deny(Response(status: .seeOther, headerFields: [.location: "/sign-in"]))
            case "a/index.html":
                return .allow(SendfileOptions(attachment: .attachment, headerFields: [.cacheControl: "no-store"]))
            default: throw Broken()
            }
        }
        #expect(try await responder(self.request("/x")).status == .forbidden)
        let redirect = try await responder(self.request("/a/x"))
        #expect(redirect.status == .seeOther)
        #expect(redirect.headerFields[.location] == "/sign-in")
        let file = try await responder(self.request("/a/"))
        #expect(file.headerFields[.contentDisposition] == "attachment; filename=\"index.html\"")
        #expect(file.headerFields[.cacheControl] == "no-store")
        await #expect(throws: Broken.self) { try await responder(self.request("/missing")) }
    }

    @Test("A response can be changed unless it is a denial") func change() async throws {
        let responder = try DirectoryResponder(root: self.directory.root) { response, request, path in
            response.headerFields[.contentLanguage] = "\(path) \(request.method) \(response.status.code)"
        } decide: { _, path in
            path == "a/x" ? .deny(.forbidden) : .allow
        }
        #expect(try await responder(self.request("/x")).headerFields[.contentLanguage] == "x GET 200")
        #expect(
            try await responder(self.request("/missing", method: "HEAD")).headerFields[.contentLanguage]
                == "missing HEAD 404")
        #expect(try await responder(self.request("/a/x")).headerFields[.contentLanguage] == nil)
    }

    @Test("An invalid root is an error at the start") func invalidRoot() throws {
        func error(_ root: String, _ allows: Bool = false) -> SendfileError? {
            do {
                _ = try DirectoryResponder(root: root, allowsSymbolicLinksInRoot: allows) { _, _ in .allow }
                return nil
            } catch { return error }
        }
        #expect(error(self.directory.root) == nil)
        #expect(error("files")?.description.contains("use an absolute path") == true)
        #expect(error("\(self.directory.path)/missing")?.description.contains("does not exist") == true)
        #expect(error("\(self.directory.root)/x")?.description.contains("is not a directory") == true)
        for root in ["\(self.directory.path)/link", "\(self.directory.path)/link/a", "\(self.directory.path)/./link/"] {
            let refused = try #require(error(root))
            #expect(refused.code == .invalidRoot)
            #expect(refused.description.contains("leads through the symbolic link \"\(self.directory.path)/"))
            #expect(refused.description.contains("allowsSymbolicLinksInRoot: true"))
            #expect(error(root, true) == nil)
        }
    }

    @Test("An open root keeps its settings") func openRoot() async throws {
        let sendfile = try Sendfile(
            configuration: .init(
                root: FilePath(self.directory.root), backend: .nginx, internalURLMapping: ["/nowhere": "/x/"]))
        let responder = DirectoryResponder(sendfile) { _, _ in .allow }
        #expect(try await self.answer(responder, self.request("/a/x")) == "files/a/x")
        // As the handler of a server.
        _ = FastCGIServer(handler: responder.respond)
    }
}
