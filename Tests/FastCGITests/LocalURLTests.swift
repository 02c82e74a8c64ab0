import FastCGI
import FastCGITesting
import HTTPTypes
import Testing

/// URLs and redirects that cannot lead to another site.
@Suite struct LocalURLTests {
    private static func url(_ url: LocalURL) -> String { url.description }

    @Test(
        "A text with which a browser could leave the site is not a local URL",
        arguments: [
            "", "a", "a/b", "?a", "#a", "//example.com", "///example.com", "/\\example.com", "\\\\example.com",
            "\\/example.com",
            "/a\\b", "/\t/example.com", "\t//example.com", "/\n/example.com", "/\r\nSet-Cookie: a=b", "/a\0b",
            "/\u{7F}",
            "http://example.com", "https:example.com", "javascript:alert(1)", " //example.com", " /a", "/\u{1B}/a",
            // A slash and what follows it are one character, and browsers ignore the second part of it in a host.
            "//\u{FE0F}example.com", "//\u{301}example.com", "//\u{200D}/example.com",
        ])
    func refused(text: String) {
        #expect(LocalURL(validating: text) == nil)
    }

    @Test(
        "A path with a query and a fragment is a local URL, and its other characters are encoded",
        arguments: [
            ("/", "/"), ("/a/b?c=d&e=%20#f", "/a/b?c=d&e=%20#f"), ("/a b", "/a%20b"), ("/日", "/%E6%97%A5"),
            ("/a//b", "/a//b"), ("/?to=//example.com", "/?to=//example.com"), ("/:a@b", "/:a@b"),
            ("/\"<>^`{|}", "/%22%3C%3E%5E%60%7B%7C%7D"), ("/..//a", "/..//a"),
            ("/\u{FF0F}example.com", "/%EF%BC%8Fexample.com"), ("/\u{301}a", "/%CC%81a"),
        ])
    func accepted(text: String, url: String) {
        #expect(LocalURL(validating: text)?.description == url)
    }

    @Test(
        "Interpolated text adds no component, query or host",
        arguments: [
            ("a", "a"), ("/example.com", "%2Fexample.com"), ("\\example.com", "%5Cexample.com"),
            ("a?b#c&d", "a%3Fb%23c%26d"),
            ("..", ".."), ("%2F", "%252F"), ("\r\n", "%0D%0A"), ("é", "%C3%A9"),
        ])
    func interpolation(text: String, encoded: String) {
        #expect(Self.url("/\(text)") == "/\(encoded)")
        #expect(Self.url("/x/\(text)?y=\(text)") == "/x/\(encoded)?y=\(encoded)")
        #expect(Self.url("/\(Array(text.utf8))/\(7)") == "/\(encoded)/7")
        let inner: LocalURL = "/\(text)"
        #expect(FormFields(String(Self.url("/sign-in?to=\(inner)").dropFirst(9)))["to"] == inner.description)
    }

    @Test("An empty value before a slash does not make the next component a host") func emptyValue() {
        let empty = ""
        #expect(Self.url("/\(empty)/example.com") == "/.//example.com")
        #expect(Self.url("/\(empty)\(empty)/example.com/\(empty)") == "/.//example.com/")
        #expect(Self.url("/\(empty)") == "/")
    }

    @Test("A literal that does not begin with one slash ends the program", arguments: 0..<6)
    func wrongLiterals(_ number: Int) async {
        switch number {
        case 0: await #expect(processExitsWith: .failure) { _ = "https://example.com" as LocalURL }
        case 1: await #expect(processExitsWith: .failure) { _ = "//example.com" as LocalURL }
        case 2: await #expect(processExitsWith: .failure) { _ = "/\\example.com" as LocalURL }
        case 3: await #expect(processExitsWith: .failure) { _ = "" as LocalURL }
        case 4:
            await #expect(processExitsWith: .failure) {
                let path = "/path"
                _ = "\(path)" as LocalURL
            }
        default:
            await #expect(processExitsWith: .failure) {
                let path = "/path"
                _ = "\(path)/a" as LocalURL
            }
        }
    }

    @Test("A redirect leads to a page of the site, whatever a client sends") func redirects() async throws {
        let site = HandlerTest { request in
            switch request.path {
            case "/elsewhere": return .redirect(toOtherSite: "https://sign-in.example/?a=b", status: .found)
            case "/name": return .redirect(to: "/\(request.queryFields["to"] ?? "")")
            default: return .redirect(to: request.queryFields["to"].flatMap(LocalURL.init(validating:)) ?? "/")
            }
        }
        for (target, location) in [
            ("/?to=/a%3Fb%3Dc", "/a?b=c"), ("/?to=//example.com", "/"), ("/?to=/%5Cexample.com", "/"),
            ("/?to=/%0D%0AX: y", "/"), ("/", "/"), ("/name?to=/example.com", "/%2Fexample.com"),
            ("/elsewhere", "https://sign-in.example/?a=b"),
        ] {
            let response = try await site.get(target.replacing(" ", with: "%20"))
            #expect(response.status == (target == "/elsewhere" ? .found : .seeOther))
            #expect(response.headerFields[values: .location] == [location], "\(target)")
        }
    }
}
