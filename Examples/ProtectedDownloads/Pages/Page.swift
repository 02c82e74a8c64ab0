import FastCGI
import HTTPTypes

/// A complete page: the content and the frame that all pages share.
struct Page {
    /// The width of the content.
    enum Width: String {
        /// Centred, header included, for visitors without an account.
        case centre
        /// From the left edge, which is the same on all such pages.
        case wide
    }

    var title: String
    var visitor: Visitor?
    var status = HTTPResponse.Status.ok
    var width = Width.centre
    /// A file whose download begins when the page is shown.
    var download: LibraryFile?
    /// Whether the page's address itself gives access. Links on such a page send no referrer.
    var isSecret = false
    /// The script of the page, the only one that it allows.
    var script: HTML?
    private let nonce = String(UInt128.random(in: .min ... .max), radix: 16)
    var content: HTML

    /// The response that shows the page.
    var response: Response {
        Response(status: self.status, headerFields: self.headerFields, html: self.html)
    }

    private var html: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        \(self.download.map { "<meta http-equiv=\"refresh\" content=\"0; url=\($0.address.link("files"))\">\n" as HTML })\
        <title>\(self.title) · Protected downloads</title>
        <link rel="icon" href="\(Self.icon)">
        <link rel="stylesheet" href="\(Style.path)">
        </head>
        <body class="\(self.width.rawValue)">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar">
        <a class="brand" href="/">\(Icons.brand)<span>Protected downloads</span></a>
        \(self.visitor.map(Self.account))
        </header>
        <main id="main">
        \(self.content)
        </main>
        \(self.script.map { "<script nonce=\"\(self.nonce)\">\n\($0)\n</script>" as HTML })
        </body>
        </html>

        """
    }

    private static func account(_ visitor: Visitor) -> HTML {
        """
        <nav class="account" aria-label="Account">
        <a href="/">Files</a>
        <a href="/activity">Activity</a>
        <span class="who"><span class="avatar" aria-hidden="true">\(String(visitor.user.name.prefix(1)))</span>\
        <span>\(visitor.user.name)</span></span>
        <form method="post" action="/sign-out">\(Self.token(visitor))<button class="button quiet">Sign out</button></form>
        </nav>
        """
    }

    /// The form field with the token. Forms of signed-in users are refused without it.
    static func token(_ visitor: Visitor) -> HTML {
        "<input type=\"hidden\" name=\"token\" value=\"\(visitor.token)\">"
    }

    private static let icon: HTML = """
        data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%2317634a' \
        stroke-width='2' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='M12 3 5 6v5.2c0 4.4 2.9 8.1 7 9.8 \
        4.1-1.7 7-5.4 7-9.8V6z'/%3E%3Cpath d='M12 8.5v6m-2.8-2.6L12 14.7l2.8-2.8'/%3E%3C/svg%3E
        """

    /// Pages load nothing from other sites, run no script but their own, cannot be framed and are never cached, because they
    /// differ between users.
    private var headerFields: HTTPFields {
        var policy = [
            "default-src 'none'", "style-src 'self'", "img-src 'self' data:", "media-src 'self'",
            "frame-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
        ]
        if self.script != nil { policy.append("script-src 'nonce-\(self.nonce)'") }
        var fields: HTTPFields = [
            .cacheControl: "no-store",
            .contentSecurityPolicy: policy.joined(separator: "; "),
            .xContentTypeOptions: "nosniff",
            HTTPField.Name("Referrer-Policy")!: self.isSecret ? "no-referrer" : "same-origin",
            HTTPField.Name("Cross-Origin-Opener-Policy")!: "same-origin",
        ]
        if self.isSecret { fields[HTTPField.Name("X-Robots-Tag")!] = "noindex" }
        return fields
    }
}
