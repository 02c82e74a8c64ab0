import FastCGI
import HTTPTypes

/// The sign-in form.
enum SignInPage {
    /// A notice above the form.
    enum Notice {
        case wrongPassword, busy, signedOut
        /// Another attempt is available after this time.
        case tooMany(seconds: Int64)

        var isFailure: Bool { if case .signedOut = self { false } else { true } }

        var text: String {
            switch self {
            case .wrongPassword: "The name or the password is wrong."
            case .busy: "Many people are signing in right now. Please try again in a moment."
            case .tooMany(let seconds):
                "There were too many attempts to sign in. Please try again in \(Format.count(Int(seconds), "second"))."
            case .signedOut: "You are signed out."
            }
        }
    }

    /// Creates the page.
    ///
    /// - Parameter returnTo: The path that was requested without a session.
    static func page(
        status: HTTPResponse.Status = .ok, notice: Notice? = nil, name: String = "", returnTo: String?
    ) -> Page {
        Page(
            title: "Sign in", status: status,
            content: """
                <div class="card narrow">
                <div class="emblem">\(Icons.key)</div>
                <h1>Sign in</h1>
                <p class="lead">Sign in to see your team’s files.</p>
                \(notice.map(Self.notice))
                <form class="stack" method="post" action="/sign-in">
                <label>Name
                <input name="name" value="\(name)" autocomplete="username" autocapitalize="none" spellcheck="false" required \
                maxlength="64"\(name.isEmpty ? " autofocus" as HTML : "")></label>
                <label>Password
                <input name="password" type="password" autocomplete="current-password" required maxlength="256"\
                \(name.isEmpty ? "" : " autofocus" as HTML)></label>
                \(returnTo.map { "<input type=\"hidden\" name=\"to\" value=\"\($0)\">" as HTML })
                <button class="button">Sign in</button>
                </form>
                </div>
                <p class="slogan">Swift decides about access; the web server sends the file.</p>
                """)
    }

    private static func notice(_ notice: Notice) -> HTML {
        notice.isFailure
            ? "<p class=\"notice bad\" role=\"alert\">\(notice.text)</p>"
            : "<p class=\"notice\" role=\"status\">\(notice.text)</p>"
    }
}
