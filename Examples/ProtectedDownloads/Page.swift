import FastCGI
import HTTPTypes

/// A whole page: what stands around the content is the same everywhere.
struct Page {
    var title: String
    var user: User?
    var status = HTTPResponse.Status.ok
    /// A small page stands in the middle of the window.
    var isCentred = true
    /// A download that begins by itself when the page is shown.
    var download: SharedFile?
    var content: HTML

    /// The response that shows the page.
    var response: Response {
        // Only the style sheet that carries this number is obeyed, and it cannot be guessed.
        let nonce = Hexadecimal.encode((0..<16).map { _ in UInt8.random(in: 0...255) })
        let body = self.html(nonce: nonce).text
        return Response(status: self.status, headerFields: Self.headerFields(nonce: nonce), body: .string(body))
    }

    private func html(nonce: String) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        \(self.download.map { "<meta http-equiv=\"refresh\" content=\"0; url=\($0.link)\">\n" as HTML })\
        <title>\(self.title) · Protected downloads</title>
        <link rel="icon" href="\(Self.icon)">
        <style nonce="\(nonce)">
        \(Style.sheet)
        </style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar">
        <a class="brand" href="/">\(Icons.brand)<span>Protected downloads</span></a>
        \(self.user.map(Self.account))
        </header>
        <main id="main"\(self.isCentred ? " class=\"centre\"" as HTML : "")>
        \(self.content)
        </main>
        <footer>Swift decides who may have a file; the web server sends it.</footer>
        </body>
        </html>

        """
    }

    private static func account(_ user: User) -> HTML {
        """
        <form class="account" method="post" action="/sign-out">
        <span class="who"><span class="avatar" aria-hidden="true">\(String(user.name.prefix(1)))</span>\
        <span>\(user.name)</span></span>
        <button class="button quiet">Sign out</button>
        </form>
        """
    }

    private static let icon: HTML = """
        data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%2317634a' \
        stroke-width='2' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='M12 3 5 6v5.2c0 4.4 2.9 8.1 7 9.8 \
        4.1-1.7 7-5.4 7-9.8V6z'/%3E%3Cpath d='M12 8.5v6m-2.8-2.6L12 14.7l2.8-2.8'/%3E%3C/svg%3E
        """

    /// Nothing from elsewhere, no scripts, in nobody's frame, and kept by no cache: pages differ from user to user.
    private static func headerFields(nonce: String) -> HTTPFields {
        let policy = [
            "default-src 'none'", "style-src 'nonce-\(nonce)'", "img-src data:", "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
        return [
            .contentType: "text/html; charset=utf-8",
            .cacheControl: "no-store",
            .contentSecurityPolicy: policy.joined(separator: "; "),
            .xContentTypeOptions: "nosniff",
            HTTPField.Name("Referrer-Policy")!: "same-origin",
        ]
    }
}
