import FastCGI
import HTTPTypes
import Sendfile

/// What people get.
extension Site {
    func list(_ request: Request, _ session: Session) throws -> Response {
        let folders = try session.user.teams.map { team in
            LibraryPage.Folder(team: team, files: try self.library.files(of: team))
        }
        // Notices and downloads are about files on the list: the query of a link can name nothing else.
        let query = Form(request.query ?? "")
        func file(_ name: String) -> LibraryFile? {
            query[name].flatMap { wanted in
                folders.lazy.flatMap(\.files).first { $0.address.link("files") == wanted }
            }
        }
        return LibraryPage.page(
            folders, visitor: self.visitor(session), download: file("download"), uploaded: file("uploaded"),
            uploadLimit: self.uploadLimit
        ).response
    }

    func page(of address: FileAddress, _ session: Session) throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        return FilePage.page(try self.library.file(address), visitor: self.visitor(session), link: nil).response
    }

    func download(_ request: Request, _ address: FileAddress, _ session: Session) throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        let response = try self.file(address, for: request)
        try self.note(.downloaded, address, user: session.user.name, request, response)
        return response
    }

    func show(_ request: Request, _ address: FileAddress, _ session: Session) throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        let response = try self.fileToShow(address, for: request)
        try self.note(.opened, address, user: session.user.name, request, response)
        return response
    }

    func recentActivity(_ session: Session) throws -> Response {
        let recent = try self.activity.recent(teams: session.user.teams, limit: 200)
        return ActivityPage.page(recent, visitor: self.visitor(session)).response
    }

    // MARK: Files for members and for those who have a link

    /// A file to be saved.
    func file(_ address: FileAddress, for request: Request) throws -> Response {
        try self.file(address, for: request, attachment: .sameName, policy: "default-src 'none'; sandbox")
    }

    /// A file to be shown in a page of this site, if it is of a kind that can do no harm there.
    func fileToShow(_ address: FileAddress, for request: Request) throws -> Response {
        // What browsers make of a file that is opened by itself: a page with an image or a player in it, and styles. A sandbox
        // would take the viewer of PDF documents away.
        let player = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
        let frames = "frame-ancestors 'self'"
        switch FileKind.preview(of: address.displayName) {
        case nil: throw SiteError.notFound
        case .document:
            return try self.file(address, for: request, attachment: .inline, policy: "\(player); \(frames)")
        case .text:
            return try self.file(
                address, for: request, attachment: .inline, contentType: "text/plain; charset=utf-8",
                policy: "\(player); \(frames); sandbox")
        default:
            return try self.file(address, for: request, attachment: .inline, policy: "\(player); \(frames); sandbox")
        }
    }

    private func file(
        _ address: FileAddress, for request: Request, attachment: ContentDisposition, contentType: String? = nil,
        policy: String
    ) throws -> Response {
        // A browser may keep the file but has to ask each time: whoever signs in next may not be allowed to have it.
        let response = try self.sendfile(
            request, address.path, attachment: attachment, contentType: contentType,
            headerFields: [
                .cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff", .contentSecurityPolicy: policy,
                HTTPField.Name("Referrer-Policy")!: "no-referrer",
                HTTPField.Name("Cross-Origin-Resource-Policy")!: "same-origin",
            ])
        if response.status == .notFound { throw SiteError.notFound }
        return response
    }

    /// Notes that a client gets a file, or a part of one, before its first byte leaves.
    ///
    /// The library has decided what is sent, and its status says so: 200 or 206, because a web server that cuts a range out of
    /// the file is given 200. A request without a range is a download. Requests with one are parts of a download that may begin
    /// anywhere: of those that a client makes within an hour for one version of the file, the first is noted.
    func note(
        _ action: Activity.Action, _ address: FileAddress, user: String, _ request: Request, _ response: Response
    ) throws {
        guard request.method == .get, response.status == .ok || response.status == .partialContent else { return }
        guard request.fieldValue(.range) != nil else {
            return try self.activity.add(action, address, user: user, from: request.remoteAddress)
        }
        let common = [request.fieldValue(.userAgent) ?? "", response.headerFields[.eTag] ?? ""]
        try self.activity.addPart(of: common, action, address, user: user, from: request.remoteAddress)
    }
}
