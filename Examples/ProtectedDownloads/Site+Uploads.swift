import FastCGI
import HTTPTypes

/// What people bring.
extension Site {
    /// Takes files for a team; each goes to the disk while it arrives.
    func upload(_ request: Request, team: String, _ session: Session) async throws -> Response {
        try self.requireMembership(of: session.user, in: team)
        // Nobody need send a gigabyte to learn that it is too much. The form around the files takes less than 64 KiB.
        let length = request.fieldValue(.contentLength).flatMap { Int64($0) } ?? 0
        guard length <= self.uploadLimit + (64 << 10) else { throw SiteError.tooLarge(limit: self.uploadLimit) }
        let type = request.fieldValue(.contentType) ?? ""
        guard var form = MultipartReader(contentType: type, source: request.body.makeAsyncIterator()) else {
            throw SiteError.badUpload
        }
        do {
            var isTrusted = false
            var last: FileAddress?
            while let part = try await form.nextPart() {
                if part.name == "token" {
                    let token = try await Self.text(&form, limit: 256)
                    isTrusted = self.sessions.isFormToken(token, of: session)
                } else if part.name == "file", let given = part.fileName, !given.isEmpty {
                    // The token comes before the files: not a byte is written for a form that is not ours.
                    guard isTrusted else { throw SiteError.staleForm }
                    guard let name = UploadName.cleaned(given) else { throw SiteError.badUpload }
                    let address = try await self.receive(name, team: team, from: &form)
                    last = address
                    try self.activity.add(.uploaded, address, user: session.user.name, from: request.remoteAddress)
                }
            }
            guard isTrusted else { throw SiteError.staleForm }
            guard let last else { throw SiteError.noFile }
            return Self.redirect(to: "/?uploaded=\(PercentCoding.encode(last.link("files").utf8))")
        } catch is MultipartError {
            throw SiteError.badUpload
        }
    }

    private func receive<Source>(
        _ name: [UInt8], team: String, from form: inout MultipartReader<Source>
    ) async throws -> FileAddress {
        var file = try IncomingFile(root: self.library.root)
        while let chunk = try await form.nextChunk() {
            try file.append(chunk)
            if file.size > self.uploadLimit { throw SiteError.tooLarge(limit: self.uploadLimit) }
        }
        return FileAddress(team: team, name: try file.publish(as: name, team: team))
    }

    private static func text<Source>(_ form: inout MultipartReader<Source>, limit: Int) async throws -> String {
        var bytes: [UInt8] = []
        while let chunk = try await form.nextChunk() {
            bytes += chunk.prefix(limit - bytes.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
