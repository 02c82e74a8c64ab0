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
        let share = Share(file: file, user: session.user, expires: Shares.now() + lifetime.seconds)
        try self.activity.add(.shared, address, user: session.user.name, from: request.remoteAddress)
        let host = request.fieldValue(HTTPField.Name("Host")!) ?? ""
        let link = "\(request.scheme)://\(host)\(try self.shares.link(to: share, for: .page))"
        return try await self.page(request, of: file, session, link: (link, share))
    }

    /// Answers a request for a link.
    ///
    /// A link becomes invalid when it expires, when the file is removed or replaced, and when its creator leaves the
    /// team or changes the password.
    func shared(_ request: Request, _ use: Share.Use, _ address: FileAddress, by user: String) async throws -> Response
    {
        guard let maker = try self.users.user(named: user), maker.teams.contains(address.team) else {
            throw SiteError.badLink
        }
        do {
            let file = try await self.library.file(address)
            let share = try self.shares.share(of: request, use, file: file, user: maker)
            switch use {
            case .page:
                let text = try await self.text(of: file, .previewedByLink, user: user, request)
                return try SharePage.page(file, share, self.shares, text: text).response
            case .download:
                let response = try await self.file(address, for: request)
                try self.note(.downloadedByLink, address, user: user, request, response)
                return response
            case .show, .preview:
                let response = try await self.fileToShow(address, for: request)
                let action = use == .show ? Activity.Action.openedByLink : .previewedByLink
                try self.note(action, address, user: user, request, response)
                return response
            }
        } catch SiteError.notFound {
            throw SiteError.badLink
        }
    }
}
