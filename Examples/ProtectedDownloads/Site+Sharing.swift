import FastCGI
import HTTPTypes

/// Links for clients without an account.
extension Site {
    /// Creates a link to a file.
    func share(_ request: Request, _ address: FileAddress, _ session: Session) async throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        let form = try await self.requireToken(in: request, session)
        let file = try await self.library.file(address)
        let lifetime = form["lifetime"].flatMap(Share.Lifetime.init(rawValue:)) ?? .day
        let guests = form["guests"].flatMap(Share.Guests.init(rawValue:)) ?? .all
        let now = Shares.now()
        let share = Share(
            file: file, user: session.user, expires: now + lifetime.seconds, id: Share.newID, limit: guests.limit)
        try self.shareList.add(share, at: now)
        try self.activity.add(.shared, address, user: session.user.name, from: request.remoteAddress)
        let host = request.fieldValue(HTTPField.Name("Host")!) ?? ""
        let link = "\(request.scheme)://\(host)\(try self.shares.link(to: share, for: .page))"
        return try await self.page(request, of: file, session, link: (link, share))
    }

    /// Ends a link that the user has made.
    func endShare(_ request: Request, _ address: FileAddress, _ session: Session) async throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        let form = try await self.requireToken(in: request, session)
        let entries = try await self.shareList.entries(of: address, by: session.user.name, limit: .max)
        guard let entry = entries.first(where: { $0.id == form["id"] }) else { throw SiteError.notFound }
        if !entry.hasEnded {
            try await self.shareList.end(entry.id)
            try self.activity.add(.ended, address, user: session.user.name, from: request.remoteAddress)
        }
        return Self.redirect(to: address.link("view"))
    }

    /// Answers a request for a link.
    ///
    /// A link becomes invalid when it expires or is ended, when as many guests have used it as it permits, when the file is removed or
    /// replaced, and when its creator leaves the team or changes the password.
    func shared(
        _ request: Request, _ use: Share.Use, _ address: FileAddress, by maker: String, _ session: Session?
    ) async throws -> Response {
        guard let name = ShareMaker(maker), let user = try self.users.user(named: name.user),
            user.teams.contains(address.team)
        else { throw SiteError.badLink }
        do {
            let file = try await self.library.file(address)
            let share = try self.shares.share(of: request, use, file: file, user: user, name)
            // With a limit, only a download is a use: the page shows nothing of the file.
            guard share.limit == nil || use == .page || use == .download else { throw SiteError.badLink }
            try await self.shareList.use(share, by: request.remoteAddress, begins: false)
            let response: Response
            let action: Activity.Action
            switch use {
            case .page: return try await self.page(of: share, request)
            case .download: (response, action) = (try await self.file(address, for: request), .downloadedByLink)
            case .show: (response, action) = (try await self.fileToShow(address, for: request), .openedByLink)
            case .preview: (response, action) = (try await self.fileToShow(address, for: request), .previewedByLink)
            }
            // The creator is not a guest, and neither is a client that gets no byte of the file.
            if use != .preview, session?.user.name != user.name, request.method == .get,
                [200, 206, 307].contains(response.status.code)
            {
                try await self.shareList.use(share, by: request.remoteAddress, begins: true)
            }
            try self.note(action, address, user: user.name, request, response)
            return response.with(grantID: share.id, keyID: nil)
        } catch SiteError.notFound {
            throw SiteError.badLink
        }
    }

    private func page(of share: Share, _ request: Request) async throws -> Response {
        let text =
            share.limit == nil
            ? try await self.text(of: share.file, .previewedByLink, user: share.user.name, request) : nil
        return try SharePage.page(share.file, share, self.shares, text: text).response
    }
}
