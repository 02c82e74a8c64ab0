import Glibc
import Testing

extension ServerTests.BrowserTests {
    /// The window sizes and colour schemes.
    private static let looks: [(name: String, width: Int, height: Int, isDark: Bool)] = [
        ("light", 1280, 800, false), ("dark", 1280, 800, true), ("wide", 1440, 900, false), ("phone", 390, 844, false),
    ]

    /// The environment variable `SCREENSHOTS` names the output directory.
    @Test("No element is wider than the window, on a phone or a desktop, light or dark")
    func screenshots() throws {
        let wanted = getenv("SCREENSHOTS").map { String(cString: $0) }
        let directory = try wanted ?? Workspace.shared.makeDirectory("screenshots")
        if access(directory, F_OK) != 0 { try Files.makeDirectory(directory) }
        try withExample(.lighttpd) { example in
            let browser = example.browser
            defer {
                _ = try? browser.devTools("Emulation.clearDeviceMetricsOverride", [:])
                _ = try? browser.devTools("Emulation.setEmulatedMedia", ["features": []])
            }
            try browser.deleteCookies()
            try self.take("sign-in", at: "/sign-in", example, directory)
            try example.signIn()
            let cookie = try example.cookie()
            for path in [
                "/show/everyone/Welcome.txt", "/files/research/Q3%20report.pdf", "/files/research/sky%20survey.img",
            ] {
                #expect(try example.site.client.get(path, ["Cookie": cookie]).status == 200)
            }
            try example.visit("/view/research/measurements.csv")
            try browser.follow(".card .button")
            try self.take("link", at: nil, example, directory)
            for (name, path) in [
                ("library", "/"), ("file", "/view/research/Q3%20report.pdf"),
                ("video", "/view/research/drawing%20the%20Plough.webm"), ("table", "/view/research/measurements.csv"),
                ("text", "/view/everyone/Welcome.txt"), ("latin", "/view/finance/R%E9sum%E9.txt"),
                ("search", "/?q=report&sort=newest"),
                ("activity", "/activity"), ("not-found", "/nowhere"),
                (
                    "share",
                    try example.link(
                        to: "星図.png", team: "research", by: "margaret", expires: Int64(time(nil)) + 86_400)
                ),
                ("expired", try example.link(to: "星図.png", team: "research", by: "margaret", expires: 1)),
            ] {
                try self.take(name, at: path, example, directory)
            }
            try self.take("upload", at: "/", opening: "details", example, directory)
        }
        print("The screenshots are in \(directory)\(wanted == nil ? " until the tests end" : "").")
    }

    private func take(
        _ name: String, at path: String?, opening selector: String? = nil, _ example: ExampleSite, _ directory: String
    ) throws {
        let browser = example.browser
        for look in Self.looks {
            try browser.devTools(
                "Emulation.setDeviceMetricsOverride",
                [
                    "width": .number(Double(look.width)), "height": .number(Double(look.height)),
                    "deviceScaleFactor": 1, "mobile": .bool(look.width < 600),
                ])
            try browser.devTools(
                "Emulation.setEmulatedMedia",
                ["features": [["name": "prefers-color-scheme", "value": look.isDark ? "dark" : "light"]]])
            if let path { try example.visit(path) }
            if let selector {
                let element = "document.querySelector(\(JSONValue.string(selector).text))"
                try browser.evaluate("\(element).open = true; \(element).scrollIntoView({ block: 'end' })")
            }
            try browser.wait(for: "return [...document.images].every(i => i.complete)")
            let width = try browser.evaluate("return document.documentElement.scrollWidth").number
            #expect(width == Double(look.width), "\(name) \(look.name)")
            try Files.write(try self.image(browser), to: "\(directory)/\(name)-\(look.name).png".utf8)
        }
    }

    /// The image of the window when it is stable: documents and videos are drawn after the page is loaded.
    private func image(_ browser: Browser) throws -> [UInt8] {
        let moves = try browser.count("iframe, video") > 0
        var image = ""
        let deadline = time(nil) + Socket.patience
        while time(nil) < deadline {
            let next = try browser.devTools("Page.captureScreenshot", ["format": "png"])["data"]?.string ?? ""
            if next == image || !moves, let bytes = Base64.decode(next) { return bytes }
            image = next
            usleep(50_000)
        }
        throw Failure("\(try browser.url) never stands still")
    }
}
