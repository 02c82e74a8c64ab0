import FastCGI
import HTTPTypes

/// Signing in and out.
extension Site {
    /// The name of the session cookie. Over HTTPS, browsers accept the `__Host-` prefix only from this host and only
    /// from secure pages (RFC 6265bis §4.1.3.2).
    static func cookieName(_ request: Request) -> String { request.scheme == "https" ? "__Host-session" : "session" }

    /// The name of the cookie that identifies a browser in which the user has signed in before.
    static func browserCookieName(_ request: Request) -> String {
        request.scheme == "https" ? "__Host-browser" : "browser"
    }

    static func signInForm(_ request: Request, _ session: Session?) -> Response {
        if session != nil { return Self.redirect(to: "/") }
        let query = request.queryFields
        return SignInPage.page(notice: query["signed-out"] == nil ? nil : .signedOut, returnTo: query["to"]).response
    }

    func signIn(_ request: Request) async throws -> Response {
        let form = try await request.form(upTo: 8192)
        let name = form["name"] ?? ""
        let user = try self.users.user(named: name)
        let browser = self.sessions.browser(request.cookies[Self.browserCookieName(request)], of: user)
        let client = self.client(request)
        let sources: [SignInLimits.Source] =
            browser.map { [.browser($0)] } ?? [.name(name)] + (client.map { [.address($0)] } ?? [])
        func refusal(_ status: HTTPResponse.Status, _ notice: SignInPage.Notice) -> Response {
            SignInPage.page(status: status, notice: notice, name: name, returnTo: form["to"]).response
        }
        do {
            try self.signInLimits.take(sources)
            let isRight = try await self.passwords.isPassword(
                form["password"] ?? "", of: user, client: browser ?? client, isKnown: browser != nil)
            guard isRight, let user else { return refusal(.unauthorized, .wrongPassword) }
            try self.signInLimits.giveBack(sources)
            var response = Self.redirect(to: Self.destination(form["to"]))
            response.set(
                try Self.cookie(
                    Self.cookieName(request), self.sessions.begin(for: user), lifetime: Sessions.lifetime, request))
            response.set(
                try Self.cookie(
                    Self.browserCookieName(request), self.sessions.recognise(user), lifetime: Sessions.browserLifetime,
                    request))
            return response
        } catch let error as SignInLimits.TooMany {
            var response = refusal(.tooManyRequests, .tooMany(seconds: error.seconds))
            response.headerFields[.retryAfter] = "\(error.seconds)"
            return response
        } catch is PasswordChecker.Busy {
            // The password was not checked.
            try self.signInLimits.giveBack(sources)
            var response = refusal(.serviceUnavailable, .busy)
            response.headerFields[.retryAfter] = "5"
            return response
        }
    }

    func signOut(_ request: Request, _ session: Session?) async throws -> Response {
        if let session {
            try await self.requireToken(in: request, session)
            try self.sessions.end(session)
        }
        var response = Self.redirect(to: "/sign-in?signed-out")
        response.set(try Self.cookie(Self.cookieName(request), "", lifetime: 0, request))
        return response
    }

    /// Returns the fields of a form that a signed-in user sent from a page of this site.
    @discardableResult
    func requireToken(in request: Request, _ session: Session) async throws -> FormFields {
        let form = try await request.form(upTo: 8192)
        guard self.sessions.isFormToken(form["token"], of: session) else { throw SiteError.staleForm }
        return form
    }

    /// The page to show after signing in, which is always a page of this site. A download begins on the page of all
    /// files.
    private static func destination(_ path: String?) -> LocalURL {
        guard let path else { return "/" }
        switch Route(path: PercentText.decode(path)) {
        case .page(let address): return address.link("view")
        case .activity: return "/activity"
        default: return "/?download=\(path)"
        }
    }

    private static func cookie(
        _ name: String, _ value: String, lifetime: Int64, _ request: Request
    ) throws -> SetCookie {
        try SetCookie(name, value, maxAge: .seconds(lifetime), isSecure: request.scheme == "https")
    }
}
