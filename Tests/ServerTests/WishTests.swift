import Glibc
import Testing

extension ServerTests {
    /// Options of a file response, through every delivery.
    @Suite struct WishTests {
        /// Files for these tests, in a directory in which the program may delete.
        private static let directory = Result {
            let path = "\(try Workspace.shared.root)/wishes"
            try Files.makeDirectory(path, mode: 0o777)
            for (name, text) in [("page.html", "original"), ("page.html.gz", "packed"), ("report.txt.gz", "report")] {
                try Files.write(text, to: "\(path)/\(name)")
            }
            return path
        }

        /// A request for the file of 20 bytes: ranges that web servers treat differently, and POST.
        struct Question: Sendable {
            var method = "GET"
            var fields: [String: String] = [:]
            let status: Int
            let body: String
            var contentRange: String?
        }

        static let questions = [
            Question(method: "POST", status: 200, body: "content of plain.txt"),
            Question(method: "POST", fields: ["Range": "bytes=2-5"], status: 200, body: "content of plain.txt"),
            Question(
                method: "POST", fields: ["If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"], status: 200,
                body: "content of plain.txt"),
            Question(
                method: "POST", fields: ["If-Modified-Since": "Sun, 13 Sep 2020 12:26:40 GMT"], status: 200,
                body: "content of plain.txt"),
            Question(method: "POST", fields: ["If-None-Match": "*"], status: 412, body: ""),
            Question(method: "POST", fields: ["If-None-Match": "\"x\""], status: 200, body: "content of plain.txt"),
            Question(fields: ["Range": "bytes=2-5,"], status: 206, body: "nten", contentRange: "bytes 2-5/20"),
            Question(fields: ["Range": "bytes= 2-5"], status: 206, body: "nten", contentRange: "bytes 2-5/20"),
            Question(fields: ["Range": "bytes=,2-5"], status: 206, body: "nten", contentRange: "bytes 2-5/20"),
            Question(fields: ["Range": "BYTES=2-5"], status: 206, body: "nten", contentRange: "bytes 2-5/20"),
            Question(fields: ["Range": "bytes=2-5,90-"], status: 206, body: "nten", contentRange: "bytes 2-5/20"),
            Question(fields: ["Range": "bytes=0-19,0-19"], status: 200, body: "content of plain.txt"),
            Question(
                fields: ["Range": "bytes=" + Array(repeating: "0-0", count: 17).joined(separator: ",")], status: 200,
                body: "content of plain.txt"),
            Question(fields: ["Range": "bytes=2-5", "If-Range": "x"], status: 200, body: "content of plain.txt"),
            Question(
                fields: ["Range": "bytes=2-5", "If-Range": "Sunday, 13-Sep-20 12:26:40 GMT"], status: 206, body: "nten",
                contentRange: "bytes 2-5/20"),
        ]

        @Test(
            "POST and irregular ranges have the same response behind every server", arguments: Delivery.all,
            Self.questions.indices)
        func irregular(_ delivery: Delivery, index: Int) throws {
            let question = Self.questions[index]
            try withSite(delivery) { site in
                let answer = try site.client.send(
                    question.method, "/with/post/plain.txt", question.fields,
                    body: question.method == "POST" ? .bytes(Array("a=b".utf8)) : .none)
                #expect(answer.status == question.status)
                #expect(answer.text == question.body)
                #expect(answer.field("Content-Range") == question.contentRange)
            }
        }

        @Test("Several ranges have the same parts in the same order", arguments: Delivery.all)
        func severalRanges(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get("/file/plain.txt", ["Range": "bytes=5-6,0-1,-2"])
                #expect(answer.status == 206)
                let type = try #require(answer.field("Content-Type"))
                let boundary = try #require(type.split(separator: "boundary=").last)
                let parts = answer.text.split(separator: "--\(boundary)").map { $0.split(separator: "\r\n").last ?? "" }
                #expect(parts == ["nt", "co", "xt", "--"])
            }
        }

