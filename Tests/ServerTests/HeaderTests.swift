import Testing

extension ServerTests {
    @Suite struct HeaderTests {
        /// Requests whose responses must not reveal the location of a file.
        static let requests: [(method: String, target: String, fields: [String: String])] = [
            ("GET", "/file/plain.txt", [:]),
            ("HEAD", "/file/plain.txt", [:]),
            ("POST", "/file/plain.txt", [:]),
            ("GET", "/file/plain.txt", ["Range": "bytes=2-5"]),
            ("GET", "/file/plain.txt", ["Range": "bytes=1-2,4-5"]),
            ("GET", "/file/plain.txt", ["Range": "bytes=1000000-"]),
            ("GET", "/file/plain.txt", ["If-None-Match": "*"]),
            ("GET", "/file/plain.txt", ["If-Match": "\"other\""]),
            ("GET", "/file/plain.txt", ["If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"]),
            ("GET", "/file/plain.txt", ["If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"]),
            ("GET", "/file/missing.txt", [:]),
            ("GET", "/file/team", [:]),
            ("GET", "/private/plain.txt", [:]),
            ("GET", "/forged", [:]),
            ("GET", "/throw", [:]),
        ]

        @Test(
            "No response contains a field that asks a web server for a file, or the path of one",
            arguments: Delivery.all,
            Self.requests.indices
        )
        func leaks(_ delivery: Delivery, index: Int) throws {
            let request = Self.requests[index]
            try withSite(delivery) { site in
                let answer = try site.client.send(
                    request.method, request.target, request.fields,
                    body: request.method == "POST" ? .bytes([]) : .none)
                for (name, value) in answer.fields {
                    let name = name.lowercased()
                    #expect(!name.contains("sendfile") && !name.contains("send-file"), "\(name)")
                    #expect(!name.hasPrefix("x-accel") && !name.hasPrefix("x-reproxy"), "\(name)")
                    #expect(!value.contains(try Workspace.shared.root) && !value.contains("/protected"), "\(value)")
                }
            }
        }

        @Test("A handler cannot make the web server send a file through a header field", arguments: Delivery.all)
        func forged(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get("/forged")
                #expect(!answer.text.contains("root:"))
                #expect(!answer.text.contains("content of"))
            }
        }

        @Test("A client's header fields control neither the backend nor the file", arguments: Delivery.all)
        func chosenByClient(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let fields = [
                    "Sendfile-Backend": "nginx", "Sendfile-Root": "/etc", "Sendfile-Url": "/x/",
                    "X-Sendfile-Type": "X-Sendfile", "X-Accel-Mapping": "/=/x/", "Server-Software": "nginx/1.0",
                ]
                let answer = try site.client.get("/file/plain.txt", fields)
                #expect(answer.status == 200)
                #expect(answer.body == Corpus.content(of: "plain.txt"))
                #expect(try site.client.get("/file/passwd", fields).status == 404)
            }
        }

        @Test(
            "A body without a Content-Type is not HTML", arguments: Delivery.all, ["/untyped-bytes", "/untyped-text"])
        func untyped(_ delivery: Delivery, target: String) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get(target)
                #expect(answer.status == 200)
                #expect(answer.text == "<script>alert(1)</script>")
                let type = try #require(answer.field("Content-Type"))
                #expect(type == (target == "/untyped-text" ? "text/plain; charset=utf-8" : "application/octet-stream"))
            }
        }

        @Test("A handler's error is answered with 500 and does not reveal its text", arguments: Delivery.all)
        func throwing(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get("/throw")
                #expect(answer.status == 500)
                #expect(!answer.text.contains("Broken"))
                #expect(try site.client.get("/ready").status == 200)
            }
        }
    }
}
