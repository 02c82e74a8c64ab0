import FastCGI
import HTTPTypes
import Sendfile
import SystemPackage

/// The site: who is asking, what they may have, and which page or file answers.
struct Site: Sendable {
    private static let cookieName = "session"

    private let users: Users
    private let sessions: Sessions
    private let passwords = PasswordChecker()
    private let library: FileLibrary
    private let sendfile: Sendfile

    init(_ settings: Settings) throws {
        self.users = try Users(path: settings.users)
        self.sessions = try Sessions(users: self.users, stateDirectory: settings.state)
        self.library = FileLibrary(root: settings.root)
        self.sendfile = try Sendfile(root: settings.root)
    }

    /// Answers a request.
    func respond(to request: Request) async throws -> Response {
        let session = try self.sessions.session(request.cookies[Self.cookieName])
        do {
            return try await self.answer(request, session)
        } catch SiteError.notSignedIn where Self.isFromBrowser(request) {
            // After signing in, the user gets what was asked for.
            let isList = request.path == "/"
            return Self.redirect(to: isList ? "/sign-in" : "/sign-in?to=\(PercentCoding.encode(request.rawPath.utf8))")
        } catch let error as SiteError {
            var response = Pages.error(error, user: session?.user).response
            for field in error.headerFields { response.headerFields.append(field) }
            return response
        }
    }

    private func answer(_ request: Request, _ session: Session?) async throws -> Response {
        guard let route = Route(path: request.pathBytes) else {
            // Only someone who is signed in learns what exists and what does not.
            throw session == nil ? SiteError.notSignedIn : .notFound
        }
        guard route.methods.contains(request.method) else { throw SiteError.methodNotAllowed(route.methods) }
        if request.method == .post, !Self.isFromThisSite(request) { throw SiteError.fromAnotherSite }

        switch (route, request.method) {
        case (.list, _): return try self.list(request, session)
        case (.file(let team, let name), _): return try self.download(request, session, team: team, name: name)
        case (.signIn, .post): return try await self.signIn(request)
        case (.signIn, _): return Self.signInForm(request, session)
        case (.signOut, _): return try self.signOut(request, session)
        }
    }

    // MARK: Files

    private func list(_ request: Request, _ session: Session?) throws -> Response {
        guard let user = session?.user else { throw SiteError.notSignedIn }
        let files = try user.teams.map { team in (team: team, files: try self.library.files(of: team)) }
        // A download begins by itself only if the list has it: the query of a link can name nothing else.
        let wanted = request.query.flatMap { Form($0)["download"] }
        let download = wanted.flatMap { wanted in files.flatMap(\.files).first { $0.link == wanted } }
        return Pages.files(files, for: user, download: download).response
    }

    private func download(_ request: Request, _ session: Session?, team: String, name: [UInt8]) throws -> Response {
        guard let user = session?.user else { throw SiteError.notSignedIn }
        guard user.teams.contains(team) else {
            throw try self.users.hasTeam(team) ? SiteError.notYours : .notFound
        }
        let bytes = team.utf8 + [UInt8(ascii: "/")] + name + [0]
        let path = FilePath(platformString: bytes.map { CChar(bitPattern: $0) })
        // A browser may keep the file but has to ask each time: whoever signs in next may not be allowed to have it.
        let response = try self.sendfile(
            request, path, attachment: .sameName,
            headerFields: [.cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff"])
        if response.status == .notFound { throw SiteError.notFound }
        return response
    }

    // MARK: Signing in and out

    private static func signInForm(_ request: Request, _ session: Session?) -> Response {
        if session != nil { return Self.redirect(to: "/") }
        let query = Form(request.query ?? "")
        return Pages.signIn(notice: query["signed-out"] == nil ? nil : .signedOut, returnTo: query["to"]).response
    }

    private func signIn(_ request: Request) async throws -> Response {
        let form = Form(String(decoding: try await request.body.collect(upTo: 8192), as: UTF8.self))
        let name = form["name"] ?? ""
        let user = try self.users.user(named: name)
        do {
            guard try await self.passwords.isPassword(form["password"] ?? "", of: user), let user else {
                let page = Pages.signIn(
                    status: .unauthorized, notice: .wrongPassword, name: name, returnTo: form["to"])
                return page.response
            }
            var response = Self.redirect(
                to: form["to"].map { "/?download=\(PercentCoding.encode($0.utf8))" } ?? "/")
            let cookie = self.sessions.begin(for: user)
            response.headerFields[.setCookie] = Self.cookie(cookie, lifetime: Sessions.lifetime, request)
            return response
        } catch is PasswordChecker.Busy {
            let page = Pages.signIn(status: .serviceUnavailable, notice: .busy, name: name, returnTo: form["to"])
            var response = page.response
            response.headerFields[.retryAfter] = "5"
            return response
        }
    }

    private func signOut(_ request: Request, _ session: Session?) throws -> Response {
        if let session { try self.sessions.end(session) }
        var response = Self.redirect(to: "/sign-in?signed-out")
        response.headerFields[.setCookie] = Self.cookie("", lifetime: 0, request)
        return response
    }

    private static func cookie(_ value: String, lifetime: Int64, _ request: Request) -> String {
        let secure = request.scheme == "https" ? "; Secure" : ""
        return "\(Self.cookieName)=\(value); Path=/; Max-Age=\(lifetime); HttpOnly; SameSite=Lax\(secure)"
    }

    // MARK: What a request tells

    private static func isFromBrowser(_ request: Request) -> Bool {
        request.fieldValue(.accept)?.contains("text/html") ?? false
    }

    /// Whether a form was sent by a page of this site, against cross-site request forgery.
    ///
    /// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. A client that sends neither is no
    /// browser, so no other site can make it send anything.
    private static func isFromThisSite(_ request: Request) -> Bool {
        if let site = request.fieldValue(HTTPField.Name("Sec-Fetch-Site")!) {
            return site == "same-origin" || site == "none"
        }
        guard let origin = request.fieldValue(.origin) else { return true }
        guard let host = request.fieldValue(HTTPField.Name("Host")!) else { return false }
        return origin == "\(request.scheme)://\(host)"
    }

    private static func redirect(to target: String) -> Response {
        Response(status: .seeOther, headerFields: [.location: target, .cacheControl: "no-store"])
    }
}
