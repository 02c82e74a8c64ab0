import Glibc
import Testing

extension ServerTests {
    /// Random conditions and ranges for one file: the stream has the responses that nginx has for its own files.
    ///
    /// `DIFFERENTIAL_SEED=N`: other requests than those of seed 1.
    @Suite struct DifferentialTests {
        private static let requests = 2000

        /// The fields of a request; each may be absent, valid or broken.
        private struct Generator {
            private var state: [UInt16]
            /// The file's validators. The entity tag is `TAG`, because the two servers have different ones.
            let date: String
            let dates: [String]

            init(seed: UInt64, date: String) {
                self.state = [0, 16, 32].map { UInt16(truncatingIfNeeded: seed >> $0) }
                self.date = date
                self.dates = [
                    date, "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT",
                    "Friday, 01-Jan-99 00:00:00 GMT",
                    "Thu Jan  1 00:00:00 1970", "yesterday", "",
                ]
            }

            private mutating func below(_ limit: Int) -> Int { Int(erand48(&self.state) * Double(limit)) }

            private mutating func pick(_ choices: [String]) -> String { choices[self.below(choices.count)] }

            private mutating func text(of pieces: [String], upTo count: Int) -> String {
                var text = ""
                for _ in 0..<self.below(count + 1) { text += self.pick(pieces) }
                return text
            }

            private mutating func range() -> String {
                let numbers = ["0", "1", "7", "17", "18", "19", "20", "999", "999999999999999999"]
                switch self.below(3) {
                case 0: return "bytes=\(self.pick(numbers))-\(self.pick(numbers))"
                case 1:
                    var ranges: [String] = []
                    for _ in 0...self.below(3) {
                        ranges.append(
                            self.pick(["-\(self.pick(numbers))", "\(self.pick(numbers))-", "0-1", "3-4", "6-8"]))
                    }
                    return "bytes=" + ranges.joined(separator: self.pick([",", ", "]))
                default:
                    // nginx ignores a set without any range. The library rejects it like every malformed one.
                    return self.pick(["bytes=", "bytes =", "lines=", ""])
                        + self.pick(["0", "1", "-"]) + self.text(of: ["0", "1", "9", "19", "-"], upTo: 3)
                }
            }

            private mutating func tags() -> String {
                self.pick([
                    "TAG", "W/TAG", "*", "\"x\"", "W/\"x\"", "\"x\", TAG", "TAG,\"x\"", "\"x\" , W/TAG", "TAGx", "\"",
                    "",
                ])
            }

            mutating func fields() -> [String: String] {
                var fields: [String: String] = [:]
                if self.below(3) > 0 { fields["Range"] = self.range() }
                if self.below(4) == 0 { fields["If-Range"] = self.below(2) == 0 ? self.tags() : self.pick(self.dates) }
                if self.below(5) == 0 { fields["If-Match"] = self.tags() }
                if self.below(5) == 0 { fields["If-None-Match"] = self.tags() }
                // nginx evaluates a date although a tag has decided, unlike RFC 9110 §13.2.2, and an invalid one, unlike §13.1.4.
                if self.below(5) == 0, fields["If-None-Match"] == nil {
                    fields["If-Modified-Since"] = self.pick(self.dates)
                }
                if self.below(5) == 0, fields["If-Match"] == nil {
                    fields["If-Unmodified-Since"] = self.pick(Array(self.dates.prefix(5)))
                }
                return fields
            }
        }

        /// The parts of a response that a client uses, without the entity tag.
        private static func view(_ answer: HTTPAnswer) throws -> String {
            guard answer.status == 200 || answer.status == 206 else {
                return "\(answer.status) \(answer.status == 416 ? answer.field("Content-Range") ?? "" : "")"
            }
            let type = answer.field("Content-Type") ?? ""
            guard type.hasPrefix("multipart/byteranges") else {
                return "\(answer.status) \(answer.field("Content-Range") ?? "") \(answer.text)"
            }
            let parts = try MultipartReader(contentType: type, body: answer.body).parts
            return "\(answer.status) " + parts.map { "\($0.contentRange ?? "") \($0.bytes)" }.joined(separator: "; ")
        }

        @Test("A stream has the same responses as a file that nginx serves itself, for random ranges and conditions")
        func nginx() throws {
            let workspace = try Workspace.shared
            let port = try Address.freePort()
            let site = try Site(
                Delivery(server: .nginx, streams: true),
                settings: [
                    "    include sendfile.conf;": """
                        include sendfile.conf;
                        server { listen 127.0.0.1:\(port); root "\(workspace.root)"; if_modified_since before; }
                    """
                ])
            let (ours, theirs) = (site.client, HTTPClient(port: port))
            let files = ["/file/plain.txt", "/plain.txt"]
            let whole = try zip([ours, theirs], files).map { try $0.get($1) }
            let tags = try whole.map { try #require($0.field("ETag")) }
            let date = try #require(whole[1].field("Last-Modified"))
            #expect(whole[0].field("Last-Modified") == date && whole[0].body == whole[1].body)
            let seed = getenv("DIFFERENTIAL_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
            var generator = Generator(seed: seed, date: date)
            var statuses: [Int: Int] = [:]
            for _ in 0..<Self.requests {
                let fields = generator.fields()
                let answers = try zip(zip([ours, theirs], files), tags).map { (request, tag) in
                    try request.0.get(request.1, fields.mapValues { $0.replacing("TAG", with: tag) })
                }
                let views = try answers.map { try Self.view($0) }
                statuses[answers[0].status, default: 0] += 1
                #expect(views[0] == views[1], "\(fields.sorted { $0.key < $1.key })")
            }
            #expect(Set(statuses.keys) == [200, 206, 304, 412, 416], "\(statuses)")
            try site.stop()
        }
    }
}
