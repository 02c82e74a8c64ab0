import HTTPTypes
import Sendfile
import Testing

/// The parameters of django-sendfile2's `sendfile(request, filename, attachment, attachment_filename, mimetype,
/// encoding)`.
struct DjangoParametersTests {
    private func fields(_ path: String, _ options: SendfileOptions) throws -> HTTPFields {
        let directory = try TemporaryDirectory()
        try directory.write(path, "x")
        return try Sendfile(root: directory.path)(.test(), path, options).headerFields
    }

    @Test(
        "The parameters attachment and attachment_filename have their equivalents",
        arguments: [
            // attachment, attachment_filename
            (ContentDisposition.attachment, "attachment; filename=\"q3.pdf\""),  // True, None
            (.attachmentWithoutFileName, "attachment"),  // True, False
            (.attachment(named: "a b.pdf"), "attachment; filename=\"a b.pdf\""),  // True, "a b.pdf"
            (.inlineWithFileName, "inline; filename=\"q3.pdf\""),  // False, None
            (.inline(named: "a b.pdf"), "inline; filename=\"a b.pdf\""),  // False, "a b.pdf"
            (.inline, nil),  // False, False: the meaning of "inline" alone is that of no field
        ] as [(ContentDisposition, String?)]) func attachment(_ disposition: ContentDisposition, value: String?) throws
    {
        #expect(try self.fields("team/q3.pdf", .init(attachment: disposition))[.contentDisposition] == value)
    }

    @Test(
        "The parameters mimetype and encoding have their equivalents",
        arguments: [
            // mimetype, encoding, and the values guessed from the name
            (nil, .guessed, "application/x-tar", "gzip"), (nil, .none, nil, nil),
            ("text/plain", .none, "text/plain", nil),
            ("text/plain", .coding("br"), "text/plain", "br"), (nil, .coding("gzip"), "application/x-tar", "gzip"),
            ("text/plain", .guessed, "text/plain", "gzip"),
        ] as [(String?, ContentEncoding, String?, String?)]) func mimetype(
            mimetype: String?, encoding: ContentEncoding, type: String?, coding: String?
        ) throws
    {
        let fields = try self.fields("a.tar.gz", .init(contentType: mimetype, contentEncoding: encoding))
        if let type { #expect(fields[.contentType] == type) }
        #expect(fields[.contentEncoding] == coding)
        #expect(fields[.contentDisposition] == nil)
    }
}
