import Glibc
import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

struct SettingsTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
        for root in ["code", "parameter", "environment"] { try self.directory.write("\(root)/file", root) }
    }

    private func sendfile(
        _ configuration: SendfileConfiguration = .init(), _ environment: [String: String] = [:]
    ) throws -> Sendfile {
        try Sendfile(configuration: configuration, environment: .environment(environment))
    }

    private func respond(_ sendfile: Sendfile, _ parameters: [String: String] = [:]) throws -> FileResponse {
        try sendfile(TestRequest(parameters: parameters), "file")
    }

    private func content(_ response: FileResponse) throws -> String {
        guard let body = response.delivery.body else { return "not streamed" }
        return String(decoding: try body.collect(), as: UTF8.self)
    }

    @Test("Code overrides parameters, and parameters override the environment") func precedence() throws {
        let environment = ["SENDFILE_ROOT": self.directory.path("environment")]
        let parameters = ["SENDFILE_ROOT": self.directory.path("parameter")]
        let code = SendfileConfiguration(root: FilePath(self.directory.path("code")))
        let all = try self.sendfile(code, environment)
        let two = try self.sendfile(.init(), environment)
        #expect(try self.content(self.respond(all, parameters)) == "code")
        #expect(try self.content(self.respond(two, parameters)) == "parameter")
        #expect(try self.content(self.respond(two)) == "environment")
        #expect(try self.content(self.respond(two, ["SENDFILE_ROOT": ""])) == "environment")
        #expect(try self.content(self.respond(self.sendfile(), parameters)) == "parameter")
    }

    @Test("The backend and the prefix have the same precedence") func otherSettings() throws {
        let root = FilePath(self.directory.path("code"))
        let environment = ["SENDFILE_BACKEND": "nginx", "SENDFILE_URL": "/environment/"]
        let parameters = ["SENDFILE_BACKEND": "apache", "SENDFILE_URL": "parameter"]
        func field(_ sendfile: Sendfile, _ parameters: [String: String] = [:]) throws -> String? {
            try self.respond(sendfile, parameters).serverFields.first.map {
                "\($0.name): \(String(decoding: $0.value, as: UTF8.self))"
            }
        }
        let open = try self.sendfile(.init(root: root), environment)
        #expect(try field(open) == "X-Accel-Redirect: /environment/file")
        #expect(try field(open, ["SENDFILE_URL": "parameter"]) == "X-Accel-Redirect: /parameter/file")
        #expect(try field(open, parameters) == "X-Sendfile: \(root)/file")
        #expect(try field(open, ["SENDFILE_BACKEND": "stream"]) == nil)
        let fixed = try self.sendfile(
            .init(root: root, backend: .nginx, internalURLPrefix: "code"), environment)
        #expect(try field(fixed, parameters) == "X-Accel-Redirect: /code/file")
        let bare = try self.sendfile(.init(root: root))
        #expect(try field(bare) == nil)
        #expect(try field(bare, ["SENDFILE_BACKEND": "nginx"]) == "X-Accel-Redirect: /protected/file")
    }

    @Test(
        "The automatic backend is that of SERVER_SOFTWARE",
        arguments: [
            ("automatic", "lighttpd/1.4.69", "X-Sendfile"), ("automatic", "nginx/1.22.1", "X-Accel-Redirect"),
            ("automatic", "Apache/2.4.62 (Debian)", "X-Sendfile"), ("automatic", "Apache", "X-Sendfile"),
            ("automatic", "Caddy/2.6.2", "X-Sendfile"), ("automatic", "Caddyx", nil), ("xsendfile", "Caddy/2.6.2", nil),
            ("caddy", nil, "X-Sendfile"), ("automatic", "nginxy/1", nil), ("automatic", "", nil),
            ("automatic", nil, nil),
            ("automatic", "my lighttpd/1.4", nil), ("automatic", "Apache-Coyote/1.1", nil),
            ("xsendfile", "lighttpd/1.4.69", "X-Sendfile"), ("xsendfile", "Apache/2.4", "X-Sendfile"),
            ("xsendfile", "nginx/1.22.1", nil), ("xsendfile", nil, nil), ("stream", "nginx/1.22.1", nil),
            ("nginx", "Apache/2.4", "X-Accel-Redirect"), ("lighttpd", nil, "X-Sendfile"), ("apache", nil, "X-Sendfile"),
        ]) func serverSoftware(backend: String, software: String?, field: String?) throws
    {
        let sendfile = try self.sendfile(.init(root: FilePath(self.directory.path("code"))))
        var parameters = ["SENDFILE_BACKEND": backend]
        parameters["SERVER_SOFTWARE"] = software
        #expect(try self.respond(sendfile, parameters).serverFields.first?.name == field)
    }

    @Test("lighttpd and Apache receive the same name in their own dialects") func dialects() throws {
        try self.directory.write("code/100 ü", "x")
        let sendfile = try self.sendfile(.init(root: FilePath(self.directory.path("code")), backend: .automatic))
        func value(_ software: String) throws -> String? {
            let request = TestRequest(parameters: ["SERVER_SOFTWARE": software])
            return try sendfile(request, "100 ü").serverFields.first
                .map { String(decoding: $0.value, as: UTF8.self) }
        }
        #expect(try value("lighttpd/1.4") == self.directory.path("code/100%20%C3%BC"))
        #expect(try value("Apache/2.4") == self.directory.path("code/100 ü"))
        #expect(try value("nginx/1.22") == "/protected/100%20%C3%BC")
    }

    /// A client's text arrives as a header field and never as a parameter.
    @Test("A client's header fields change no setting") func clientFields() throws {
        let names = [
            "SENDFILE_BACKEND", "SENDFILE-BACKEND", "Sendfile-Backend", "Sendfile-Root", "Sendfile-Url",
            "X-Sendfile-Type",
            "X-Accel-Mapping", "Server-Software", "HTTP_SENDFILE_BACKEND",
        ]
        var fields = HTTPFields()
        for name in names { fields.append(HTTPField(name: .init(name)!, value: "nginx")) }
        let sendfile = try self.sendfile(
            .init(root: FilePath(self.directory.path("code")), backend: .automatic))
        #expect(try sendfile(.test(.get, fields), "file").isStreamed)
        #expect(try sendfile(TestRequest(headerFields: fields), "file").isStreamed)
    }

    @Test("A custom backend is used") func customBackend() throws {
        struct Reproxy: Backend {
            let name = "reproxy"
            let reservedFieldNames = ["X-Reproxy-URL"]

            func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
                FileResponse.ServerField(name: "X-Reproxy-URL", value: decision.location.path).map { [$0] }
            }
        }
        let sendfile = try Sendfile(root: self.directory.path("code"), backend: .custom(Reproxy()))
        #expect(
            try sendfile(.test(), "file").serverFields == [.init(name: "X-Reproxy-URL", value: Array("file".utf8))!])
    }

    @Test("The error about a missing root names the remedy") func missingRoot() throws {
        let sendfile = try self.sendfile()
        let error = #expect(throws: SendfileError.self) { try self.respond(sendfile) }
        #expect(error?.code == .missingRoot)
        #expect(error?.description.contains("SENDFILE_ROOT") == true)
        #expect(error?.description.contains("Sendfile(root:)") == true)
    }

    @Test("An invalid root is an error with the remedy") func invalidRoot() throws {
        let file = self.directory.path("code/file")
        let cases = [
            (file, "which is not a directory", Errno.notDirectory),
            (self.directory.path("missing"), "which does not exist", .noSuchFileOrDirectory),
            ("relative/path", "which is relative", nil),
            (".", "which is relative", nil),
        ]
        for (path, problem, errno) in cases {
            let fromCode = #expect(throws: SendfileError.self) { try Sendfile(root: path) }
            #expect(fromCode?.description.hasPrefix("the root given to Sendfile is \"\(path)\", \(problem)") == true)
            #expect(fromCode?.code == .invalidRoot)
            #expect(fromCode?.underlyingError == errno)
            let fromEnvironment = #expect(throws: SendfileError.self) {
                try self.sendfile(.init(), ["SENDFILE_ROOT": path])
            }
            #expect(fromEnvironment?.description.hasPrefix("SENDFILE_ROOT is \"\(path)\", \(problem)") == true)
            let sendfile = try self.sendfile()
            let fromParameter = #expect(throws: SendfileError.self) {
                try self.respond(sendfile, ["SENDFILE_ROOT": path])
            }
            #expect(
                fromParameter?.description.hasPrefix("the FastCGI parameter SENDFILE_ROOT is \"\(path)\", \(problem)")
                    == true)
        }
        #expect(throws: SendfileError.self) { try Sendfile(root: "") }
        let nul = #expect(throws: SendfileError.self) { try Sendfile(root: self.directory.path("code") + "\0x") }
        #expect(nul?.description.contains("NUL") == true)
    }

    @Test("The error about an inaccessible root names the missing permission", .enabled(if: geteuid() != 0))
    func inaccessibleRoot() throws {
        chmod(self.directory.path("code"), 0o600)
        defer { chmod(self.directory.path("code"), 0o755) }
        let closed = #expect(throws: SendfileError.self) { try Sendfile(root: self.directory.path("code")) }
        #expect(closed?.description.contains("may not open files in") == true)
        try self.directory.makeDirectory("parameter/below")
        chmod(self.directory.path("parameter"), 0o600)
        defer { chmod(self.directory.path("parameter"), 0o755) }
        let unreachable = #expect(throws: SendfileError.self) {
            try Sendfile(root: self.directory.path("parameter/below"))
        }
        #expect(unreachable?.description.contains("may not reach") == true)
    }

    @Test(
        "An unknown backend is an error that lists the known ones",
        arguments: ["", "Nginx", "lighty", "caddy ", "nginx\n", "X-Sendfile-Type"])
    func unknownBackend(name: String) throws {
        let configuration = SendfileConfiguration(root: FilePath(self.directory.path("code")))
        guard !name.isEmpty else {
            _ = try self.sendfile(configuration, ["SENDFILE_BACKEND": name])
            return
        }
        let known = "automatic, lighttpd, apache, nginx, caddy, local-redirect, stream, xsendfile"
        let early = #expect(throws: SendfileError.self) {
            try self.sendfile(configuration, ["SENDFILE_BACKEND": name])
        }
        #expect(early?.code == .unknownBackend)
        #expect(early?.description.hasSuffix(known) == true)
        #expect(early?.description.hasPrefix("SENDFILE_BACKEND is \"") == true)
        let sendfile = try self.sendfile(configuration)
        let late = #expect(throws: SendfileError.self) { try self.respond(sendfile, ["SENDFILE_BACKEND": name]) }
        #expect(late?.description.hasPrefix("the FastCGI parameter SENDFILE_BACKEND is \"") == true)
    }

    @Test("The roots from parameters are kept open, up to a limit") func parameterRoots() throws {
        let sendfile = try self.sendfile()
        let parameters = ["SENDFILE_ROOT": self.directory.path("parameter")]
        #expect(try self.content(self.respond(sendfile, parameters)) == "parameter")
        // A root with the same name is not opened again.
        try self.directory.rename("parameter", to: "moved")
        #expect(try self.content(self.respond(sendfile, parameters)) == "parameter")
        // A name that clients can vary does not use up the descriptors.
        for number in 0..<200 {
            try self.directory.write("many/\(number)/file", "\(number)")
            let root = ["SENDFILE_ROOT": self.directory.path("many/\(number)")]
            #expect(try self.content(self.respond(sendfile, root)) == "\(number)")
        }
        let open = try OpenDescriptors.count(below: self.directory.path("many"))
        #expect((1...64).contains(open))
    }
}

/// Counts this process's descriptors by what they lead to.
private enum OpenDescriptors {
    static func count(below path: String) throws -> Int {
        guard let list = opendir("/proc/self/fd") else { throw Errno(rawValue: errno) }
        defer { closedir(list) }
        var count = 0
        while let entry = readdir(list) {
            let target = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, length in
                length = max(
                    0,
                    buffer.withMemoryRebound(to: CChar.self) { buffer in
                        withUnsafeBytes(of: &entry.pointee.d_name) {
                            readlinkat(
                                dirfd(list), $0.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.baseAddress!,
                                4096)
                        }
                    })
            }
            if target.starts(with: (path + "/").utf8) { count += 1 }
        }
        return count
    }
}
