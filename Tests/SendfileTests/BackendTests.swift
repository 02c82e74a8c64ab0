import HTTPTypes
import SendfileBasics
import Testing

@testable import Sendfile

struct BackendTests {
    private func value(_ backend: some Backend, _ path: String, _ fields: HTTPFields = [:], custom: Bool = false)
        -> String?
    {
        self.value(backend, bytes: Array(path.utf8), fields, custom: custom)
    }

    private func value(
        _ backend: some Backend, bytes: [UInt8], _ fields: HTTPFields = [:], custom: Bool = false
    ) -> String? {
        let location = FileLocation(root: Array("/srv/ä b".utf8), path: bytes)
        return backend.serverFields(
            for: FileDecision(location: location, headerFields: fields, hasCustomValidators: custom)
        )
        .map { $0.map { "\($0.name): \(String(decoding: $0.value, as: UTF8.self))" }.joined(separator: "\n") }
    }

    @Test(
        "A path for lighttpd is percent-encoded, except a tab",
        arguments: [
            ("a/b-c_d.e~f", "a/b-c_d.e~f"), ("a b", "a%20b"), ("100%.txt", "100%25.txt"),
            ("100%25.txt", "100%2525.txt"),
            ("a?b#c;d&e+f'g\"h\\i", "a%3Fb%23c%3Bd%26e%2Bf%27g%22h%5Ci"), ("ü", "%C3%BC"), ("end ", "end%20"),
            ("tab\there", "tab\there"), ("50%\tä", "50%25\t%C3%A4"), ("a\u{85}b", "a%C2%85b"),
        ]) func lighttpdNames(path: String, encoded: String)
    {
        #expect(self.value(LighttpdBackend(), path) == "X-Sendfile: /srv/%C3%A4%20b/\(encoded)")
    }

    @Test(
        "A name with control characters is streamed behind lighttpd",
        arguments: ["line\nend", "line\rend", "tab\t", "\u{1}", "a\u{1F}b", "esc\u{1B}", "a\u{7F}b"])
    func lighttpdControls(path: String) {
        #expect(self.value(LighttpdBackend(), path) == nil)
    }

    @Test(
        "A name that is not UTF-8 is streamed behind lighttpd only",
        arguments: [[0xFF], [0x61, 0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0x80]] as [[UInt8]])
    func encodings(path: [UInt8]) throws {
        #expect(self.value(LighttpdBackend(), bytes: path) == nil)
        #expect(self.value(ApacheBackend(), bytes: path) != nil)
        let nginx = self.value(try NginxBackend(prefix: "x"), bytes: path)
        #expect(nginx == "X-Accel-Redirect: /x/" + String(decoding: PercentEncoding.encodePath(path), as: UTF8.self))
    }

    @Test(
        "A path for Apache is unencoded",
        arguments: [
            "a/b", "a b", "a?b#c;d&e+f'g\"h\\i", "ü", "tab\there", "del\u{7F}", " lead",
        ]) func apacheNames(path: String)
    {
        #expect(self.value(ApacheBackend(), path) == "X-Sendfile: /srv/ä b/\(path)")
    }

    @Test(
        "A name that Apache would change is streamed",
        arguments: [
            "line\nend", "line\rend", "end ", "end\t", "\u{1}", "100%.txt", "100%25.txt", "%2e%2e/x", "50%/x",
        ])
    func apacheStreams(path: String) {
        #expect(self.value(ApacheBackend(), path) == nil)
    }

    @Test(
        "Every name can be sent to nginx, percent-encoded",
        arguments: [
            ("a/b", "a/b"), ("100%25.txt", "100%2525.txt"), ("?", "%3F"), ("end ", "end%20"), ("a\r\nb", "a%0D%0Ab"),
            ("tab\t", "tab%09"), ("日", "%E6%97%A5"),
        ]) func nginxNames(path: String, encoded: String) throws
    {
        #expect(self.value(try NginxBackend(prefix: "/files"), path) == "X-Accel-Redirect: /files/\(encoded)")
    }

    @Test(
        "A path for Caddy is below the root and unencoded",
        arguments: ["a/b", "a b", " lead", "a;b&c+d'e\"f\\g", "{env.HOME}", "ü", "日", "index.html", "..hidden"])
    func caddyNames(path: String) {
        #expect(self.value(CaddyBackend(), path) == "X-Sendfile: /\(path)")
    }

    @Test(
        "A name that Caddy would change is streamed",
        arguments: [
            "100%", "a%41", "a?b", "a#b", "end ", "tab\t", "a\tb", "line\nend", "line\rend", "\u{1}", "del\u{7F}",
        ])
    func caddyStreams(path: String) {
        #expect(self.value(CaddyBackend(), path) == nil)
    }

