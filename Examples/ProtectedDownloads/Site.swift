import FastCGI
import HTTPTypes
import SystemPackage

/// The site: identifies the user, checks access, and responds with a page or a file.
struct Site: Sendable {
    let users: Users
    let sessions: Sessions
    let passwords: PasswordChecker
    let signInLimits: SignInLimits
    private let hasClientAddresses: Bool
    let library: any FileStorage
    let shares: Shares
    let shareList: ShareList
    let activity: ActivityLog
    /// The file that tells what has arrived of downloads; `nil` without one.
    let arrivals: LineFile?
    /// The maximum size of all files in a form, in bytes.
    let uploadLimit: Int64
    /// The maximum size of the rest of a form, in bytes.
    static let formAllowance: Int64 = 128 << 10

    /// - Parameter clock: Returns the time in seconds since 1970 for the limits of attempts to sign in.
    init(_ settings: Settings, clock: @escaping @Sendable () -> Int64 = Shares.now) throws {
        self.users = try Users(path: settings.users)
        self.sessions = try Sessions(users: self.users, stateDirectory: settings.state)
        self.library = try settings.storage
        self.shares = try Shares(key: settings.state.appending("links.key"))
        self.shareList = try ShareList(stateDirectory: settings.state)
        self.arrivals = settings.arrivals.map { LineFile($0) }
        self.activity = ActivityLog(stateDirectory: settings.state, key: self.sessions.key)
        self.passwords = PasswordChecker(stateDirectory: settings.state)
        self.signInLimits = SignInLimits(stateDirectory: settings.state, key: self.sessions.key, clock: clock)
        self.hasClientAddresses = settings.hasClientAddresses
        self.uploadLimit = settings.uploadLimit
    }

    /// Responds to a request.
    func respond(to request: Request) async throws -> Response {
        let session = try self.sessions.session(request.cookies[Self.cookieName(request)])
        do {
            return try await self.answer(request, session)
        } catch SiteError.notSignedIn where Self.isFromBrowser(request) {
            // After signing in, the user continues with the requested page.
            let isList = request.path == "/"
            return Self.redirect(to: isList ? "/sign-in" : "/sign-in?to=\(request.rawPath)")
        } catch let error as SiteError {
            var response = ErrorPage.page(error, visitor: session.map(self.visitor)).response
            for field in error.headerFields { response.headerFields.append(field) }
            return response
        }
    }

    private func answer(_ request: Request, _ session: Session?) async throws -> Response {
        guard let route = Route(path: request.pathBytes) else {
            // Only signed-in users learn which paths exist.
            throw session == nil ? SiteError.notSignedIn : .notFound
        }
        guard route.methods.contains(request.method) else { throw SiteError.methodNotAllowed(route.methods) }
        // Forms of signed-in users also contain a token.
        if request.method == .post, request.isFromAnotherSite { throw SiteError.fromAnotherSite }

        switch (route, request.method) {
        case (.signIn, .post): return try await self.signIn(request)
        case (.signIn, _): return Self.signInForm(request, session)
        case (.style, _): return Style.response
        case (.signOut, _): return try await self.signOut(request, session)
        case (.shared(let use, let address, let user), _):
            return try await self.shared(request, use, address, by: user, session)
        default: break
        }
        guard let session else { throw SiteError.notSignedIn }
        switch route {
        case .activity: return try self.recentActivity(session)
        case .page(let address): return try await self.page(request, of: address, session)
        case .download(let address): return try await self.download(request, address, session)
        case .show(let address): return try await self.show(request, address, session, as: .opened)
        case .preview(let address): return try await self.show(request, address, session, as: .previewed)
        case .share(let address): return try await self.share(request, address, session)
        case .endShare(let address): return try await self.endShare(request, address, session)
        case .upload(let team): return try await self.upload(request, team: team, session)
        default: return try await self.list(request, session)
        }
    }

    /// The user of a session with the token for forms.
    func visitor(_ session: Session) -> Visitor {
        Visitor(user: session.user, token: self.sessions.formToken(of: session))
    }

    /// Throws unless the user is a member of the team.
    func requireMembership(of user: User, in team: String) throws {
        guard user.teams.contains(team) else {
            throw try self.users.hasTeam(team) ? SiteError.notYours : .notFound
        }
    }

    static func redirect(to url: LocalURL) -> Response {
        var response = Response.redirect(to: url)
        response.headerFields[.cacheControl] = "no-store"
        return response
    }

    // MARK: Properties of requests

    /// A value that all requests of one client share; `nil` if the web server does not pass it.
    func client(_ request: Request) -> String? {
        self.hasClientAddresses ? request.remoteAddress.flatMap(ClientAddress.group) : nil
    }

    private static func isFromBrowser(_ request: Request) -> Bool {
        request.method != .post && request.fieldValue(.accept)?.contains("text/html") ?? false
    }
}
