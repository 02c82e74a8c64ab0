import HTTPTypes
import Logging
import SystemPackage
import Testing

@testable import Sendfile

/// The mapping together with the other settings.
struct InternalURLSettingTests {
    private let directory: TemporaryDirectory
    private let log = TestLog()

    init() throws {
        self.directory = try TemporaryDirectory()
        for name in ["a/file", "b/file", "c/file"] { try self.directory.write(name, "x") }
        try self.directory.link("a/link", to: "../b/file")
    }

    private var mapping: String { "\(self.directory.path("a"))=/files-a/, \(self.directory.path("b"))/=files-b" }

    private func sendfile(
        _ configuration: SendfileConfiguration, _ environment: [String: String] = [:]
    ) throws -> Sendfile {
        var configuration = configuration
        configuration.root = FilePath(self.directory.path)
        return try Sendfile(
            configuration: configuration, environment: .environment(environment), logger: self.log.logger)
    }

    private func url(_ sendfile: Sendfile, _ path: String, _ parameters: [String: String] = [:]) throws -> String? {
        try sendfile(TestRequest(parameters: parameters), path).serverFields.first
            .map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test("A file outside of the mapping is streamed, and the log contains the reason") func unmappedFile() throws {
        let sendfile = try self.sendfile(.init(backend: .nginx), ["SENDFILE_MAPPING": self.mapping])
        #expect(try self.url(sendfile, "a/file") == "/files-a/file")
        #expect(try self.url(sendfile, "b/file") == "/files-b/file")
        #expect(self.log.entries.isEmpty)
        #expect(try self.url(sendfile, "c/file") == nil)
        #expect(
            self.log.entries == [
                .init(
                    level: .info,
                    message:
                        "streamed instead: no directory in SENDFILE_MAPPING contains it; add one, or a SENDFILE_URL for "
                        + "all others", path: "c/file")
            ])
    }

    @Test("The URL is determined by the resolved name") func resolvedName() throws {
        let sendfile = try self.sendfile(.init(backend: .nginx), ["SENDFILE_MAPPING": self.mapping])
        #expect(try self.url(sendfile, "a/link") == "/files-b/file")
    }

    @Test("The mapping overrides the prefix where it matches") func prefix() throws {
        let environment = ["SENDFILE_MAPPING": self.mapping, "SENDFILE_URL": "/all/"]
        let sendfile = try self.sendfile(.init(backend: .nginx), environment)
        #expect(try self.url(sendfile, "a/file") == "/files-a/file")
        #expect(try self.url(sendfile, "c/file") == "/all/c/file")
        #expect(try self.url(sendfile, "c/file", ["SENDFILE_URL": "/others/"]) == "/others/c/file")
    }

    @Test("Code overrides parameters, and parameters override the environment") func precedence() throws {
        let root = self.directory.path
        let environment = ["SENDFILE_MAPPING": "\(root)=/environment/"]
        let parameters = ["SENDFILE_MAPPING": "\(root)=/parameter/"]
        let code = SendfileConfiguration(backend: .nginx, internalURLMapping: [FilePath(root): "/code/"])
        #expect(try self.url(self.sendfile(code, environment), "a/file", parameters) == "/code/a/file")
        let open = try self.sendfile(.init(backend: .nginx), environment)
        #expect(try self.url(open, "a/file", parameters) == "/parameter/a/file")
        #expect(try self.url(open, "a/file") == "/environment/a/file")
        #expect(try self.url(open, "a/file", ["SENDFILE_MAPPING": "\(root)=/other/"]) == "/other/a/file")
        #expect(try self.url(open, "a/file", ["SENDFILE_MAPPING": ""]) == "/environment/a/file")
        // The code sets an empty mapping.
        let none = try self.sendfile(.init(backend: .nginx, internalURLMapping: [:]), environment)
        #expect(try self.url(none, "a/file", parameters) == "/protected/a/file")
    }