    @Test("A path longer than nginx's buffer is streamed") func nginxBuffer() throws {
        let name = String(repeating: "ä", count: 120)
        let path = [name, name, name].joined(separator: "/")
        #expect(self.value(try NginxBackend(prefix: "/files"), path) == nil)
        #expect(self.value(try NginxBackend(prefix: "/files"), name) != nil)
    }

    @Test("A file with a field that the web server would lose is streamed") func lostFields() throws {
        let gzip: HTTPFields = [.contentEncoding: "gzip"]
        #expect(self.value(LighttpdBackend(), "a", gzip) != nil)
        #expect(self.value(ApacheBackend(), "a", gzip) == nil)
        #expect(self.value(try NginxBackend(prefix: "x"), "a", gzip) == nil)
        #expect(self.value(CaddyBackend(), "a", gzip) == nil)
        #expect(self.value(CaddyBackend(), "a", custom: true) == nil)
        #expect(self.value(LighttpdBackend(), "a", custom: true) != nil)
        #expect(self.value(ApacheBackend(), "a", custom: true) != nil)
        #expect(self.value(try NginxBackend(prefix: "x"), "a", custom: true) == nil)
    }

    @Test(
        "Leading and trailing slashes of the prefix are optional",
        arguments: ["/protected/", "protected", "/protected", "protected/", "//protected//"])
    func prefixSlashes(prefix: String) throws {
        #expect(self.value(try NginxBackend(prefix: prefix), "a") == "X-Accel-Redirect: /protected/a")
    }

    @Test(
        "The prefix is the unencoded text of a location",
        arguments: [("", "/"), ("/", "/"), ("a/b", "/a/b/"), ("a b%", "/a%20b%25/")])
    func prefixText(prefix: String, encoded: String) throws {
        #expect(try InternalURLPrefix(prefix, from: .code).encoded == encoded)
    }

    @Test("An invalid prefix is an error", arguments: ["/a\nb/", "/a\r", "\0", "/../", "a/./b", "..", "a\u{7F}"])
    func invalidPrefix(prefix: String) throws {
        let error = #expect(throws: SendfileError.self) { try NginxBackend(prefix: prefix) }
        #expect(error?.code == .invalidURLPrefix)
        #expect(error?.description.contains("\n") == false)
    }

    private static func own() throws -> [any Backend] {
        let url = try InternalURL(prefix: nil, mapping: nil, scriptName: { nil })
        return [
            LighttpdBackend(), ApacheBackend(), CaddyBackend(), try NginxBackend(prefix: "x"),
            LocalRedirectBackend(url: url, isFollowed: true),
        ]
    }

    @Test("Each backend has the name of its setting") func names() throws {
        for backend in try Self.own() {
            #expect(try BackendChoice(backend.name, from: .environment).description == backend.name)
        }
        #expect(try Set(Self.own().map(\.name)).count == 5)
    }

    @Test("A field that a backend sends is reserved") func reservedFields() throws {
        for backend in try Self.own() {
            for name in backend.reservedFieldNames {
                let example = name.lowercased().replacing("*", with: "redirect")
                #expect(ReservedFields.contains(example), "\(backend.name): \(name)")
            }
            let location = FileLocation(root: Array("/srv".utf8), path: Array("a".utf8))
            let decision = FileDecision(
                location: location, headerFields: [.eTag: "\"1\"", .contentType: "text/plain"])
            for field in try #require(backend.serverFields(for: decision)) where field.name != "Location" {
                #expect(ReservedFields.contains(field.name.lowercased()), "\(backend.name): \(field.name)")
            }
        }
    }

    @Test("A custom backend reserves its field names") func customFields() {
        struct Other: Backend {
            let name = "other"
            let reservedFieldNames = ["X-Other-Server-File", "X-OTHER-Server-Control-*"]
            func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? { nil }
        }
        #expect(!ReservedFields.contains("x-other-server-file"))
        _ = BackendChoice.custom(Other())
        for name in ["x-other-server-file", "x-other-server-control-rate"] { #expect(ReservedFields.contains(name)) }
        for name in ["x-other-server", "x-other-server-files", "content-type"] {
            #expect(!ReservedFields.contains(name))
        }
    }

    @Test("A field for the web server contains no line end", arguments: ["a\r\nb", "a\nb", "a\rb", "a\0b", "\n", "\0"])
    func lineEnds(value: String) {
        #expect(FileResponse.ServerField(name: "X-Sendfile", value: Array(value.utf8)) == nil)
    }
}
