import Glibc
import Testing

extension ServerTests.BrowserTests {
    @Test("A link gives access to one file and to nothing else", arguments: servers)
    func shared(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try example.signIn()
            try example.visit("/view/research/%E6%98%9F%E5%9B%B3.png")
            try browser.evaluate("document.querySelector('input[value=hour]').click()")
            try browser.follow(".card .button")
            let link = try #require(try browser.evaluate("return document.querySelector('.link').value").string)
            let expires = try #require(link.firstMatch(of: /expires=(\d+)/).flatMap { Int($0.output.1) })
            #expect((3590...3600).contains(expires - time(nil)))

            try browser.deleteCookies()
            try browser.visit(link)
            #expect(try browser.text(".from").contains("margaret has shared a file with you"))
            #expect(try browser.text("h1") == "星図.png")
            #expect(try browser.wait(for: "return document.querySelector('.stage img').naturalWidth").number == 960)
            let (name, bytes) = try browser.download { try browser.click(".take .button") }
            #expect(name == "星図.png")
            #expect(try Bytes(bytes) == Bytes(Files.read("\(example.root)/research/星図.png")))

            let page = try example.site.client.get(String(link.dropFirst(example.url("").count)))
            #expect(page.field("Referrer-Policy") == "no-referrer")
            #expect(page.field("X-Robots-Tag") == "noindex")

            // Neither for longer, nor for another file, nor for another purpose.
            for other in [
                link.replacing("expires=\(expires)", with: "expires=\(expires + 60)"),
                link.replacing("%E6%98%9F%E5%9B%B3.png", with: "measurements.csv"),
                link.replacing("/shared/", with: "/shared-file/"), link.replacing("margaret", with: "ada"),
                String(link.prefix { $0 != "?" }),
            ] {
                try browser.visit(other)
                #expect(try browser.text("h1") == "This link does not work", "\(other)")
            }
        }
    }

    @Test("A link ends with its expiry and with its creator's membership", arguments: servers)
    func expired(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try browser.deleteCookies()
            let now = Int64(time(nil))
            for (user, expires, words) in [
                ("ada", now + 60, "measurements.csv"), ("ada", now - 1, "This link has expired"),
                ("grace", now + 60, "This link does not work"), ("nobody", now + 60, "This link does not work"),
            ] {
                let link = try example.link(to: "measurements.csv", team: "research", by: user, expires: expires)
                try example.visit(link)
                #expect(try browser.text("h1") == words, "\(user)")
            }
            let link = try example.link(to: "measurements.csv", team: "research", by: "ada", expires: now - 1)
            #expect(try example.site.client.get(link).status == 410)

            // A link that expires within two seconds.
            let brief = try example.link(
                to: "measurements.csv", team: "research", by: "ada", expires: Int64(time(nil)) + 1)
            #expect(try example.site.client.get(brief).status == 200)
            try Deadline.wait("the link has expired", seconds: 20) { try example.site.client.get(brief).status == 410 }
        }
    }

    @Test("The activity page lists all downloads, newest first, to members of the team only", arguments: servers)
    func activity(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try example.signIn()
            let cookie = try example.cookie()
            for range in [nil, "BYTES=5-9", "bytes=0-9", "bytes=-999999"] {
                var fields = ["Cookie": cookie]
                fields["Range"] = range
                _ = try example.site.client.get("/files/finance/Budget.pdf", fields)
            }
            let link = try example.link(to: "Budget.pdf", team: "finance", by: "grace", expires: Int64(time(nil)) + 60)
            let page = try example.site.client.get(link)
            let download = String(try #require(page.text.firstMatch(of: /href="(\/shared-file\/[^"]+)"/)).output.1)
            let answer = try example.site.client.get(download.replacing("&amp;", with: "&"))
            #expect(answer.status == 200)
            #expect(answer.body.starts(with: Array("%PDF".utf8)))

            try example.visit("/activity")
            let rows = try browser.evaluate(
                "return [...document.querySelectorAll('tbody tr')].map(r => r.innerText.replace(/\\s+/g, ' '))"
            ).array?.compactMap(\.string)
            #expect(rows?[0].hasPrefix("A guest of grace downloaded Budget.pdf finance 127.0.0.1") == true)
            // All ranges of a file that one client fetches have one line, wherever the client begins.
            #expect(rows?[1].hasPrefix("margaret downloaded Budget.pdf") == true)
            #expect(rows?[2].hasPrefix("margaret downloaded Budget.pdf") == true)
            #expect(rows?.dropFirst(3).first?.hasPrefix("margaret downloaded Budget.pdf") != true)

            try example.signIn("ada", "analytical engine")
            try example.visit("/activity")
            #expect(try !browser.text("main").contains("Budget"))
        }
    }
}
