import Testing

/// The requests that a site with the Hummingbird application answers, on this machine and on machines of other releases.
struct HummingbirdChecks {
    let client: HTTPClient

    func routes() throws {
        let hello = try self.client.get("/hello/ada%20l?greeting=good%20day")
        #expect(hello.text == "hello ada l, good day")
        #expect(try self.client.get("/client").text == "127.0.0.1 GET")
        #expect(try self.client.get("/nowhere").status == 404)
    }

    func files() throws {
        let target = "/file/\(Corpus.large.name)"
        let answer = try self.client.get(target, ["Origin": "https://example.org"])
        #expect(answer.status == 200)
        #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
        #expect(answer.field("Content-Length") == String(Corpus.large.content.count))
        #expect(answer.field("Content-Language") == "ja")
        #expect(answer.field("Access-Control-Allow-Origin") == "*")
        #expect(answer.field("Content-Disposition")?.hasPrefix("attachment") == true)
        #expect(!answer.fields.contains { $0.name.lowercased().hasPrefix("x-") })
        let range = try self.client.get(target, ["Range": "bytes=-500"])
        #expect(range.status == 206)
        #expect(range.body == Array(Corpus.large.content.suffix(500)))
        let tag = try #require(answer.field("ETag"))
        #expect(try self.client.get(target, ["If-None-Match": tag]).status == 304)
        let head = try self.client.send("HEAD", target)
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(try self.client.get("/file/missing.txt").status == 404)
    }

    func echo() throws {
        let body = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let answer = try self.client.send("POST", "/echo", body: .bytes(body))
        #expect(answer.status == 200)
        #expect(Bytes(answer.body) == Bytes(body))
    }

    func unread() throws {
        for size in [10, 300_000, 3_000_000] {
            let body = [UInt8](repeating: 1, count: size)
            let answer = try self.client.send("POST", "/unread", body: .bytes(body))
            #expect(answer.text == "unread")
            #expect(try self.client.get("/ready").text == "ready")
        }
    }

    func ticks() throws {
        struct Enough: Error {}
        let name = "\(UInt64.random(in: 0 ..< .max))"
        // Within the time limit of the client, the chunks would not fill a buffer.
        #expect(throws: Enough.self) {
            _ = try self.client.send("GET", "/ticks/\(name)", [:]) { _ in throw Enough() }
        }
        try Deadline.wait("the stream is cancelled") { try self.client.get("/left/\(name)").text == "true" }
    }

    func stream() throws {
        let answer = try self.client.get("/stream/5000")
        #expect(answer.status == 200)
        #expect(answer.text == (0..<5000).map { "\($0)\n" }.joined())
    }

    func error() throws {
        let answer = try self.client.get("/error", ["Origin": "https://example.org"])
        #expect(answer.status == 409)
        #expect(answer.text == #"{"error":{"message":"the report is being written"}}"#)
        #expect(answer.field("Access-Control-Allow-Origin") == "*")
    }

    func session() throws {
        #expect(try self.client.get("/session").status == 401)
        let answer = try self.client.send("POST", "/sign-in/ada", body: .bytes([]))
        let cookie = try #require(answer.field("Set-Cookie")).prefix { $0 != ";" }
        #expect(try self.client.get("/session", ["Cookie": String(cookie)]).text == "ada")
    }

    /// Everything above.
    func all() throws {
        try self.routes()
        try self.files()
        try self.echo()
        try self.unread()
        try self.stream()
        try self.error()
        try self.session()
    }
}
