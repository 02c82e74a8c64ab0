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
