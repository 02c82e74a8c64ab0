import Testing

extension ServerTests {
    /// The protected-download site of Examples, in a real browser.
    @Suite(.serialized) struct BrowserTests {
        /// The web servers that Examples/run supports.
        static let servers: [WebServer] = [.lighttpd, .nginx, .apacheFcgid]

        @Test(
            "A visitor who is not signed in is redirected, and continues with the requested page after signing in",
            arguments: servers)
        func turnedAway(_ server: WebServer) throws {
            try withExample(server) { example in
                let browser = example.browser
                for path in ["/", "/activity", "/view/research/Q3%20report.pdf", "/files/research/Q3%20report.pdf"] {
                    try browser.deleteCookies()
                    try example.visit(path)
                    #expect(try browser.title.hasPrefix("Sign in"), "\(path)")
                }
                for path in ["/files/research/Q3%20report.pdf", "/show/research/Q3%20report.pdf"] {
                    let answer = try example.site.client.get(path)
                    #expect(answer.status == 401, "\(path)")
                    #expect(!answer.text.contains("%PDF"), "\(path)")
                }

                try example.visit("/view/research/Q3%20report.pdf")
                try browser.type("ada", into: "input[name=name]")
                try browser.type("a wrong password", into: "input[name=password]")
                try browser.follow("main .button")
                #expect(try browser.text("[role=alert]").contains("is wrong"))
                #expect(try browser.attribute("value", of: "input[name=name]") == "ada")
                try browser.type("analytical engine", into: "input[name=password]")
                try browser.follow("main .button")
                #expect(try browser.url == example.url("/view/research/Q3%20report.pdf"))

                // After signing out, the user has no access.
                try browser.follow(".account .button")
                #expect(try browser.text("[role=status]") == "You are signed out.")
                try example.visit("/")
                #expect(try browser.title.hasPrefix("Sign in"))
            }
        }

        @Test("A refused file is answered with a page that says why", arguments: servers)
        func refused(_ server: WebServer) throws {
            try withExample(server) { example in
                let browser = example.browser
                try example.signIn("ada", "analytical engine")
                for (path, status, words) in [
                    ("/files/finance/Budget.pdf", "403", "belongs to another team"),
                    ("/view/finance/Budget.pdf", "403", "belongs to another team"),
                    ("/files/research/nothing.pdf", "404", "Nothing here"),
                    ("/show/everyone/page.html", "404", "Nothing here"),
                    ("/show/research/raw%20data.tar.gz", "404", "Nothing here"),
                    ("/view/research/up", "404", "Nothing here"),
                    ("/nowhere", "404", "Nothing here"),
                    ("/shared/ada/research/Q3%20report.pdf?expires=1&signature=1", "404", "does not work"),
                ] {
                    try example.visit(path)
                    #expect(try browser.text(".status") == status, "\(path)")
                    #expect(try browser.text("h1").contains(words), "\(path)")
                    #expect(
                        try browser.evaluate(
                            "return performance.getEntriesByType('navigation')[0].responseStatus"
                        ).number == Double(status), "\(path)")
                }
                let anonymous = try example.site.client.get("/", ["Accept": "*/*"])
                #expect(anonymous.status == 401)
                #expect(anonymous.text.contains("Please sign in first"))
            }
        }

