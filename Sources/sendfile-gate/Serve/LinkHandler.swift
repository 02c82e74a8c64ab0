import FastCGI
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SignedLinks
import SystemPackage

/// Answers a request with the file that its link leads to.
struct LinkHandler: Sendable {
    private let links: SignedLinks
    private let prefix: [UInt8]
    private let bindings: Set<GateSettings.Binding>
    private let disposition: GateDisposition
    private let statusPath: [UInt8]?
    private let sendfile: Sendfile
    private let logger: Logger

    init(settings: GateSettings, sendfile: Sendfile, logger: Logger) {
        self.links = settings.links
        self.prefix = Array(settings.prefix.utf8)
        self.bindings = settings.bindings
        self.disposition = settings.disposition
        self.statusPath = settings.statusPath.map { Array($0.utf8) }
        self.sendfile = sendfile
        self.logger = logger
    }

    func respond(to request: Request) throws -> Response {
        guard request.method == .get || request.method == .head else { return ErrorPage.methodNotAllowed }
        // The path as the client sent it: SCRIPT_NAME and PATH_INFO divide it differently behind each web server.
        let path = request.pathBytes
        if path == self.statusPath { return request.statusResponse() }
        guard path.starts(with: self.prefix), path.dropFirst(self.prefix.count).first == UInt8(ascii: "/") else {
            return self.refuse(request, "outside SENDFILE_LINK_PREFIX")
        }
        guard let binding = self.binding(of: request) else {
            return self.refuse(request, "the web server does not say what SENDFILE_LINK_BINDING asks for")
        }
        let verdict = self.links.verify(
            path: path.dropFirst(self.prefix.count), query: request.query ?? "", at: Int64(time(nil)),
            binding: binding)
        switch verdict {
        case .valid(let link): return try self.file(of: link, for: request)
        case .expired:
            self.logger.info("answered with 410: the link has expired", metadata: ["path": "\(request.path)"])
            return ErrorPage.expired
        case .invalid(let flaw):
            // Who asks for what is no link at all, as every scanner of the net does, is not worth a line.
            return self.refuse(request, flaw, level: flaw == .missingSignature ? .debug : .info)
        }
    }

    private func refuse(
        _ request: Request, _ reason: some CustomStringConvertible, level: Logger.Level = .info
    ) -> Response {
        self.logger.log(level: level, "answered with 404: \(reason)", metadata: ["path": "\(request.path)"])
        return ErrorPage.notFound
    }

    private func file(of link: VerifiedLink, for request: Request) throws -> Response {
        var response = try self.file(of: link, for: request, isSaved: self.disposition == .attachment)
        // The kind of the file is known when it is opened.
        if self.disposition != .attachment, response.status == .ok || response.status == .partialContent,
            self.disposition.saves(response.headerFields[.contentType])
        {
            response = try self.file(of: link, for: request, isSaved: true)
        }
        return response.status == .notFound ? ErrorPage.notFound : response
    }

    private func file(of link: VerifiedLink, for request: Request, isSaved: Bool) throws -> Response {
        let attachment: ContentDisposition =
            if let name = link.name {
                isSaved ? .named(name) : .inline(named: name)
            } else {
                isSaved ? .sameName : .inline
            }
        return try self.sendfile(
            request, FilePath(platformString: link.path.map(CChar.init(bitPattern:)) + [0]), attachment: attachment,
            headerFields: [
                // No cache that others share outlives the link, no other site learns it, and no browser makes a page of a file
                // that is none.
                .cacheControl: "private", Self.referrerPolicy: "no-referrer", .xContentTypeOptions: "nosniff",
            ])
    }

    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!

    /// What of this request links are bound to; `nil` if the web server does not say.
    private func binding(of request: Request) -> LinkBinding? {
        var binding = LinkBinding()
        if self.bindings.contains(.address) {
            guard let address = request.remoteAddress, !address.isEmpty else { return nil }
            binding.clientAddress = address
        }
        if self.bindings.contains(.user) {
            guard let user = request.remoteUser else { return nil }
            binding.user = user
        }
        if self.bindings.contains(.method) { binding.method = request.method.rawValue }
        return binding
    }
}