    @Test("An invalid mapping is an error in every source") func invalidSettings() throws {
        #expect(throws: SendfileError.self) { try self.sendfile(.init(), ["SENDFILE_MAPPING": "x"]) }
        #expect(throws: SendfileError.self) { try self.sendfile(.init(internalURLMapping: ["x": "y"])) }
        let sendfile = try self.sendfile(.init(backend: .nginx))
        #expect(throws: SendfileError.self) { try self.url(sendfile, "a/file", ["SENDFILE_MAPPING": "x"]) }
        // A backend that has no internal URL does not read it.
        #expect(try self.url(self.sendfile(.init(backend: .apache)), "a/file", ["SENDFILE_MAPPING": "x"]) != nil)
    }

    @Test("A client's header field does not change the mapping") func clientFields() throws {
        var fields = HTTPFields()
        for name in ["Sendfile-Mapping", "X-Accel-Mapping", "X-Sendfile-Type", "Sendfile-Url", "Script-Name"] {
            fields.append(HTTPField(name: .init(name)!, value: "\(self.directory.path)=/stolen/"))
        }
        let sendfile = try self.sendfile(.init(backend: .nginx, internalURLPrefix: "SCRIPT_NAME/x/"))
        let response = try sendfile(TestRequest(headerFields: fields), "a/file")
        #expect(response.serverFields.first?.value == Array("/x/a/file".utf8))
    }

    @Test(
        "A prefix may be below the mount path of the application",
        arguments: [
            ("/app", "/app/files/a/file"), ("/app/", "/app/files/a/file"), ("", "/files/a/file"),
            (nil, "/files/a/file"),
            ("/my app/100%", "/my%20app/100%25/files/a/file"), ("/", "/files/a/file"),
        ]) func mountPath(script: String?, url: String) throws
    {
        var parameters: [String: String] = [:]
        parameters["SCRIPT_NAME"] = script
        for text in ["SCRIPT_NAME/files/", "SCRIPT_NAME/files", "SCRIPT_NAME//files//"] {
            let code = try self.sendfile(.init(backend: .nginx, internalURLPrefix: text))
            #expect(try self.url(code, "a/file", parameters) == url)
            let environment = try self.sendfile(.init(backend: .nginx), ["SENDFILE_URL": text])
            #expect(try self.url(environment, "a/file", parameters) == url)
            let open = try self.sendfile(.init(backend: .nginx))
            #expect(try self.url(open, "a/file", parameters.merging(["SENDFILE_URL": text]) { $1 }) == url)
            let mapped = try self.sendfile(
                .init(backend: .nginx, internalURLMapping: [FilePath(self.directory.path): text]))
            #expect(try self.url(mapped, "a/file", parameters) == url)
        }
    }

    @Test("SCRIPT_NAME has a meaning only at the start of the prefix") func scriptName() throws {
        for text in ["/SCRIPT_NAME/files/", "SCRIPT_NAMES/files/", "x/SCRIPT_NAME/"] {
            let url = try self.url(
                self.sendfile(.init(backend: .nginx, internalURLPrefix: text)), "a/file", ["SCRIPT_NAME": "/app"])
            #expect(url?.contains("SCRIPT_NAME") == true)
            #expect(url?.contains("app") == false)
        }
        #expect(throws: SendfileError.self) { try NginxBackend(prefix: "SCRIPT_NAME/files/") }
    }

    @Test("An invalid mount path is an error", arguments: ["/app/..", "/../x", "/a/./b", "/a\nb"])
    func invalidMountPath(script: String) throws {
        let sendfile = try self.sendfile(.init(backend: .nginx, internalURLPrefix: "SCRIPT_NAME/files/"))
        let error = #expect(throws: SendfileError.self) {
            try self.url(sendfile, "a/file", ["SCRIPT_NAME": script])
        }
        #expect(error?.description.hasPrefix("the FastCGI parameter SCRIPT_NAME is \"") == true)
        #expect(error?.description.contains("\n") == false)
    }
}
