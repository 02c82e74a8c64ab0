import CLinux
import FoundationEssentials
import Glibc
import SendfileBasics
import Testing

@testable import sendfile_gate

/// The parts of the check that need no web server.
@Suite struct CheckPartsTests {
    @Test("A report is valid JSON and harmless to a terminal, whatever a server sends")
    func hostile() throws {
        let title = "a \"b\" \\ \u{1B}[31m\u{7}\n\u{0} 日本語 \u{2028}"
        let report = Report(
            url: "http://localhost/", file: "/srv/a", server: .nginx, findings: [.pass(.bytes, title)])
        let decoded = try CheckReport(from: report.json)
        #expect(decoded.findings[0].title == title)
        #expect(!report.text(isColoured: false).contains("\u{1B}"))
        #expect(!report.text(isColoured: false).contains("\u{7}"))
        #expect(report.text(isColoured: false).split(separator: "\n").count == 3)
    }

    @Test("curl's configuration accepts any text as a value")
    func quoting() {
        #expect(CurlConfiguration.quoted("a\\b\"c") == "\"a\\\\b\\\"c\"")
    }

    @Test(
        "A random password replaces the one in Authorization, for the same user",
        arguments: [
            ("Authorization: Basic YWxpY2U6d29uZGVybGFuZA==", "alice"), ("authorization:basic  QTpi ", "A"),
            ("AUTHORIZATION: Basic w6k6eA==", "é"),
        ])
    func password(_ line: String, _ user: String) throws {
        let cookie = "Cookie: a=Basic"
        let lines = try #require(BasicAuthorization.mistaken([cookie, line]))
        #expect(lines.count == 2 && lines[0] == cookie)
        let prefix = "Authorization: Basic "
        let data = try #require(Data(base64Encoded: String(lines[1].dropFirst(prefix.count))))
        let text = String(decoding: data, as: UTF8.self)
        #expect(lines[1].hasPrefix(prefix) && text.hasPrefix("\(user):"))
        #expect(text.utf8.count > user.utf8.count + 4 && !text.hasSuffix("wonderland"))
        #expect(BasicAuthorization.removed([cookie, line]) == [cookie])
    }

    @Test(
        "A header field other than Authorization contains no password",
        arguments: ["Authorization: Bearer a", "X: Basic QTpi", "Authorization: Basic !"])
    func noPassword(_ line: String) {
        #expect(BasicAuthorization.mistaken([line]) == nil)
        #expect(BasicAuthorization.removed([line]) == [line])
    }

