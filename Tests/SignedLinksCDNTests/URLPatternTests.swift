import SignedLinks
import Testing

@testable import SignedLinksCDN

/// Patterns of URLs with wildcards.
@Suite struct URLPatternTests {
    @Test(
        "A pattern covers the texts that its wildcards describe",
        arguments: [
            ("", "", true), ("", "a", false), ("*", "", true), ("*", "/a?b=c", true), ("a", "a", true),
            ("a", "ab", false),
            ("/a/*", "/a/", true), ("/a/*", "/a/b/c", true), ("/a/*", "/a", false), ("/a/*", "/ab/c", false),
            ("*.jpg", "/a/b.jpg", true), ("*.jpg", "/a/b.jpg.exe", false), ("*.jpg", ".jpg", true),
            ("/?.ts", "/1.ts", true), ("/?.ts", "/12.ts", false), ("/?.ts", "/.ts", false), ("??", "ab", true),
            ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c", "abcbc", true), ("*a*b*c", "acb", false), ("**", "ab", true),
            ("http*://*/films/?/*.m3u8", "https://d1/films/7/a/b.m3u8", true),
            // A query.
            ("/a.jpg?size=*", "/a.jpg?size=large", true), ("/a.jpg?size=*", "/a.jpg", false),
            ("/*.jpg", "/a.jpg?x=1", false), ("/*.jpg*", "/a.jpg?x=1", true), ("/a*", "/a?b=1", true),
            // Text of a query cannot stand for the end of a path.
            ("/*.jpg", "/secret.pdf?x=.jpg", false), ("/*.jpg*", "/secret.pdf?x=.jpg", false),
            ("*/films/*", "/secret.pdf?/films/1", false), ("/*?*.jpg", "/secret.pdf?x=.jpg", true),
        ])
    func matches(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(URLPattern(pattern.utf8).matches(Array(text.utf8)) == expected)
    }

    @Test("A pattern with many stars ends in time")
    func stars() {
        let pattern = String(repeating: "*a", count: 500) + "b"
        #expect(!URLPattern(pattern.utf8).matches([UInt8](repeating: UInt8(ascii: "a"), count: 5_000)))
    }

    @Test(
        "The scope of a pattern is its folder below the site's prefix, or the file",
        arguments: [
            ("/films/7/*", "/films/7/1.ts", "films/7/1.ts", "/films/7/*"),
            ("/*", "/films/7/1.ts", "films/7/1.ts", "/*"),
            ("/media/films/*", "/media/films/7/1.ts", "films/7/1.ts", "/films/*"),
            ("/media/*", "/media/films/7/1.ts", "films/7/1.ts", "/*"), ("/*", "/media/films/1.ts", "films/1.ts", "/*"),
            ("/films/7*", "/films/7/1.ts", "films/7/1.ts", "/films/7/1.ts"),
            ("/films/?/*", "/films/7/1.ts", "films/7/1.ts", "/films/7/1.ts"),
            ("/*/1.ts", "/films/7/1.ts", "films/7/1.ts", "/films/7/1.ts"),
        ])
    func scope(_ pattern: String, _ path: String, _ file: String, _ expected: String) throws {
        let scope = URLPattern(pattern.utf8).scope(of: try LinkPath(requested: file.utf8), in: Array(path.utf8))
        #expect(scope.description == expected)
    }
}
