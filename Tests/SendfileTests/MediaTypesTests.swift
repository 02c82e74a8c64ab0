import Testing

@testable import Sendfile

struct MediaTypesTests {
    @Test(
        "A media type is found by the extension",
        arguments: [
            ("a.pdf", "application/pdf"), ("A.PDF", "application/pdf"), ("archive.tar.gz", "application/gzip"),
            ("photo.JpEg", "image/jpeg"), ("page.html", "text/html"), ("a.b.c.txt", "text/plain"),
            ("x.svg", "image/svg+xml"),
            ("README", "application/octet-stream"), (".txt", "application/octet-stream"),
            (".bashrc", "application/octet-stream"), ("a.", "application/octet-stream"),
            ("a.unknown", "application/octet-stream"), ("a.überlang", "application/octet-stream"),
            ("a.averyveryverylongextension", "application/octet-stream"), ("", "application/octet-stream"),
        ]) func extensions(name: String, type: String)
    {
        #expect(MediaTypes(mimeTypes: []).type(ofName: Array(name.utf8)) == type)
    }

    @Test("The system's table overrides the built-in one") func systemTable() {
        let table = """
            # A comment
            text/x-mine\t\tmine Mine2   mine3
            application/x-pdf pdf # not a type
            text/nothing
            broken line
            text/pl\u{1}ain bad
            a/b/c worse
            """
        let types = MediaTypes(mimeTypes: Array(table.utf8))
        #expect(types.type(ofName: "a.mine".utf8) == "text/x-mine")
        #expect(types.type(ofName: "a.MINE2".utf8) == "text/x-mine")
        #expect(types.type(ofName: "a.pdf".utf8) == "application/x-pdf")
        #expect(types.type(ofName: "a.not".utf8) == MediaTypes.unknown)
        #expect(types.type(ofName: "a.line".utf8) == MediaTypes.unknown)
        #expect(types.type(ofName: "a.bad".utf8) == MediaTypes.unknown)
        #expect(types.type(ofName: "a.worse".utf8) == MediaTypes.unknown)
        #expect(types.type(ofName: "a.png".utf8) == "image/png")
    }

    @Test("An extension of invalid bytes has the unknown type") func invalidBytes() {
        #expect(MediaTypes.shared.type(ofName: [0x61, 0x2E, 0xFF, 0xFE]) == MediaTypes.unknown)
    }
}
