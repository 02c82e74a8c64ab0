import Testing

extension ServerTests.BrowserTests {
    private static let minutes = "議事録 \"最終\" 100%.bin"

    @Test("An upload arrives complete, keeps its name, and replaces nothing", arguments: servers)
    func uploads(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try example.signIn()
            let folder = try Workspace.shared.makeDirectory("upload")
            // Larger than the buffers of all three parties, and full of text that resembles boundaries.
            let content =
                Array(Corpus.large.content.prefix(3_000_001)) + Array("\r\n------WebKitFormBoundary\r\n--\r\n".utf8)
            let names = [Self.minutes, Self.minutes, "it's; here.txt"]
            for (number, name) in names.enumerated() {
                try Files.write(content, to: "\(folder)/\(name)".utf8)
                try example.visit("/")
                try browser.click("section:nth-of-type(1) summary")
                try browser.type("\(folder)/\(name)", into: "section:nth-of-type(1) input[type=file]")
                try browser.follow("section:nth-of-type(1) form .button")
                let kept = number == 1 ? "議事録 \"最終\" 100% (2).bin" : name
                #expect(try browser.text("[role=status]") == "\(kept) was added to the folder research.")
                #expect(try Bytes(Files.read("\(example.root)/research/\(kept)")) == Bytes(content), "\(kept)")
                try browser.follow("[role=status] a")
                #expect(try browser.text("h1") == kept)
                let (saved, bytes) = try browser.download { try browser.click(".actions .button") }
                #expect(saved == kept.replacing("\"", with: "_"))
                #expect(Bytes(bytes) == Bytes(content), "\(kept)")
            }
            for name in ["議事録 \"最終\" 100%.bin", "議事録 \"最終\" 100% (2).bin", "it's; here.txt"] {
                try Files.remove("\(example.root)/research/\(name)")
            }
            #expect(try Files.names(in: "\(example.root)/.incoming").isEmpty)
        }
    }

    @Test("An invalid upload leaves nothing behind", arguments: servers)
    func refusedUploads(_ server: WebServer) throws {
        try withExample(server) { example in
            try example.signIn()
            let cookie = try example.cookie()
            let page = try example.site.client.get("/", ["Cookie": cookie])
            let token = try #require(page.text.firstMatch(of: /name="token" value="([^"]+)"/)).output.1
            let before = try Files.names(in: "\(example.root)/research")

            func part(_ head: String, _ content: String) -> String {
                "--b\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(content)\r\n"
            }
            func post(_ team: String, _ body: String, type: String = "multipart/form-data; boundary=b") throws -> Int {
                try example.site.client.send(
                    "POST", "/upload/\(team)", ["Cookie": cookie, "Content-Type": type], body: .bytes(Array(body.utf8))
                ).status
            }
            let file = part("name=\"file\"; filename=\"x.txt\"", "content")
            let trusted = part("name=\"token\"", String(token))
            #expect(try post("research", file + "--b--\r\n") == 403)
            #expect(try post("research", part("name=\"token\"", "00") + file + "--b--\r\n") == 403)
            #expect(try post("research", file + trusted + "--b--\r\n") == 403)
            #expect(try post("nobody", trusted + file + "--b--\r\n") == 404)
            #expect(try post("research", trusted + file) == 400, "cut off after the file")
            #expect(try post("research", trusted + file.dropLast(4)) == 400, "cut off within the file")
            #expect(try post("research", trusted + "--b--\r\n") == 400, "no file")
            #expect(try post("research", trusted + file + "--b--\r\n", type: "text/plain") == 400)
            for name in ["..", ".", "a/..", "a\u{0}b", String(repeating: "x", count: 256)] {
                let file = part("name=\"file\"; filename=\"\(name)\"", "content")
                #expect(try post("research", trusted + file + "--b--\r\n") == 400, "\(name)")
            }
            for size in [ExampleSite.uploadLimit + 1, ExampleSite.uploadLimit + (4 << 20)] {
                let content = String(repeating: "x", count: size)
                let file = part("name=\"file\"; filename=\"large.bin\"", content)
                #expect(try post("research", trusted + file + "--b--\r\n") == 413, "\(size)")
            }
            #expect(try Files.names(in: "\(example.root)/research") == before)
            #expect(try Files.names(in: "\(example.root)/.incoming").isEmpty)

            // Text before a slash is a folder; everything else is the name.
            let named = part("name=\"file\"; filename=\"some folder/two%0D%0Alines.txt\"", "content")
            #expect(try post("research", trusted + named + "--b--\r\n") == 303)
            let path = "\(example.root)/research/two\r\nlines.txt"
            #expect(try Files.text(path) == "content")
            let answer = try example.site.client.get("/files/research/two%0D%0Alines.txt", ["Cookie": cookie])
            #expect(answer.text == "content")
            try Files.remove(path)
        }
    }
}