        @Test(
            "No page allows foreign frames or a revealing referrer, and none but that with a new link a script",
            arguments: servers)
        func headers(_ server: WebServer) throws {
            try withExample(server) { example in
                try example.signIn()
                let cookie = try example.cookie()
                for path in ["/", "/activity", "/view/research/Q3%20report.pdf", "/nowhere"] {
                    let answer = try example.site.client.get(path, ["Cookie": cookie])
                    let policy = try #require(answer.field("Content-Security-Policy"), "\(path)")
                    for directive in [
                        "default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'",
                    ] {
                        #expect(policy.contains(directive), "\(path)")
                    }
                    #expect(!policy.contains("script-src") && !policy.contains("unsafe"), "\(path)")
                    #expect(!answer.text.contains("<script") && !answer.text.contains("javascript:"), "\(path)")
                    #expect(answer.field("X-Content-Type-Options") == "nosniff", "\(path)")
                    #expect(answer.field("Referrer-Policy") == "same-origin", "\(path)")
                    #expect(answer.field("Cache-Control") == "no-store", "\(path)")
                    #expect(answer.body.count < 32 << 10, "\(path)")
                    // The browser reports no violation: the page follows its own policy.
                    try example.visit(path)
                }
                let complaints = try example.browser.complaints()
                #expect(complaints.filter { $0.contains("Content Security Policy") }.isEmpty)

                let file = try example.site.client.get("/show/research/Q3%20report.pdf", ["Cookie": cookie])
                #expect(file.field("X-Content-Type-Options") == "nosniff")
                #expect(file.field("Referrer-Policy") == "no-referrer")
                #expect(file.field("Content-Security-Policy")?.contains("frame-ancestors 'self'") == true)
            }
        }

        @Test("A form without its page's token has no effect", arguments: servers)
        func tokens(_ server: WebServer) throws {
            try withExample(server) { example in
                try example.signIn()
                let cookie = try example.cookie()
                let form = ["Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"]
                for (path, body) in [
                    ("/sign-out", ""), ("/sign-out", "token=00"),
                    ("/share/research/Q3%20report.pdf", "lifetime=day&token="),
                ] {
                    let answer = try example.site.client.send("POST", path, form, body: .bytes(Array(body.utf8)))
                    #expect(answer.status == 403, "\(path) \(body)")
                }
                let elsewhere = try example.site.client.send(
                    "POST", "/sign-out", form.merging(["Sec-Fetch-Site": "cross-site"]) { $1 }, body: .bytes([]))
                #expect(elsewhere.status == 403)
                #expect(try example.site.client.get("/", ["Cookie": cookie]).status == 200)
            }
        }

        @Test("Every control is reachable with the keyboard and has a name", arguments: [WebServer.lighttpd])
        func keyboard(_ server: WebServer) throws {
            try withExample(server) { example in
                let browser = example.browser
                try example.signIn()
                try example.visit("/view/research/%E6%98%9F%E5%9B%B3.png")
                var reached: [String] = []
                for _ in 0..<14 {
                    try browser.press("\u{E004}")
                    let label = try browser.evaluate(
                        """
                        const e = document.activeElement;
                        return (e.labels?.[0] ?? e).innerText?.trim() || e.getAttribute('aria-label') || e.tagName;
                        """
                    ).string
                    reached.append(label ?? "")
                }
                for label in [
                    "Skip to the content", "Protected downloads", "Files", "Activity", "Sign out", "Your files",
                    "Download", "Open", "1 day", "Create a link",
                ] {
                    #expect(reached.contains(label), "\(label) is not among \(reached)")
                }
                // Arrow keys select a lifetime.
                try browser.evaluate("document.querySelector('input[value=day]').focus()")
                try browser.press("\u{E014}")
                #expect(try browser.evaluate("return document.activeElement.value").string == "week")

                for path in ["/", "/activity", "/view/research/Q3%20report.pdf", "/nowhere"] {
                    try example.visit(path)
                    let nameless = try browser.evaluate(
                        """
                        return [...document.querySelectorAll('a, button, input:not([type=hidden]), img, iframe, video')]
                            .filter(e => !(e.innerText?.trim() || e.textContent?.trim() || e.labels?.length || e.alt
                                || e.title || e.getAttribute('aria-label'))).map(e => e.outerHTML)
                        """)
                    #expect(nameless == [], "\(path)")
                    #expect(try browser.count("h1") == 1, "\(path)")
                    #expect(try browser.count("html[lang] main") == 1, "\(path)")
                }
            }
        }
    }
}

/// Runs a test with the example behind a web server; an issue includes the site's logs.
func withExample(_ server: WebServer, _ body: (ExampleSite) throws -> Void) throws {
    let example = try ExampleSite.shared(server)
    try withLogs(of: example.site) { _ in try body(example) }
}
