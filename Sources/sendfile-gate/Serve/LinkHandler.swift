import FastCGI
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SignedLinks
import SystemPackage

/// Responds to a request with the file of its link.
struct LinkHandler: Sendable {
    private let links: Locked<AcceptedLinks>
    private let prefix: [UInt8]
    private let bindings: Set<GateSettings.Binding>
    private let disposition: GateDisposition
    private let cookie: GateCookie
    private let statusPath: [UInt8]?
    private let sendfile: Sendfile
    /// The same files, as streams.
    private let streaming: Sendfile
    private let store: GateStore?
    private let ledger: GateLedger?
    private let refusals: RefusalLog
    private let longest: Duration
    private let format: String
    /// The settings of the files in the environment, which the web server's parameters override.
    private let values: [String: String]

    init(
        settings: GateSettings, links: Locked<AcceptedLinks>, sendfile: Sendfile, streaming: Sendfile,
        store: GateStore?,
        ledger: (any GrantLedger)?, refusals: RefusalLog
    ) {
        self.links = links
        self.prefix = Array(settings.prefix.utf8)
        self.bindings = settings.bindings
        self.disposition = settings.disposition
        self.cookie = settings.cookie
        self.statusPath = settings.statusPath.map { Array($0.utf8) }
        self.sendfile = sendfile
        self.streaming = streaming
        self.store = store
        self.ledger = settings.ledger.flatMap { settings in ledger.map { GateLedger($0, settings, refusals) } }
        self.refusals = refusals
        self.longest = settings.longest
        self.format = "\(settings.formats)"
        self.values = ["SENDFILE_ROOT", "SENDFILE_BACKEND", "SENDFILE_URL"].reduce(into: [:]) { values, name in
            values[name] = settings.source[name]
        }
    }

    func respond(to request: Request) async throws -> Response {
        guard request.method == .get || request.method == .head else { return ErrorPage.methodNotAllowed }
        // The path as the client sent it, because each web server divides it differently into SCRIPT_NAME and
        // PATH_INFO.
        let path = request.pathBytes
        // A client cannot send the parameter: its fields begin with HTTP_.
        if path == self.statusPath || request.parameters[Status.parameter] != nil { return self.status(request) }
        guard path.starts(with: self.prefix), path.dropFirst(self.prefix.count).first == UInt8(ascii: "/") else {
            return self.refuse(request, "prefix", "outside SENDFILE_LINK_PREFIX")
        }
        guard let binding = self.binding(of: request) else {
            return self.refuse(
                request, "binding", "the web server does not pass a value that SENDFILE_LINK_BINDING requires")
        }
        let now = LinkTime.now
        let file = path.dropFirst(self.prefix.count)
        var asked = GrantRequest(request, path: file)
        asked.asksLedger = self.ledger != nil
        asked.comparesVersion = self.store?.serves(request) != true
        let verdict = self.links.withLock { $0 }.verify(asked, at: now, binding: binding) { cdn in
            cdn.request(request, path: file)
        }
        switch verdict {
        case .valid(let link) where link.expires > now + self.longest:
            return self.refuse(
                request, "longest",
                "the link expires later than SENDFILE_LINK_LONGEST allows; an expiry is in seconds, not in milliseconds"
            )
        case .valid(let link):
            // Before any work for the response, and without counting a use, because the response may have no content.
            if let refusal = await self.refusal(of: link, request, begins: false) { return refusal }
            if let cookie = GrantCookie(
                link, below: String(decoding: self.prefix, as: UTF8.self), isSecure: self.cookie.isSecure, at: now)
            {
                return try self.cookie.response(cookie)
            }
            let response = try await self.content(of: link, for: request)
                .with(grantID: link.grant?.grant.id, keyID: link.keyID.isEmpty ? nil : link.keyID)
            guard link.grant?.grant.id != nil, request.method == .get, response.hasContent else { return response }
            return await self.refusal(of: link, request, begins: true) ?? response
        case .expired:
            self.refusals.log(410, "expired", "the link has expired", path: self.shownPath(request))
            return ErrorPage.expired
        case .invalid(let flaw):
            if asked.query.contains("&amp;") {
                return self.refuse(
                    request, "escaped", "the link was escaped twice: its query contains &amp; instead of &")
            }
            return self.refuse(request, flaw.code.description, flaw)
        }
    }

    private func status(_ request: Request) -> Response {
        var statistics = request.serverStatistics ?? ServerStatistics()
        statistics.refusals = self.refusals.totals
        statistics.program = "sendfile-gate \(Gate.version)"
        statistics.details = GateVersions.details(of: request, isSQLite: self.ledger?.isSQLite == true)
        if let ledger = self.ledger { statistics.details += ledger.details }
        return request.statusResponse(statistics)
    }

    private func refuse(_ request: Request, _ kind: String, _ reason: some CustomStringConvertible) -> Response {
        self.refusals.log(404, kind, reason, path: self.shownPath(request))
        guard let question = request.fieldValue(GateQuestion.field) else { return ErrorPage.notFound }
        var response = ErrorPage.notFound
        response.headerFields[GateQuestion.field] = GateQuestion.answer(
            to: question, self.links.withLock { $0 }.newest, self.report(request, kind))
        return response
    }