    @Test("Base64 encodes every length", arguments: 0..<7)
    func base64(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: 0xFB &- 37 &* $0) }
        #expect(SendfileBasics.Base64.standard.encode(bytes) == Data(bytes).base64EncodedString())
    }

    @Test("A URL keeps its path unchanged, and shows neither password nor query")
    func url() throws {
        let url = try #require(URLText("https://me:pw@example.org:8443/a/../%2e/q%25%20.pdf?sig=1#part"))
        #expect(url.text == "https://me:pw@example.org:8443/a/../%2e/q%25%20.pdf?sig=1")
        #expect(url.shown == "https://example.org:8443/a/../%2e/q%25%20.pdf?…")
        #expect(url.name == Array("q% .pdf".utf8))
        #expect(url.beside("100% 日本.txt".utf8).path == "/a/../%2e/100%25%20%E6%97%A5%E6%9C%AC.txt")
        #expect(try #require(URLText("http://localhost?a")).text == "http://localhost/?a")
        let accents = try #require(URLText("https://me:pw@\u{301}h/a?\u{301}sig=1"))
        #expect(accents.shown == "https://\u{301}h/a?…")
        for text in ["localhost/a", "file:///etc/passwd", "http://", "http://a b/", "http://a/\nurl = b"] {
            #expect(URLText(text) == nil, "\(text)")
        }
    }

    @Test("A response is parsed after interim responses and in chunks of any size", arguments: [1, 2, 7, 1000])
    func reader(_ size: Int) {
        let text =
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/2 206 \r\netag:  \"a\"\r\nX: b:c\r\n\r\nbody\r\n\r\nmore"
        var reader = AnswerReader()
        var body: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            body += reader.take(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(reader.status == 206)
        #expect(reader.fields.map(\.name) == ["etag", "X"])
        #expect(reader.fields.map(\.value) == ["\"a\"", "b:c"])
        #expect(String(decoding: body, as: UTF8.self) == "body\r\n\r\nmore")
    }

    @Test("A name ends at the first colon, also if an accent follows") func colon() throws {
        // The accent and the colon are one character.
        var reader = AnswerReader()
        _ = reader.take(Array("HTTP/1.1 200 OK\r\nName:\u{301}a:b\r\n\r\n".utf8))
        #expect(reader.fields.map(\.name) == ["Name"])
        #expect(reader.fields.map { Array($0.value.utf8) } == [Array("\u{301}a:b".utf8)])
        #expect(try HeaderLines.read(["Cookie:\u{301}a"]) == ["Cookie:\u{301}a"])
    }

    @Test("The value of a header field may contain a tab") func tab() throws {
        #expect(try HeaderLines.read(["Cookie:\ta=b"]) == ["Cookie:\ta=b"])
    }

    @Test(
        "A header field whose name is not a token is refused, and not shown",
        arguments: [
            "\u{e9}: secret", "a\tb: secret", "a b: secret", ": secret", "secret", "\"a\": secret", "a: \nsecret",
        ])
    func name(_ line: String) {
        let error = #expect(throws: CheckFailure.self) { try HeaderLines.read([line]) }
        #expect(error.map { "\($0)".contains("--header") && !"\($0)".contains("secret") } == true)
    }

    @Test("The time for a head grows with its length, however small its parts are", .timeLimit(.minutes(1)))
    func longHead() {
        var reader = AnswerReader()
        let head = "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 200_000))\r\n\r\n"
        var body = 0
        for byte in head.utf8 { body += reader.take([byte]).count }
        #expect(body == 0 && reader.status == 200 && reader.fields.map(\.value.count) == [200_000])
        #expect(reader.take([0x61]).elementsEqual([0x61]))
    }

    /// Entries of tag, permissions and id (acl(5)) in the kernel's format, with the resulting permissions r, w and x of
    /// www-data.
    static let lists: [(mode: mode_t, entries: [(tag: UInt8, permissions: UInt8, id: UInt32)], allowed: UInt16)] = [
        (0o750, [], 0), (0o755, [], 5), (0o700, [(0x02, 5, 33), (0x10, 7, 0)], 5),
        // The mask removes permissions.
        (0o700, [(0x02, 7, 33), (0x10, 4, 0)], 4),
        // A named user's entry takes precedence over the entry for others.
        (0o707, [(0x02, 0, 33), (0x10, 7, 0)], 0),
        (0o700, [(0x08, 1, 33), (0x10, 7, 0)], 1),
    ]

    @Test(
        "Modes and access lists are evaluated as the kernel does", .enabled(if: geteuid() == 0),
        arguments: lists.indices)
    func access(_ index: Int) throws {
        let (mode, entries, allowed) = Self.lists[index]
        let user = try #require(LocalUser(named: "www-data"))
        let path = "\(try Workspace.shared.makeDirectory("access"))/directory"
        try Files.makeDirectory(path, mode: 0o700)
        if !entries.isEmpty {
            // The three mandatory entries, in the order of their tags.
            let all =
                [(tag: UInt8(0x01), permissions: UInt8(mode >> 6 & 7), id: UInt32.max)]
                + entries.filter { $0.tag == 0x02 } + [(0x04, UInt8(mode >> 3 & 7), .max)]
                + entries.filter { $0.tag == 0x08 }
                + entries.filter { $0.tag == 0x10 }.map { ($0.tag, $0.permissions, .max) }
                + [(0x20, UInt8(mode & 7), .max)]
            let value = all.reduce(into: [UInt8]([2, 0, 0, 0])) { bytes, entry in
                bytes += [entry.tag, 0, entry.permissions, 0]
                bytes += (0..<4).map { UInt8(truncatingIfNeeded: entry.id >> (8 * $0)) }
            }
            guard setxattr(path, "system.posix_acl_access", value, value.count, 0) == 0 else {
                throw Failure.system("setxattr")
            }
        } else {
            guard chmod(path, mode) == 0 else { throw Failure.system("chmod") }
        }
        let list = try #require(AccessControlList(of: path))
        for bit in [UInt16(4), 2, 1] {
            #expect(list.allows(.init(rawValue: bit), to: user) == (allowed & bit != 0), "\(bit)")
        }
        // The kernel's result.
        let script = ["r": 4, "w": 2, "x": 1].map { "test -\($0.key) \"$0\" && s=$((s+\($0.value)))" }
        let shell = try ChildProcess(
            [
                "setpriv", "--reuid", "www-data", "--regid", "www-data", "--clear-groups", "sh", "-c",
                "s=0; \(script.joined(separator: "; ")); exit $s", path,
            ], log: "\(path).log")
        #expect(try shell.waitForEnd() == .exited(Int32(allowed)))
    }
}
