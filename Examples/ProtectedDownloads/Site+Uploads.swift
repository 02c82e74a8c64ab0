import FastCGI
import HTTPTypes

/// Uploads.
extension Site {
    /// The maximum number of files in a form.
    static let fileLimit = 20

    /// Receives files for a team and stores each as it arrives. The files appear when the form is complete: all
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
        let upload = self.library.upload(for: team)
        do {
            do {
                try await self.receive(&form, session, into: upload)
                guard upload.count > 0 else { throw SiteError.noFile }
                let addresses = try await upload.publish()
                for address in addresses {
                    try self.activity.add(.uploaded, address, user: session.user.name, from: request.remoteAddress)
                }
                return Self.redirect(to: "/?uploaded=\(addresses.last!.link("files"))")
            } catch {
                // Neither a part of a form is kept, nor an upload without a line in the log.
                await upload.withdraw()
                throw error
            }
        } catch is MultipartError {
            throw SiteError.badUpload
        } catch is TooManyParts {
            throw SiteError.tooManyFiles(limit: Self.fileLimit)
        } catch is RequestBody.BodyTooLarge {
            throw tooLarge
        }
    }

    /// Receives the files of a form, with the names given by the client.
    private func receive<Source>(
        _ form: inout MultipartReader<Source>, _ session: Session, into upload: any FileUpload
    ) async throws {
        var isTrusted = false
        var size: Int64 = 0
        while let part = try await form.nextPart() {
            if part.name == "token" {
                let token = try await Self.text(&form, limit: 256)
                isTrusted = self.sessions.isFormToken(token, of: session)
            } else if part.name == "file", let given = part.fileName, !given.isEmpty {
                // The token precedes the files, so that nothing is written for a forged form.
                guard isTrusted else { throw SiteError.staleForm }
                guard upload.count < Self.fileLimit else { throw SiteError.tooManyFiles(limit: Self.fileLimit) }
                guard let name = UploadName.cleaned(given) else { throw SiteError.badUpload }
                try await upload.receive(name) {
                    guard let chunk = try await form.nextChunk() else { return nil }
                    size += Int64(chunk.count)
                    if size > self.uploadLimit { throw SiteError.tooLarge(limit: self.uploadLimit) }
                    return chunk
                }
            }
        }
        guard isTrusted else { throw SiteError.staleForm }
    }

    private static func text<Source>(_ form: inout MultipartReader<Source>, limit: Int) async throws -> String {
        var bytes: [UInt8] = []
        while let chunk = try await form.nextChunk() {
            bytes += chunk.prefix(limit - bytes.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
