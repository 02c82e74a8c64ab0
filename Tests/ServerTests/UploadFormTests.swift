import Testing

@testable import ProtectedDownloads

/// The example's parser of forms with files, without a web server: web servers pass bodies on in large chunks.
@Suite struct UploadFormTests {
    /// The chunks of a body.
    struct Chunks: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>
        let size: Int

        mutating func next() async throws -> [UInt8]? {
            guard !self.rest.isEmpty else { return nil }
            defer { self.rest = self.rest.dropFirst(self.size) }
            return Array(self.rest.prefix(self.size))
        }
    }

    private typealias Reader = ProtectedDownloads.MultipartReader<Chunks>

    struct Field: Equatable {
        let name: String
        let fileName: String?
        let content: String
    }

    private static func read(_ text: String, chunk: Int, boundary: String = "----b") async throws -> [Field] {
        let chunks = Chunks(rest: Array(text.utf8)[...], size: chunk)
        let type = "multipart/form-data; boundary=\"\(boundary)\""
        var reader = try #require(Reader(contentType: type, source: chunks))
        var fields: [Field] = []
        while let part = try await reader.nextPart() {
            var content: [UInt8] = []
            while let bytes = try await reader.nextChunk() {
                #expect(!bytes.isEmpty && bytes.count <= chunk + boundary.utf8.count + 4)
                content += bytes
            }
            fields.append(
                Field(
                    name: part.name, fileName: part.fileName.map { String(decoding: $0, as: UTF8.self) },
                    content: String(decoding: content, as: UTF8.self)))
        }
        return fields
    }

    private static let form = [
        "a preamble\r\n------b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n12\r\n",
        "------b  \r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION: form-data; name=file; filename=\"星;%22 \\%0D%0A%25.txt\"",
        "\r\n\r\n\r\n------\r\n-----b\r\n\r\r\n------B\r\n------b",
        "\r\nContent-Disposition: form-data; name=\"empty\"; filename=\"\"\r\n\r\n\r\n------b--\r\nan epilogue",
    ].joined()

    @Test("A form has the same content however its chunks are divided")
    func cuts() async throws {
        let expected = [
            Field(name: "token", fileName: nil, content: "12"),
            Field(name: "file", fileName: "星;\" \\\r\n%25.txt", content: "\r\n------\r\n-----b\r\n\r\r\n------B"),
            Field(name: "empty", fileName: "", content: ""),
        ]
        for size in 1...Self.form.utf8.count {
            #expect(try await Self.read(Self.form, chunk: size) == expected, "chunks of \(size) bytes")
        }
    }

    @Test("A truncated form is an error")
    func cutOff() async throws {
        let end = try #require(Self.form.firstRange(of: "------b--"))
        let bytes = Array(Self.form[..<end.lowerBound].utf8)
        for length in 0...bytes.count {
            await #expect(throws: MultipartError.self, "\(length) bytes") {
                _ = try await Self.read(String(decoding: bytes[..<length], as: UTF8.self), chunk: 7)
            }
        }
    }

    @Test("An invalid form and an unterminated header are refused")
    func malformed() async throws {
        for type in [
            "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b",
            "multipart/form-data; boundary=\(String(repeating: "b", count: 71))",
        ] {
            let chunks = Chunks(rest: [], size: 1)
            #expect(Reader(contentType: type, source: chunks) == nil, "\(type)")
        }
        for text in [
            "------b\r\n\r\ncontent\r\n------b--", "------b\nContent-Disposition: form-data; name=\"a\"\n\n------b--",
            "------bc\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n------b--",
            "------b\r\nContent-Disposition: form-data; name=\"\(String(repeating: "x", count: 9000))\"\r\n\r\n------b--",
            "------b\r\n\(String(repeating: "x", count: 20_000))",
        ] {
            await #expect(throws: MultipartError.self, "\(text.prefix(60))") {
                _ = try await Self.read(text, chunk: 100)
            }
        }
    }

    @Test("A name that is taken gets a number, and stays short enough for the file system")
    func numbers() {
        let long = Array(String(repeating: "星", count: 85).utf8)
        for (name, numbered) in [
            ("report.pdf", "report (2).pdf"), ("report", "report (2)"), (".profile", ".profile (2)"),
            ("a.b.tar.gz", "a.b.tar (2).gz"), ("v1. a very long extension", "v1. a very long extension (2)"),
            (String(repeating: "星", count: 83) + ".txt", String(repeating: "星", count: 82) + " (2).txt"),
        ] {
            #expect(String(decoding: UploadName.numbered(Array(name.utf8), 2), as: UTF8.self) == numbered)
        }
        #expect(UploadName.numbered(long, 10_000).count <= 255)
        #expect(UploadName.cleaned(long) == long)
        #expect(UploadName.cleaned(long + [0x61]) == nil)
    }
}
