import Glibc
import Testing

/// The pages of the example, as a visitor sees them.
extension ServerTests.BrowserTests {
    private static let sizes = [(1280, 800), (390, 844), (1440, 900)]

    private func withSize(_ size: (Int, Int), _ browser: Browser, _ body: () throws -> Void) throws {
        defer { _ = try? browser.devTools("Emulation.clearDeviceMetricsOverride", [:]) }
        try browser.devTools(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(size.0)), "height": .number(Double(size.1)), "deviceScaleFactor": 1,
                "mobile": .bool(size.0 < 600),
            ])
        try body()
    }

    private func names(_ browser: Browser) throws -> [String] {
        try browser.evaluate(
            "return [...document.querySelectorAll('section:nth-of-type(1) .name')].map(e => e.textContent)"
        ).array?.compactMap(\.string) ?? []
    }

    @Test("The content of all pages of a user begins at the same left edge") func leftEdge() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            try example.signIn()
            for size in Self.sizes {
                try self.withSize(size, browser) {
                    var edges: [String: Double] = [:]
                    for path in [
                        "/", "/?q=report", "/activity", "/view/research/Q3%20report.pdf", "/view/everyone/Welcome.txt",
                        "/nowhere", "/files/research/nothing.pdf",
                    ] {
                        try example.visit(path)
                        edges[path] = try browser.evaluate(
                            "return document.querySelector('h1').getBoundingClientRect().left"
                        ).number
                    }
                    #expect(edges.count == 7)
                    #expect(Set(edges.values).count == 1, "\(edges)")
                }
            }
        }
    }

    @Test("A name breaks on a phone, but not inside its extension") func extensions() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            let name = "\(String(repeating: "measurement", count: 5)).flac"
            try Files.write("x", to: "\(example.root)/research/\(name)")
            defer { try? Files.remove("\(example.root)/research/\(name)") }
            try example.signIn()
            for width in stride(from: 320, through: 420, by: 9) {
                try self.withSize((width, 844), browser) {
                    for path in ["/?q=measurement", "/view/research/\(name)"] {
                        try example.visit(path)
                        let lines = try browser.evaluate(
                            "return [...document.querySelectorAll('.extension')].map(e => e.getClientRects().length)")
                        #expect(lines.array?.isEmpty == false)
                        #expect(lines.array?.allSatisfy { $0.number == 1 } == true, "\(width) \(path)")
                    }
                    let height = try browser.evaluate(
                        "return document.querySelector('h1').getBoundingClientRect().height"
                    ).number
                    #expect(height ?? 0 > 50, "the name fits in one line at \(width)")
                }
            }
        }
    }

    @Test("The button copies the whole link, and without scripts the whole link is visible") func copyButton() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            try example.signIn()
            try example.visit("/view/research/measurements.csv")
            #expect(try browser.count("#copy, script") == 0)
            try browser.follow(".card .button")
            let link = try browser.evaluate("return document.querySelector('.link').value").string
            #expect(link?.hasPrefix(example.url("/shared/margaret~")) == true)
            for size in Self.sizes {
                try self.withSize(size, browser) {
                    let isVisible = try browser.evaluate(
                        "const e = document.querySelector('.link'); return e.scrollHeight <= e.clientHeight")
                    #expect(isVisible == true, "a line of the link is hidden at a width of \(size.0)")
                }
            }
            try browser.devTools(
                "Browser.grantPermissions",
                ["permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": .string(example.url(""))])
            try browser.click("#copy")
            try browser.wait(for: "return document.querySelector('#copy').textContent === 'Copied'")
            try browser.evaluate("navigator.clipboard.readText().then(t => { window.copied = t })")
            #expect(try browser.wait(for: "return window.copied").string == link)

            try browser.devTools("Emulation.setScriptExecutionDisabled", ["value": true])
            defer { _ = try? browser.devTools("Emulation.setScriptExecutionDisabled", ["value": false]) }
            try example.visit("/view/research/measurements.csv")
            try browser.click(".card .button")
            try Deadline.wait("the page shows the link") { try browser.count(".link") == 1 }
            #expect(try browser.text(".card .notice").contains("Copied") == false)
            #expect(try browser.attribute("hidden", of: "#copy") != nil)
        }
    }

    @Test("Files can be searched and ordered, without scripts") func searching() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            try example.signIn()
            try browser.devTools("Emulation.setScriptExecutionDisabled", ["value": true])
            defer { _ = try? browser.devTools("Emulation.setScriptExecutionDisabled", ["value": false]) }
            try example.visit("/")
            let all = try browser.count(".row")
            try browser.click(".orders a:nth-child(2)")
            try self.waitFor("sort=newest", example)
            try browser.type("REPORT", into: "input[type=search]")
            try browser.click(".tools .button")
            try self.waitFor("q=REPORT", example)
            #expect(try browser.url.contains("sort=newest"))
            #expect(try browser.count(".row") == 1)
            #expect(try browser.text(".name") == "Q3 report.pdf")
            #expect(try browser.text(".lead").contains("1 file with “REPORT” in the name."))
            try browser.click(".lead a")
            try self.waitFor(example.url("/"), example)
            #expect(try browser.count(".row") == all)
        }
    }

    @Test("Each order is that of names, times or sizes, and a search for nothing says so") func orders() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            try example.signIn()
            try example.visit("/")
            let byName = try self.names(browser)
            #expect(byName.count == 9)
            #expect(byName.map { $0.lowercased() } == byName.map { $0.lowercased() }.sorted())
            try example.visit("/?sort=largest")
            let bySize = try self.names(browser)
            #expect(bySize.first == "drawing the Plough.webm")
            #expect(Set(bySize) == Set(byName) && bySize != byName)
            try example.visit("/?sort=newest")
            let byTime = try self.names(browser)
            #expect(byTime.firstIndex(of: "measurements.csv")! < byTime.firstIndex(of: "Q3 report.pdf")!)
            #expect(byTime.firstIndex(of: "Q3 report.pdf")! < byTime.firstIndex(of: "星図.png")!)
            #expect(try browser.text(".orders [aria-current]") == "Newest")

            try example.visit("/?q=%3Cb%3E&sort=worst")
            #expect(try browser.count(".row") == 0)
            #expect(try browser.text("main").contains("“<b>” in the name"))
            #expect(try browser.text("main").contains("No file has this text in its name."))
        }
    }

    @Test("A table is shown as a table, and a text without an empty box") func tables() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            try example.signIn()
            try example.visit("/view/research/measurements.csv")
            #expect(try browser.text(".grid thead") == "hour temperature")
            #expect(try browser.count(".grid tbody tr") == 24)
            #expect(try browser.text(".grid tbody tr:last-child") == "23 23.1")
            #expect(try browser.count("iframe") == 0)

            let path = "\(example.root)/research/quoted.csv"
            defer { try? Files.remove(path) }
            try Files.write("a;b\r\n\"<i>;\"\"x\"\"\n\";2\r\n", to: path)
            try example.visit("/view/research/quoted.csv")
            #expect(
                try browser.evaluate("return [...document.querySelectorAll('.grid td')].map(e => e.textContent)")
                    == ["<i>;\"x\"\n", "2"])

            try example.visit("/view/everyone/Welcome.txt")
            let height = try browser.evaluate("return document.querySelector('.stage').getBoundingClientRect().height")
            #expect(height.number ?? 0 < 100)
            try example.visit("/view/finance/R%E9sum%E9.txt")
            #expect(try browser.text("h1") == "Résumé.txt")
            #expect(try browser.text(".lead").contains("name in Latin-1"))
            #expect(try browser.text(".stage pre") == "Résumé")
        }
    }

    @Test("A preview is logged, and not listed as opened", arguments: servers)
    func previewedOnly(_ server: WebServer) throws {
        try withExample(server) { example in
            let browser = example.browser
            try example.signIn()
            func rows() throws -> Int {
                try example.visit("/activity")
                return try browser.count("tbody tr")
            }
            let before = try rows()
            for path in ["research/Q3%20report.pdf", "research/%E6%98%9F%E5%9B%B3.png", "research/measurements.csv"] {
                try example.visit("/view/\(path)")
                try browser.wait(for: "return [...document.images].every(i => i.complete)")
                try Deadline.wait("the preview of \(path) is logged") {
                    try example.log().contains { $0.contains("\tpreviewed\t") && $0.contains(path.dropFirst(9)) }
                }
            }
            #expect(try example.log().count { $0.contains("\tpreviewed\tmargaret") } >= 3)
            #expect(try rows() == before)
            let cookie = try example.cookie()
            #expect(try example.site.client.get("/show/research/Q3%20report.pdf", ["Cookie": cookie]).status == 200)
            #expect(try rows() == before + 1)
            #expect(try browser.text("tbody tr").contains("opened"))
        }
    }

    @Test("On a phone, the parts of an action are separated") func separators() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            try example.signIn()
            let cookie = try example.cookie()
            _ = try example.site.client.get("/files/everyone/Welcome.txt", ["Cookie": cookie])
            try self.withSize(Self.sizes[1], browser) {
                try example.visit("/activity")
                let marks = try browser.evaluate(
                    """
                    return [...document.querySelectorAll('tbody tr:first-child td.hint')]
                        .map(e => getComputedStyle(e, '::before').content)
                    """)
                // The time has a line of its own, which a separator would end or begin.
                #expect(marks == ["none", "\"· \"", "none"])
                let isBelow = try browser.evaluate(
                    """
                    const row = document.querySelector('tbody tr');
                    const top = row.querySelector('td.hint').getClientRects()[0].top;
                    return top > row.querySelector('a').getBoundingClientRect().bottom - 5;
                    """)
                #expect(isBelow == true, "the folder is not on a line of its own")
                let isLast = try browser.evaluate(
                    """
                    const parts = document.querySelector('tbody tr').querySelectorAll('td.hint');
                    return parts[2].getBoundingClientRect().top >= parts[1].getBoundingClientRect().bottom - 2;
                    """)
                #expect(isLast == true, "the time is not on a line of its own")
            }
        }
    }

    @Test("The first line of a long name is level with the user in the list of actions") func levelNames() throws {
        try withExample(.lighttpd) { example in
            let browser = example.browser
            let name = "\(String(repeating: "measurement", count: 15)).flac"
            try Files.write("x", to: "\(example.root)/research/\(name)")
            defer { try? Files.remove("\(example.root)/research/\(name)") }
            try example.signIn()
            let cookie = try example.cookie()
            #expect(try example.site.client.get("/files/research/\(name)", ["Cookie": cookie]).status == 200)
            try self.withSize((1440, 900), browser) {
                try example.visit("/activity")
                let distance = try browser.evaluate(
                    """
                    const row = document.querySelector('tbody tr');
                    const range = document.createRange();
                    const lines = node => { range.selectNodeContents(node); return range.getClientRects(); };
                    return Math.abs(lines(row.querySelector('th'))[0].top - lines(row.querySelector('a'))[0].top);
                    """
                ).number
                #expect(try #require(distance) < 4, "\(String(describing: distance))")
            }
        }
    }

    private func waitFor(_ part: String, _ example: ExampleSite) throws {
        try Deadline.wait("the browser shows \(part)") {
            try part.hasPrefix("http") ? example.browser.url == part : example.browser.url.contains(part)
        }
    }
}
