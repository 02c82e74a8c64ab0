import HTTPTypes

/// What the pages of the site say.
enum Pages {
    /// The form to sign in with.
    ///
    /// - Parameter returnTo: the file that was asked for without a session, as a link of the site.
    static func signIn(
        status: HTTPResponse.Status = .ok, notice: SignInNotice? = nil, name: String = "", returnTo: String?
    ) -> Page {
        Page(
            title: "Sign in", status: status,
            content: """
                <div class="card">
                <div class="emblem">\(Icons.key)</div>
                <h1>Sign in</h1>
                <p class="lead">Your team’s files are behind this door.</p>
                \(notice.map(Self.notice))
                <form method="post" action="/sign-in">
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

    /// The files that a user may have.
    ///
    /// - Parameter download: one of the files, to be downloaded at once.
    static func files(_ files: [(team: String, files: [SharedFile])], for user: User, download: SharedFile?) -> Page {
        let all = files.flatMap(\.files)
        return Page(
            title: "Your files", user: user, isCentred: false, download: download,
            content: """
                <h1>Your files</h1>
                <p class="lead">\(Format.count(all.count, "file")) in \(Format.count(files.count, "folder")), \
                \(Format.size(all.reduce(0) { $0 + $1.size })) in all.</p>
                \(download.map(Self.started))
                \(files.map { Self.team($0.team, $0.files) })
                """)
    }

    /// What went wrong, and the way on.
    static func error(_ error: SiteError, user: User?) -> Page {
        Page(
            title: error.title, user: user, status: error.status,
            content: """
                <div class="error">
                <p class="status" aria-hidden="true">\(error.status.code)</p>
                <h1>\(error.title)</h1>
                <p class="lead">\(error.explanation)</p>
                \(user == nil
                    ? "<a class=\"button\" href=\"/sign-in\">Sign in</a>"
                    : "<a class=\"button\" href=\"/\">Back to your files</a>" as HTML)
                </div>
                """)
    }

    private static func notice(_ notice: SignInNotice) -> HTML {
        notice.isFailure
            ? "<p class=\"notice bad\" role=\"alert\">\(notice.text)</p>"
            : "<p class=\"notice\" role=\"status\">\(notice.text)</p>"
    }

    private static func started(_ file: SharedFile) -> HTML {
        """
        <p class="notice" role="status">Your download of <bdi>\(file.displayName)</bdi> has begun. If it has not, \
        <a href="\(file.link)">take it from here</a>.</p>
        """
    }

    private static func team(_ team: String, _ files: [SharedFile]) -> HTML {
        """
        <section class="team" aria-labelledby="team-\(team)">
        <h2 id="team-\(team)">\(Icons.folder)<span>\(team)</span> \
        <small>\(Format.count(files.count, "file")) · \(Format.size(files.reduce(0) { $0 + $1.size }))</small></h2>
        <ul class="files">
        \(files.isEmpty ? ["<li class=\"none\">Nothing here yet.</li>"] : files.map(Self.row))\
        </ul>
        </section>

        """
    }

    private static func row(_ file: SharedFile) -> HTML {
        let date = Format.date(file.modified)
        return """
            <li><a class="file" href="\(file.link)"><span class="tile \(file.kind.rawValue)">\(Icons.of(file.kind))</span>\
            <span class="name"><bdi>\(file.displayName)</bdi></span> \
            <span class="meta"><span>\(file.kind.label(for: file.displayName))</span> · \
            <span>\(Format.size(file.size))</span> · \
            <time datetime="\(date.timestamp)">\(date.day)</time></span>\(Icons.download)</a></li>

            """
    }
}

/// What the sign-in page has to say beforehand.
enum SignInNotice {
    case wrongPassword, busy, signedOut

    var isFailure: Bool { self != .signedOut }

    var text: String {
        switch self {
        case .wrongPassword: "That name and password do not go together."
        case .busy: "Many people are signing in right now. Please try again in a moment."
        case .signedOut: "You are signed out."
        }
    }
}