        @Test("A compressed variant is sent to clients that accept it", arguments: Delivery.all)
        func neighbours(_ delivery: Delivery) throws {
            _ = try Self.directory.get()
            let target = "/with/neighbours/wishes/page.html"
            try withSite(delivery) { site in
                let plain = try site.client.get(target)
                #expect(plain.text == "original")
                #expect(plain.field("Content-Encoding") == nil)
                #expect(plain.field("Vary") == "Accept-Encoding")
                let packed = try site.client.get(target, ["Accept-Encoding": "gzip, br"])
                #expect(packed.text == "packed")
                #expect(packed.field("Content-Encoding") == "gzip")
                #expect(packed.field("Content-Length") == "6")
                #expect(packed.field("Content-Type") == "text/html")
                #expect(packed.field("Vary") == "Accept-Encoding")
                let tag = try #require(packed.field("ETag"))
                #expect(tag != plain.field("ETag"))

                func ask(_ fields: [String: String]) throws -> HTTPAnswer {
                    try site.client.get(target, fields.merging(["Accept-Encoding": "gzip"]) { $1 })
                }
                #expect(try ask(["If-None-Match": tag]).status == 304)
                #expect(try ask(["If-None-Match": try #require(plain.field("ETag"))]).status == 200)
                let part = try ask(["Range": "bytes=1-3", "If-Range": tag])
                #expect(part.status == 206 && part.text == "ack")
                #expect(part.field("Content-Range") == "bytes 1-3/6")
                #expect(part.field("Content-Encoding") == "gzip")
                #expect(try ask(["Range": "bytes=6-"]).field("Content-Range") == "bytes */6")
            }
        }

        @Test("A requested encoding arrives", arguments: Delivery.all)
        func encoding(_ delivery: Delivery) throws {
            _ = try Self.directory.get()
            try withSite(delivery) { site in
                let guessed = try site.client.get("/with/guess/wishes/report.txt.gz")
                #expect(guessed.field("Content-Encoding") == "gzip")
                #expect(guessed.field("Content-Type") == "text/plain")
                #expect(guessed.field("Content-Length") == "6")
                #expect(guessed.text == "report")
                #expect(try site.client.get("/file/wishes/report.txt.gz").field("Content-Encoding") == nil)
            }
        }

        @Test("A generated file is sent once", arguments: Delivery.all)
        func delete(_ delivery: Delivery) throws {
            let path = "\(try Self.directory.get())/generated"
            try withSite(delivery) { site in
                try Files.write("generated", to: path)
                let target = "/with/delete/wishes/generated"
                let head = try site.client.send("HEAD", target)
                #expect(head.status == 200)
                #expect(try site.client.get(target, ["Range": "bytes=0-2"]).text == "gen")
                #expect(try site.client.get(target, ["If-None-Match": "*"]).status == 304)
                #expect(try site.client.get(target, ["Range": "bytes=9-"]).status == 416)
                let answer = try site.client.get(target)
                #expect(answer.text == "generated")
                #expect(answer.field("ETag") == head.field("ETag"))
                #expect(access(path, F_OK) != 0)
                #expect(try site.client.get(target).status == 404)
            }
        }

        @Test("nginx's controls reach nginx and no client", arguments: Delivery.all)
        func controls(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let isHeeded = delivery.server == .nginx && !delivery.streams
                for fields in [[:], ["Range": "bytes=0-4,6-7"], ["Range": "bytes= 0-"]] {
                    let answer = try site.client.get("/with/controls/plain.txt", fields)
                    #expect((200...206).contains(answer.status))
                    #expect(!answer.fields.contains { $0.name.lowercased().hasPrefix("x-accel") })
                    let type = try #require(answer.field("Content-Type"))
                    if type.hasPrefix("text/plain") {
                        #expect(type == (isHeeded ? "text/plain; charset=utf-8" : "text/plain"))
                    }
                }
                let text = try site.client.get("/with/text/x")
                #expect(text.field("Content-Type") == (isHeeded ? "text/plain; charset=utf-8" : "text/plain"))
                #expect(text.text == "text")
                // Sending 8 MiB at 1 MiB per second takes too long; the beginning is sufficient.
                var start = timespec()
                clock_gettime(CLOCK_MONOTONIC, &start)
                _ = try site.client.get("/with/controls/large.bin", ["Range": "bytes=0-2097151"])
                var end = timespec()
                clock_gettime(CLOCK_MONOTONIC, &end)
                if isHeeded { #expect(end.tv_sec - start.tv_sec >= 1) }
            }
        }
    }
}
