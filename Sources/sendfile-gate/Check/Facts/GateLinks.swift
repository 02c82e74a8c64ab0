import FastCGI
import Glibc
import Sendfile
import SendfileBasics
import SignedLinks

/// Makes links for the gate to be checked, with the gate's own settings.
struct GateLinks: Sendable {
    /// The gate's URL, which precedes every link.
    let base: URLText
    let links: SignedLinks
    /// The settings with which the links are made.
    let prefix, format, bindings: String
    /// The file of the secrets, if there is one.
    let secretFile: String?
    /// The file of these settings, if there is one.
    let settingsFile: String?
    private let forger: SignedLinks
    private let isBoundToMethod: Bool
    let binding: LinkBinding
    private let timeout: Duration

    /// - Parameters:
    ///   - settings: The gate's settings.
    ///   - url: The gate's URL with its prefix; `nil` is port 80 of this machine.
    ///   - address: The client's address as the gate sees it, if links are bound to it.
    ///   - user: The user as the gate sees it, if links are bound to it.
    init(_ settings: GateSettings, url: String?, address: String?, user: String?) throws {
        let prefix = String(decoding: PercentEncoding.encodePath(settings.prefix.utf8), as: UTF8.self)
        var text = url ?? "http://localhost\(prefix)"
        while text.hasSuffix("/") { text.removeLast() }
        guard let base = URLText(text), base.query.isEmpty else {
            throw CheckFailure(.unusable, "--url is \"\(text)\", which is not an http or https URL without a query")
        }
        self.base = base
        self.links = settings.links
        self.prefix = settings.prefix
        self.format = "\(settings.formats)"
        self.bindings = GateReport.binding(settings.bindings)
        self.secretFile = settings.secretFile
        self.settingsFile = settings.source.file
        self.isBoundToMethod = settings.bindings.contains(.method)
        for (option, value, name) in [
            ("--for-address", address, GateSettings.Binding.address), ("--for-user", user, .user),
        ] where (value == nil) == settings.bindings.contains(name) {
            throw CheckFailure(
                .unusable,
                value == nil
                    ? "links are bound to the \(name) (SENDFILE_LINK_BINDING); add \(option)"
                    : "\(option) has no effect: SENDFILE_LINK_BINDING does not contain it")
        }
        self.binding = LinkBinding(clientAddress: address, user: user)
        self.timeout = settings.timeout
        let noise = (0..<32).map { _ in UInt8.random(in: 1...255) }
        self.forger = try SignedLinks(
            format: settings.format, keys: [LinkKey(secret: noise)], timeout: settings.timeout)
    }

    /// The kind of a link.
    enum Kind {
        case good
        /// A link that expired an hour ago.
        case expired
        /// A link signed with another secret.
        case forged
        /// A link that expires in two seconds.
        case short
    }

    /// Makes a link.
    ///
    /// - Parameters:
    ///   - path: The file's path below the root.
    ///   - kind: The kind of link.
    ///   - method: The request method.
    func url(_ path: String, _ kind: Kind = .good, method: String = "GET") throws -> URLText {
        var binding = self.binding
        if self.isBoundToMethod { binding.method = method }
        let signer = if case .forged = kind { self.forger } else { self.links }
        let end: LinkTime =
            switch kind {
            case .expired: .now - .seconds(3600)
            case .short: .now + .seconds(2)
            case .good, .forged: .now + min(self.timeout, .seconds(600))
            }
        let link = try signer.link(to: path, expires: end, binding: binding)
        let base = self.base.path == "/" ? "" : self.base.path
        guard let url = URLText(self.base.text(at: base + link)) else {
            throw CheckFailure(.unusable, "\(self.base.shown) and a link do not form a URL")
        }
        return url
    }

    /// The URL without a signature.
    func unsigned(_ path: String) -> URLText {
        let base = self.base.path == "/" ? "" : self.base.path
        return self.base.at("\(base)/\(PercentEncoding.text(path.utf8, keeping: PercentEncoding.pathCharacters))")
    }
}

extension GateSettings {
    /// The libraries' settings that a check needs; `nil` if not set.
    var internalPrefix: String? { self.reader.setting(named: "SENDFILE_URL") }

    /// The Unix socket that the gate creates.
    var socket: String? {
        self.reader.setting(named: "FASTCGI_LISTEN").flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
