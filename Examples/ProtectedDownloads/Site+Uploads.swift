import FastCGI
import HTTPTypes

/// Uploads.
extension Site {
    /// The maximum number of files in a form.
    static let fileLimit = 20

    /// Receives files for a team and writes each to disk as it arrives. The files appear when the form is complete: all
    /// or none.
    func upload(_ request: Request, team: String, _ session: Session) async throws -> Response {
        try self.requireMembership(of: session.user, in: team)
        // Refuse a form that is too large before the client sends all of it.
        let length = request.fieldValue(.contentLength).flatMap { Int64($0) } ?? 0
        let tooLarge = SiteError.tooLarge(limit: self.uploadLimit)
        guard length <= self.uploadLimit + Self.formAllowance else { throw tooLarge }
        let type = request.fieldValue(.contentType) ?? ""
        guard var form = MultipartReader(contentType: type, source: request.body.makeAsyncIterator()) else {
            throw SiteError.badUpload
        }
        do {
            let files = try await self.receive(&form, session)
            guard !files.isEmpty else { throw SiteError.noFile }
            let addresses = try IncomingFile.publish(files, team: team)
            do {
                for address in addresses {
                    try self.activity.add(.uploaded, address, user: session.user.name, from: request.remoteAddress)
                }
            } catch {
                // An upload without a line in the log is not kept.
                for (address, (file, _)) in zip(addresses, files) { file.withdraw(address) }
                throw error
            }
            return Self.redirect(to: "/?uploaded=\(addresses.last!.link("files"))")
        } catch is MultipartError {
            throw SiteError.badUpload
        } catch is TooManyParts {
            throw SiteError.tooManyFiles(limit: Self.fileLimit)
        } catch is RequestBody.BodyTooLarge {
            throw tooLarge
        }
    }

    /// The complete files of a form, with the names given by the client.
    private func receive<Source>(
        _ form: inout MultipartReader<Source>, _ session: Session
    ) async throws -> [(file: IncomingFile, name: [UInt8])] {
        var isTrusted = false
        var files: [(file: IncomingFile, name: [UInt8])] = []
        var size: Int64 = 0
        while let part = try await form.nextPart() {
            if part.name == "token" {
                let token = try await Self.text(&form, limit: 256)
                isTrusted = self.sessions.isFormToken(token, of: session)
            } else if part.name == "file", let given = part.fileName, !given.isEmpty {
                // The token precedes the files, so that nothing is written for a forged form.
                guard isTrusted else { throw SiteError.staleForm }
                guard files.count < Self.fileLimit else { throw SiteError.tooManyFiles(limit: Self.fileLimit) }
                guard let name = UploadName.cleaned(given) else { throw SiteError.badUpload }
                let file = try IncomingFile(root: self.library.root)
                while let chunk = try await form.nextChunk() {
                    size += Int64(chunk.count)
                    if size > self.uploadLimit { throw SiteError.tooLarge(limit: self.uploadLimit) }
                    try file.append(chunk)
                }
                try file.finish()
                files.append((file, name))
            }
        }
        guard isTrusted else { throw SiteError.staleForm }
        return files
    }

    private static func text<Source>(_ form: inout MultipartReader<Source>, limit: Int) async throws -> String {
        var bytes: [UInt8] = []
        while let chunk = try await form.nextChunk() {
            bytes += chunk.prefix(limit - bytes.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
