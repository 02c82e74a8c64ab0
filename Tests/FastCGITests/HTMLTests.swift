import FastCGI
import FastCGITesting
import HTTPTypes
import Testing

@Suite struct HTMLTests {
    private static func markup(_ html: HTML) -> String { html.description }

    @Test(
        "Interpolated text is escaped",
        arguments: [
            ("a b", "a b"), ("<b>", "&lt;b&gt;"), ("a & b", "a &amp; b"), ("&lt;", "&amp;lt;"),
            ("\"'", "&quot;&#39;"), ("é 日本 😀", "é 日本 😀"), ("a\0b\u{1B}\u{85}", "a\u{FFFD}b\u{FFFD}\u{FFFD}"),
            ("a\tb\r\nc", "a\tb\r\nc"), ("\u{202E}x", "\u{202E}x"), ("", ""), ("<\u{338}", "&lt;\u{338}"),
        ])
    func escaping(text: String, escaped: String) {
        #expect(Self.markup("<p>\(text)</p>") == "<p>\(escaped)</p>")
        #expect(Self.markup("\(text.dropFirst(0))") == escaped)
    }

    @Test("HTML, numbers and URLs are interpolated as they are, and nil as nothing") func values() {
        let bold: HTML = "<b>\("&")</b>"
        let none: HTML? = nil
        let name = "a\"b"
        #expect(Self.markup("\(bold)\(none)\([bold, bold])\(7)") == "<b>&amp;</b><b>&amp;</b><b>&amp;</b>7")
        let url: LocalURL = "/\(name)?a=1&b=\(name)"
        #expect(Self.markup("<a href=\"\(url)\">") == "<a href=\"/a%22b?a=1&amp;b=a%22b\">")
    }

    @Test("A page has the type of HTML, unless the handler gives another one") func pages() async throws {
        let site = HandlerTest { request in
            if request.path == "/" { return Response(html: "<p>\(request.queryFields["name"] ?? "")</p>") }
            return Response(status: .gone, headerFields: [.contentType: "image/svg+xml"], html: "<svg></svg>")
        }
        let page = try await site.get("/?name=%3Cscript%3E")
        #expect(page.headerFields[.contentType] == "text/html; charset=utf-8")
        #expect(page.text == "<p>&lt;script&gt;</p>")
        let drawing = try await site.get("/drawing")
        #expect(drawing.status == .gone)
        #expect(drawing.headerFields[values: .contentType] == ["image/svg+xml"])
    }
}
