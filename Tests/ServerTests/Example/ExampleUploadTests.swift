import FastCGITesting
import HTTPTypes
import Testing

@testable import ProtectedDownloads

/// The limits on forms with files of the example.
@Suite struct ExampleUploadTests {
    private static func part(_ head: String, _ content: String) -> String {
        "--b\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(content)\r\n"
    }

    private static func file(_ name: String, _ content: String = "") -> String {
        Self.part("name=\"file\"; filename=\"\(name)\"", content)
    }

    private static func upload(_ parts: [String], to example: ExampleHandler) async throws -> (
        status: Int, page: String
    ) {
        let ada = try await example.ada()
        let body = Self.part("name=\"token\"", ada.token) + parts.joined() + "--b--\r\n"
        let response = try await example.respond(
            to: .init(
                .post, "/upload/research",
                headerFields: [.cookie: ada.cookies, .contentType: "multipart/form-data; boundary=b"],
                body: Array(body.utf8)))
        return (response.status.code, response.text)
    }

    @Test("The maximum number of files arrives, each with its own name; a form with more is refused completely")
    func manyFiles() async throws {
        let example = try ExampleHandler()
        let limit = ProtectedDownloads.Site.fileLimit
        for count in [limit + 1, 3000] {
            let (status, page) = try await Self.upload(
                [String](repeating: Self.file("a.txt"), count: count), to: example)
            #expect(status == 413)
            #expect(page.contains("The limit is \(limit) files per form. Nothing was saved."))
            #expect(try Files.names(in: "\(example.root)/research").isEmpty)
        }
        for _ in 1...2 {
            let files = [String](repeating: Self.file("a.txt"), count: limit)
            #expect(try await Self.upload(files, to: example).status == 303)
        }
        let expected = ["a.txt"] + (2...2 * limit).map { "a (\($0)).txt" }
        #expect(try Files.names(in: "\(example.root)/research").sorted() == expected.sorted())
        #expect(try example.log().count == 2 * limit)
    }

    @Test("A form with too many parts is refused")
    func manyParts() async throws {
        let example = try ExampleHandler()
        for part in [Self.part("name=\"other\"", "text"), Self.file(""), Self.part("name=\"token\"", "00")] {
            let parts = [String](repeating: part, count: PartHead.countLimit)
            #expect(try await Self.upload(parts, to: example).status == 413)
        }
        let parts = [String](repeating: Self.part("name=\"other\"", "text"), count: PartHead.countLimit - 2)
        #expect(try await Self.upload(parts + [Self.file("a.txt")], to: example).status == 303)
    }

    @Test("A form with one refused file leaves none of the others behind")
    func allOrNone() async throws {
        let example = try ExampleHandler(uploadLimit: 1000)
        for (bad, expected) in [
            (Self.file("..", "content"), 400), (Self.file("b.txt", String(repeating: "x", count: 1001)), 413),
            // Each file alone is small enough, both together are not.
            (Self.file("b.txt", String(repeating: "x", count: 999)), 413), ("--b\r\nno head\r\n\r\n", 400),
        ] {
            #expect(try await Self.upload([Self.file("a.txt", "ab"), bad], to: example).status == expected)
            #expect(try Files.names(in: "\(example.root)/research").isEmpty)
            #expect(try Files.names(in: "\(example.root)/.incoming").isEmpty)
        }
    }

    @Test(
        "Finding a number for a file takes few checks, however many files of the name exist",
        arguments: [
            0, 1, 2, 3, 7, 8, 100, 3000, 10_000, 1_000_000,
        ])
    func freeNumber(taken: Int) {
        var looks = 0
        let number = UploadName.freeNumber { number in
            looks += 1
            return number <= taken
        }
        #expect(number == taken + 1)
        #expect(looks <= 2 * (Int.bitWidth - (taken + 1).leadingZeroBitCount) + 1)
    }
}
