import Testing

extension ServerTests {
    /// The same question gets the same answer, whoever moves the bytes. The reference is the program without a web server, which
    /// streams.
    @Suite struct ParityTests {
        /// The program that every web server is compared with.
        private static let reference = Result { try RunningProgram.listening() }

        /// What a client asks: a file, an attachment's name, and header fields in which `{etag}` and `{date}` stand for the
        /// validators of the file.
        struct Question: Sendable, CustomTestStringConvertible {
            var method = "GET"
            var file: FileName = "plain.txt"
            var query = ""
            var fields: [String: String] = [:]

            var target: String { "/hex/\(self.file.hexadecimal)\(self.query)" }

            var testDescription: String {
                "\(self.method) \(self.file.testDescription)\(self.query) \(self.fields.sorted { $0.key < $1.key })"
            }

            func fields(etag: String, date: String) -> [String: String] {
                self.fields.mapValues { $0.replacing("{etag}", with: etag).replacing("{date}", with: date) }
            }
        }

        static let questions: [Question] =
            [Question(), Question(method: "HEAD"), Question(method: "POST"), Question(method: "DELETE")]
            + [Question(query: "?attachment"), Question(query: "?named")]
            + ["missing.txt", "../secret.txt", "empty.txt", "data.json", "large.bin", "link-inside.txt"].map {
                Question(file: $0)
            }
            + Self.conditions.map { Question(fields: $0) }
            + Self.conditions.map { Question(method: "HEAD", fields: $0) }
            + Corpus.names.map { Question(file: $0, query: "?attachment", fields: ["Range": "bytes=3-8"]) }

        /// Preconditions and ranges; the file is 20 bytes long.
        static let conditions: [[String: String]] = [
            ["If-None-Match": "{etag}"], ["If-None-Match": "W/{etag}"], ["If-None-Match": "*"],
            ["If-None-Match": "\"other\""], ["If-None-Match": "\"other\", {etag}"],
            ["If-Match": "{etag}"], ["If-Match": "*"], ["If-Match": "\"other\""], ["If-Match": "\"other\", {etag}"],
            ["If-Modified-Since": "{date}"], ["If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"],
            ["If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"], ["If-Modified-Since": "no date"],
            ["If-Unmodified-Since": "{date}"], ["If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"],
            ["If-None-Match": "\"other\"", "If-Modified-Since": "{date}"],
            ["If-Match": "{etag}", "If-Unmodified-Since": "{date}"],
            ["Range": "bytes=0-0"], ["Range": "bytes=2-5"], ["Range": "bytes=5-"], ["Range": "bytes=-4"],
            ["Range": "bytes=-100"], ["Range": "bytes=0-"], ["Range": "bytes=0-100"], ["Range": "bytes=19-19"],
            ["Range": "bytes=5-2"], ["Range": "bytes=abc"], ["Range": "bytes="], ["Range": "lines=1-2"],
            ["Range": "bytes=2 - 5"], ["Range": "Bytes=2-5"],
            ["Range": "bytes=20-"], ["Range": "bytes=100-200"],
            ["Range": "bytes=2-5", "If-Range": "{etag}"], ["Range": "bytes=2-5", "If-Range": "{date}"],
            ["Range": "bytes=2-5", "If-Range": "\"other\""],
            ["Range": "bytes=2-5", "If-Range": "Thu, 01 Jan 1970 00:00:00 GMT"],
            ["Range": "bytes=2-5", "If-None-Match": "{etag}"], ["Range": "bytes=2-5", "If-Match": "\"other\""],
        ]

        /// The fields that the library decides about.
        static let compared = [
            "Content-Type", "Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Allow",
            "Cache-Control", "Content-Encoding", "Vary", "X-Content-Type-Options",
        ]

        @Test("Every delivery answers alike", arguments: Delivery.all, Self.questions)
        func same(_ delivery: Delivery, question: Question) throws {
            let reference = try Self.reference.get()
            let file = try reference.client().exchange("HEAD", "/file/plain.txt")
            let fields = question.fields(
                etag: try #require(file.field("ETag")), date: try #require(file.field("Last-Modified")))
            let parameters = fields.map { ("HTTP_" + $0.key.uppercased().replacing("-", with: "_"), $0.value) }
            let expected = try reference.client().exchange(
                question.method, question.target, parameters: Dictionary(uniqueKeysWithValues: parameters))

            try withSite(delivery) { site in
                let answer = try site.client.send(
                    question.method, question.target, fields, body: question.method == "POST" ? .bytes([]) : .none)
                #expect(answer.status == expected.status ?? 200)
                for name in Self.compared {
                    #expect(answer.field(name) == expected.field(name), "\(name)")
                }
                if answer.status < 300 { #expect(Bytes(answer.body) == Bytes(expected.body)) }
            }
        }
    }
}
