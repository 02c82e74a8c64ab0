import HTTPTypes

/// The form to sign in with.
enum SignInPage {
    /// What it has to say beforehand.
    enum Notice {
        case wrongPassword, busy, signedOut
        /// In so many seconds there is an attempt again.
        case tooMany(seconds: Int64)

        var isFailure: Bool { if case .signedOut = self { false } else { true } }

        var text: String {
            switch self {
            case .wrongPassword: "That name and password do not go together."
            case .busy: "Many people are signing in right now. Please try again in a moment."
            case .tooMany(let seconds):
                "There were too many attempts to sign in. Please try again in \(Format.count(Int(seconds), "second"))."
            case .signedOut: "You are signed out."
            }
        }
    }

    /// The page.
    ///
    /// - Parameter returnTo: what was asked for without a session, as a path of the site.
    static func page(
        status: HTTPResponse.Status = .ok, notice: Notice? = nil, name: String = "", returnTo: String?
    ) -> Page {
        Page(
            title: "Sign in", status: status,
            content: """
                <div class="card narrow">
                <div class="emblem">\(Icons.key)</div>
                <h1>Sign in</h1>
                <p class="lead">Your team’s files are behind this door.</p>
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
                """)
    }

    private static func notice(_ notice: Notice) -> HTML {
        notice.isFailure
            ? "<p class=\"notice bad\" role=\"alert\">\(notice.text)</p>"
            : "<p class=\"notice\" role=\"status\">\(notice.text)</p>"
    }
}
