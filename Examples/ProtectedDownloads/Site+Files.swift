import FastCGI
import HTTPTypes
import Sendfile

/// Lists, downloads and views of files.
extension Site {
    func list(_ request: Request, _ session: Session) async throws -> Response {
        var folders: [LibraryPage.Folder] = []
        for team in session.user.teams {
            folders.append(LibraryPage.Folder(team: team, files: try await self.library.files(of: team)))
        }
        // Notices and downloads refer to listed files only: the query of a link cannot name anything else.
        let query = request.queryFields
        func file(_ name: String) -> LibraryFile? {
            query[name].flatMap { wanted in
                folders.lazy.flatMap(\.files).first { $0.address.link("files").description == wanted }
            }
        }
        return LibraryPage.page(
            folders, FileSelection(query), visitor: self.visitor(session), download: file("download"),
            uploaded: file("uploaded"), uploadLimit: self.uploadLimit
        ).response
    }

    func page(_ request: Request, of address: FileAddress, _ session: Session) async throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        return try await self.page(request, of: self.library.file(address), session, link: nil)
    }

    /// The page of a file that the user may read.
    func page(
        _ request: Request, of file: LibraryFile, _ session: Session, link: (url: String, share: Share)?
    ) async throws -> Response {
        let text = try await self.text(of: file, .previewed, user: session.user.name, request)
        let made = try await self.shareList.entries(of: file.address, by: session.user.name)
        return FilePage.page(file, visitor: self.visitor(session), text: text, link: link, made: made).response
    }

    /// The beginning of a text or a table, for a page that shows it, which is logged; `nil` for other files.
    func text(
        of file: LibraryFile, _ action: Activity.Action, user: String, _ request: Request
    ) async throws -> FilePreview.Text? {
        switch FileKind.preview(of: file.displayName) {
        case .text, .table: break
        default: return nil
        }
        let (bytes, isWhole) = try await self.library.beginning(of: file.address, limit: FilePreview.textLimit)
        try self.activity.add(action, file.address, user: user, from: request.remoteAddress)
        return FilePreview.Text(text: ReadableText.decode(bytes, isWhole: isWhole), isWhole: isWhole)
    }

    func download(_ request: Request, _ address: FileAddress, _ session: Session) async throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        let response = try await self.file(address, for: request)
        try self.note(.downloaded, address, user: session.user.name, request, response)
        return response.with(user: session.user.name)
    }

    func show(
        _ request: Request, _ address: FileAddress, _ session: Session, as action: Activity.Action
    ) async throws -> Response {
        try self.requireMembership(of: session.user, in: address.team)
        let response = try await self.fileToShow(address, for: request)
        try self.note(action, address, user: session.user.name, request, response)
        return response.with(user: session.user.name)
    }

    func recentActivity(_ session: Session) throws -> Response {
        let recent = try self.activity.recent(teams: session.user.teams, limit: 200)
        let arrivals = try self.arrivals.map { try Arrivals($0) }
        return ActivityPage.page(recent, arrivals, visitor: self.visitor(session)).response
    }

    // MARK: Files for members and for clients with a link

    /// The file as a download.
    func file(_ address: FileAddress, for request: Request) async throws -> Response {
        try await self.file(address, for: request, isAttachment: true, policy: "default-src 'none'; sandbox")
    }

    /// The file for display on a page of this site, if its type is harmless.
    func fileToShow(_ address: FileAddress, for request: Request) async throws -> Response {
        // Browsers open such a file in a page of their own with an image or a player and styles. A sandbox would
        // disable the viewer of PDF documents.
        let player = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
        let frames = "frame-ancestors 'self'"
        switch FileKind.preview(of: address.displayName) {
        case nil: throw SiteError.notFound
        case .document:
            return try await self.file(address, for: request, policy: "\(player); \(frames)")
        case .text, .table:
            return try await self.file(
                address, for: request, contentType: "text/plain; charset=utf-8", policy: "\(player); \(frames); sandbox"
            )
        default:
            return try await self.file(address, for: request, policy: "\(player); \(frames); sandbox")
        }
    }

    private func file(
        _ address: FileAddress, for request: Request, isAttachment: Bool = false, contentType: String? = nil,
        policy: String
    ) async throws -> Response {
        // A browser may cache the file but must revalidate it each time: the next user of the browser may not have
        // access.
        let response = try await self.library.response(
            to: request, address, isAttachment: isAttachment,
            SendfileOptions(
                contentType: contentType,
                headerFields: [
                    .cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff", .contentSecurityPolicy: policy,
                    HTTPField.Name("Referrer-Policy")!: "no-referrer",
                    HTTPField.Name("Cross-Origin-Resource-Policy")!: "same-origin",
                ]))
        if response.status == .notFound { throw SiteError.notFound }
        return response
    }

    /// Logs the download or the range of a file before its first byte is sent.
    ///
    /// The status tells what the library decided to send: 200 or 206 (200 also if the web server will cut a range out
    /// of the file). A request without a range is a download. Requests with a range belong to one download and may
    /// begin anywhere; of those that one client sends within an hour for one version of the file, the first is logged.
    func note(
        _ action: Activity.Action, _ address: FileAddress, user: String, _ request: Request, _ response: Response
    ) throws {
        guard request.method == .get, response.status == .ok || response.status == .partialContent else { return }
        guard request.fieldValue(.range) != nil else {
            return try self.activity.add(action, address, user: user, from: request.remoteAddress)
        }
        let common = [request.fieldValue(.userAgent) ?? "", response.headerFields[.eTag] ?? ""]
        try self.activity.addRange(of: common, action, address, user: user, from: request.remoteAddress)
    }
}