    /// The response of the ledger to a valid grant; `nil` if it permits the request.
    private func refusal(of link: VerifiedLink, _ request: Request, begins: Bool) async -> Response? {
        guard let refusal = await self.ledger?.refusal(of: link, for: request, begins: begins) else { return nil }
        self.refusals.log(
            refusal.status, refusal.kind, refusal.reason, path: self.shownPath(request), level: refusal.level)
        return refusal.response
    }

    /// The account of a request that is refused.
    private func report(_ request: Request, _ kind: String) -> GateReport {
        var report = GateReport(
            reason: kind, prefix: String(decoding: self.prefix, as: UTF8.self), format: self.format,
            binding: GateReport.binding(self.bindings), path: request.path, hasQuery: request.query != nil)
        // A parameter of the web server overrides the environment.
        func value(_ name: String) -> String { request.serverParameter(name) ?? self.values[name] ?? "" }
        report.root = value("SENDFILE_ROOT")
        report.backend = value("SENDFILE_BACKEND")
        report.internalPrefix = value("SENDFILE_URL")
        report.address = request.remoteAddress ?? ""
        report.user = request.remoteUser ?? ""
        return report
    }

    /// The file or the object of a link.
    private func content(of link: VerifiedLink, for request: Request) async throws -> Response {
        guard let store = self.store, store.serves(request) else {
            if let root = request.serverParameter("SENDFILE_ROOT"), StoreSettings.isStore(root) {
                throw GateError(
                    .configuration,
                    "the FastCGI parameter SENDFILE_ROOT is \"\(root.printable)\": name a bucket in the settings of this program, "
                        + "because its credentials belong there")
            }
            return try self.file(of: link, for: request)
        }
        var response = try await store.response(
            to: request, link, Self.options(link), self.disposition.limited(by: link.grant?.grant))
        // Without effect unless the program sends the object.
        if let rate = link.grant?.grant.bytesPerSecond { response.bytesPerSecond = rate }
        guard response.status == .notFound else { return response }
        return self.refuse(
            request, "file", "the link is valid, but the store contains no such object, or its URL cannot be a redirect"
        )
    }

    private func file(of link: VerifiedLink, for request: Request) throws -> Response {
        if let version = link.grant?.grant.version,
            try self.streaming.version(of: link.filePath, for: request) != version
        {
            return self.refuse(request, "otherVersion", "the grant is for another version of the file")
        }
        let disposition = self.disposition.limited(by: link.grant?.grant)
        var response = try self.file(of: link, for: request, isSaved: disposition == .attachment)
        // The media type is known only after the file was opened.
        if disposition != .attachment, response.status == .ok || response.status == .partialContent,
            disposition.saves(response.headerFields[.contentType])
        {
            response = try self.file(of: link, for: request, isSaved: true)
        }
        guard response.status == .notFound else { return response }
        return self.refuse(
            request, "file", "the link is valid, but SENDFILE_ROOT contains no such file that this program may send")
    }

    private func file(of link: VerifiedLink, for request: Request, isSaved: Bool) throws -> Response {
        let attachment: ContentDisposition =
            if let name = link.name {
                isSaved ? .attachment(named: name) : .inline(named: name)
            } else {
                isSaved ? .attachment : .inline
            }
        var options = Self.options(link)
        options.attachment = attachment
        let response = try self.sendfile(request, link.filePath, options)
        // nginx gets the rate from the program. The other web servers cannot be told one.
        guard let rate = link.grant?.grant.bytesPerSecond, response.requestedFile?.backendName != "nginx" else {
            return response
        }
        var paced = response.serverFields.isEmpty ? response : try self.streaming(request, link.filePath, options)
        paced.bytesPerSecond = rate
        return paced
    }

    /// The options for a link, without its disposition.
    private static func options(_ link: VerifiedLink) -> SendfileOptions {
        var options = SendfileOptions(headerFields: Self.fields)
        if let rate = link.grant?.grant.bytesPerSecond { options.nginx.limitRate = .bytesPerSecond(rate) }
        return options
    }

    /// The request's path for the log, without a grant's token.
    private func shownPath(_ request: Request) -> String {
        let path = request.pathBytes
        guard path.starts(with: self.prefix),
            GrantRequest(request, path: path.dropFirst(self.prefix.count)).place == .path
        else { return request.path }
        let start = path[..<(self.prefix.count + 1)]
        let rest = path[start.endIndex...].drop { $0 != UInt8(ascii: "/") }
        return "\(String(decoding: start, as: UTF8.self))~…\(String(decoding: rest, as: UTF8.self))"
    }

    /// Shared caches must not keep the file after the link expires, other sites must not learn the link, and browsers must not
    /// interpret another type as a page.
    private static let fields: HTTPFields = [
        .cacheControl: "private", .referrerPolicy: "no-referrer", .xContentTypeOptions: "nosniff",
    ]

    /// The values of this request to which links are bound; `nil` if the web server does not pass one.
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

extension VerifiedLink {
    fileprivate var filePath: FilePath { FilePath(platformString: self.path.map(CChar.init(bitPattern:)) + [0]) }
}

extension Response {
    /// Whether the client gets content, or the URL of an object.
    fileprivate var hasContent: Bool {
        switch self.status.code {
        case 200, 206, 302, 307: true
        default: false
        }
    }
}
