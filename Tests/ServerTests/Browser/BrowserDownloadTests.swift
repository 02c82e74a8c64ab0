import Testing

extension ServerTests.BrowserTests {
    @Test("Every listed file arrives complete and under its name", arguments: servers)
    func downloads(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try example.signIn()
            try example.visit("/")
            let links = try browser.evaluate(
                "return [...document.querySelectorAll('a.get')].map(a => a.getAttribute('href'))"
            ).array?.compactMap(\.string)
            #expect(links?.count == 13 + ExampleSite.hardNames.count)
            for link in links ?? [] {
                let parts = link.split(separator: "/").map { Self.decoded($0) }
                let (name, bytes) = try browser.download { try browser.click("a.get[href=\"\(link)\"]") }
                let path: [[UInt8]] = [Array(example.root.utf8), parts[1], parts[2]]
                let original = try Files.read(Array(path.joined(separator: "/".utf8)))
                #expect(Bytes(bytes) == Bytes(original), "\(link)")
                #expect(name == Self.savedName(parts[2]), "\(link)")
            }
        }
    }

    @Test(
        "A file is saved under the name from the program, as far as the browser allows",
        arguments: servers)
    func savedAs(_ server: WebServer) throws {
        try withExample(server) { example in
            let site = try Site.shared(Delivery(server: server, streams: false))
            for (name, saved) in [
                ("Q3 report.pdf", "Q3 report.pdf"), ("星図 — 春.png", "星図 — 春.png"), ("naïve café.txt", "naïve café.txt"),
                ("100%.txt", "100%.txt"), ("100%25.txt", "100%25.txt"), ("%e2%82%ac.txt", "%e2%82%ac.txt"),
                ("said \"go\".txt", "said _go_.txt"), ("a;b=c, d.txt", "a;b=c, d.txt"), ("it's.txt", "it's.txt"),
                ("up/../../etc/passwd.txt", "up_.._.._etc_passwd.txt"),
                ("C:\\Windows\\system.txt", "C__Windows_system.txt"),
                ("one\r\nX-Sendfile: two.txt", "one__X-Sendfile_ two.txt"),
                ("\u{1F1EF}\u{1F1F5}\u{1F680}.txt", "🇯🇵🚀.txt"),
                (".profile", "profile"), ("..", "download"),
            ] {
                let target = "http://localhost:\(site.port)/saved/\(name.utf8.map(Self.digits).joined())"
                let (found, bytes) = try example.browser.download {
                    try example.browser.evaluate("location.href = \(JSONValue.string(target).text)")
                }
                #expect(found == saved, "\(name)")
                #expect(bytes == Corpus.content(of: "plain.txt"), "\(name)")
            }
        }
    }

    @Test("An interrupted download resumes, unless the file has changed", arguments: servers)
    func resumed(_ server: WebServer) throws {
        try withExample(server) { example in
            try example.signIn()
            let cookie = try example.cookie()
            let target = "/files/research/drawing%20the%20Plough.webm"
            let original = try Files.read("\(example.root)/research/drawing the Plough.webm")
            let first = try example.site.client.get(target, ["Cookie": cookie, "Range": "bytes=0-99999"])
            #expect(first.status == 206)
            let tag = try #require(first.field("ETag"))
            let rest = try example.site.client.get(
                target, ["Cookie": cookie, "Range": "bytes=100000-", "If-Range": tag])
            #expect(rest.status == 206)
            #expect(rest.field("Content-Range") == "bytes 100000-\(original.count - 1)/\(original.count)")
            #expect(Bytes(first.body + rest.body) == Bytes(original))

            let changed = try example.site.client.get(
                target, ["Cookie": cookie, "Range": "bytes=100000-", "If-Range": "\"another-version\""])
            #expect(changed.status == 200)
            #expect(Bytes(changed.body) == Bytes(original))
        }
    }

    @Test("An image, a document and a video are shown on the page, and the video can seek", arguments: servers)
    func previews(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try example.signIn()
            try example.visit("/view/research/%E6%98%9F%E5%9B%B3.png")
            #expect(try browser.wait(for: "return document.querySelector('.stage img').naturalWidth").number == 960)

            _ = try browser.networkEvents()
            try example.visit("/view/research/Q3%20report.pdf")
            // Chromium shows a document with a built-in extension.
            try browser.wait(
                for: "return document.querySelector('iframe').contentDocument?.contentType === 'application/pdf'")
            #expect(try browser.devTools("Target.getTargets", [:]).text.contains("chrome-extension://"))
            let document = try browser.networkEvents().filter { $0.contains("/preview/research/Q3%20report.pdf") }
            #expect(document.contains { $0.contains("\"status\":200") && $0.contains("application/pdf") })

            try example.visit("/view/everyone/Welcome.txt")
            #expect(try browser.text(".stage pre") == "Come in and look around.")

            try example.visit("/view/research/drawing%20the%20Plough.webm")
            try browser.wait(for: "return document.querySelector('video').readyState >= 1")
            #expect(try browser.evaluate("return document.querySelector('video').duration").number == 20)
            _ = try browser.networkEvents()
            try browser.evaluate(
                """
                const video = document.querySelector('video');
                video.addEventListener('seeked', () => { window.seeked = video.currentTime; });
                video.currentTime = 17;
                """)
            #expect(try browser.wait(for: "return window.seeked").number == 17)
            #expect(try browser.wait(for: "return document.querySelector('video').readyState >= 2") == true)
            #expect(try browser.evaluate("return document.querySelector('video').error") == .null)
            // The bytes between these positions need not have been sent.
            let events = try browser.networkEvents()
            let starts = events.compactMap { event in
                event.firstMatch(of: /[Rr]ange":"bytes[= ](\d+)-/).flatMap { Int($0.output.1) }
            }
            #expect(starts.contains { $0 >= 32 << 20 }, "\(starts)")
        }
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2))!, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func digits(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    /// The name that Chromium gives a file: it replaces characters that are unsafe on any system.
    private static func savedName(_ name: [UInt8]) -> String {
        // Bytes that are not UTF-8 have no defined meaning.
        guard let name = String(validating: name, as: UTF8.self) else {
            return String(decoding: name.map { $0 < 0x80 ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        }
        return String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { "\"*:<>?\\|\r\n".unicodeScalars.contains($0) ? "_" : $0 }))
    }
}
