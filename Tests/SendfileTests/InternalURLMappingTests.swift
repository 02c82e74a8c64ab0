import HTTPTypes
import Logging
import SystemPackage
import Testing

@testable import Sendfile

struct InternalURLMappingTests {
    private func url(_ mapping: String, _ path: [UInt8]) throws -> String? {
        try InternalURLMapping(mapping, from: .environment).encoded(for: path)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func url(_ mapping: String, _ path: String) throws -> String? { try self.url(mapping, Array(path.utf8)) }

    @Test(
        "The longest matching directory determines the URL",
        arguments: [
            ("/srv/a/x.pdf", "/files-a/x.pdf"), ("/srv/b/x.pdf", "/files-b/x.pdf"),
            ("/srv/a/deep/x.pdf", "/deeper/x.pdf"), ("/srv/a/deeper/x.pdf", "/files-a/deeper/x.pdf"),
            ("/srv/a/d/deep/x.pdf", "/files-a/d/deep/x.pdf"), ("/srv/a/100% ü?", "/files-a/100%25%20%C3%BC%3F"),
            // No match: not at the boundary of a component, not at the start, or the directory itself.
            ("/srv/ab/x.pdf", nil), ("/srv/a.pdf", nil), ("/x/srv/a/x.pdf", nil), ("/srv/a", nil), ("/srv/a/", nil),
            ("/SRV/A/x.pdf", nil), ("srv/a/x.pdf", nil), ("/srv/c/x.pdf", nil),
        ]) func longestDirectory(path: String, url: String?) throws
    {
        for mapping in [
            "/srv/a/=/files-a/, /srv/b/=/files-b/, /srv/a/deep/=/deeper/",
            "/srv/a/deep=deeper,/srv/b=files-b,/srv/a=files-a,",
            " //srv/a/ = files-a , /srv//b=/files-b,/srv/a/deep/=deeper",
        ] {
            #expect(try self.url(mapping, path) == url)
        }
    }

    @Test(
        "A directory's name is literal and may contain any character",
        arguments: [
            ("/srv/a%2Cb/=/x/", "/srv/a,b/f", "/x/f"), ("/srv/a%3db/=/x/", "/srv/a=b/f", "/x/f"),
            ("/srv/100%25/=/x/", "/srv/100%/f", "/x/f"), ("/srv/%2525/=/x/", "/srv/%25/f", "/x/f"),
            ("/srv/a%20/=/x%20y/", "/srv/a /f", "/x%20y/f"), ("/srv/a b/=/x y%2c/", "/srv/a b/f", "/x%20y%2C/f"),
            ("/srv/ü/=/ü/", "/srv/ü/f", "/%C3%BC/f"), ("/=/all/", "/srv/x", "/all/srv/x"), ("/=/", "/srv/x", "/srv/x"),
            // Literal: nothing is a pattern.
            ("/srv/.*/=/x/", "/srv/.*/f", "/x/f"), ("/srv/.*/=/x/", "/srv/abc/f", nil),
            ("/srv/(a|b)+/=/$1/", "/srv/a/f", nil),
            ("/srv/*/=/x/", "/srv/a/f", nil), ("/srv/(a|b)+/=/$1/", "/srv/(a|b)+/f", "/%241/f"),
            ("/srv/[ab]/=/x/", "/srv/a/f", nil), ("/srv/^$/=/\\1/", "/srv/^$/f", "/%5C1/f"),
        ]) func literalNames(mapping: String, path: String, url: String?) throws
    {
        #expect(try self.url(mapping, path) == url)
    }

    @Test("A directory's name need not be UTF-8") func otherEncodings() throws {
        #expect(try self.url("/srv/%FF%fe/=/x/", Array("/srv/".utf8) + [0xFF, 0xFE] + Array("/f".utf8)) == "/x/f")
    }

    @Test(
        "An invalid mapping is an error with the remedy",
        arguments: [
            ("/srv/a", "\"/srv/a\", which is not one directory and one internal URL prefix"),
            ("/srv/a=/x/=/y/", "write a \"=\" in a name as %3D"), (",/srv/a=/x/", "\"\", which is not one directory"),
            ("/srv/a=/x/,,/srv/b=/y/", "\"\", which is not one directory"), (",", "\"\", which is not"),
            ("/srv/a,b=/x/", "\"/srv/a\", which is not one directory"), ("srv/a=/x/", "begin it with a slash"),
            ("=/x/", "begin it with a slash"), ("/srv/a=", "internal URL prefix is empty"),
            ("/srv/100%/=/x/", "write a \"%\" in a name as %25"), ("/srv/%zz=/x/", "write a \"%\""),
            ("/srv/%a=/x/", "%25"),
            ("/srv/%+1=/x/", "%25"),
            ("/srv/../a=/x/", "\"..\""), ("/srv/./a=/x/", "\".\""), ("/srv/a%00/=/x/", "NUL"),
            ("/srv/a=/x/../y/", "not a URL path"),
            ("/srv/a=/x%0a/", "not a URL path"),
            ("/srv/a=/x/, /srv/a/=/y/", "\"/srv/a\", a directory that is named twice"),
        ]) func invalidText(mapping: String, problem: String) throws
    {
        for (source, name) in [
            (SettingSource.environment, "SENDFILE_MAPPING holds"),
            (.parameter, "the FastCGI parameter SENDFILE_MAPPING holds"),
        ] {
            let error = #expect(throws: SendfileError.self) { try InternalURLMapping(mapping, from: source) }
            #expect(error?.code == .invalidURLMapping)
            #expect(error?.description.hasPrefix(name) == true)
            #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        }
    }

    @Test("A name in code is not encoded") func code() throws {
        let mapping = try InternalURLMapping(["/srv/100%25,a=b": "/x%y/", "/srv": "all"])
        #expect(mapping.encoded(for: Array("/srv/100%25,a=b/f".utf8)) == Array("/x%25y/f".utf8))
        #expect(mapping.encoded(for: Array("/srv/f".utf8)) == Array("/all/f".utf8))
        let error = #expect(throws: SendfileError.self) { try InternalURLMapping(["relative": "/x/"]) }
        #expect(
            error?.description.hasPrefix("the internal URL mapping given to Sendfile holds \"relative=/x/\"") == true)
    }
}

/// The mapping together with the other settings.
struct InternalURLTests {
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
