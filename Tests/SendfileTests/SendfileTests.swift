import HTTPTypes
import Testing

@testable import Sendfile

struct SendfileTests {
    @Test func aFileIsStreamedWhole() throws {
        let directory = try TemporaryDirectory()
        try directory.write("team/q3.pdf", "0123456789", modificationTime: 784_111_777)
        let sendfile = try Sendfile(root: directory.path)
        let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")
        let response = try sendfile(request, "team/q3.pdf", attachment: .named("Q3 report.pdf"))
        #expect(response.status == .ok)
        #expect(
            response.headerFields == [
                .contentType: "application/pdf",
                .contentDisposition: "attachment; filename=\"Q3 report.pdf\"",
                .eTag: "\"2ebc98a1-a\"",
                .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT",
                .acceptRanges: "bytes",
                .contentLength: "10",
            ])
    }
}
