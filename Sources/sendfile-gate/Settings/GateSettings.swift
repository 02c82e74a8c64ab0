import FastCGI
import Glibc
import Sendfile
import SendfileBasics
import SignedLinks

/// The validated settings of the program.
struct GateSettings {
    /// The values that links can be bound to.
    enum Binding: String, CaseIterable {
        case address, user, method
    }

    let accepted: AcceptedLinks
    let formats: GateFormats
    /// The default lifetime of a link.
    let timeout: Duration
    /// The longest time until a link's expiry.
    let longest: Duration
    /// The URL path of this program, without a slash at the end; empty if the program handles all paths.
    let prefix: String
    let bindings: Set<Binding>
    let disposition: GateDisposition
    let cookie: GateCookie
    /// The ledger of grants; `nil` if there is none.
    let ledger: LedgerSettings?
    let statusPath: String?
    let warnings: [String]

    /// `SENDFILE_ROOT`, for messages; `nil` if it is a bucket.
    let root: String?

    /// The bucket that is served in place of a directory.
    let store: StoreSettings?

    /// All settings except the secrets and a root that is a bucket, for the libraries.
    let reader: EnvironmentVariables

    let source: SettingsSource

    init(_ source: SettingsSource) throws(GateError) {
        do throws(GateError) {
            try self.init(reading: source)
        } catch {
            throw error.located(in: source.places)
        }
    }

    private init(reading source: SettingsSource) throws(GateError) {
        self.source = source
        let keys = try GateKeys(source)
        self.warnings = source.warnings + keys.warnings
        self.formats = try GateFormats(source)
        self.timeout = try Self.duration(source, "SENDFILE_LINK_TIMEOUT") ?? .seconds(3600)
        self.longest = try Self.duration(source, "SENDFILE_LINK_LONGEST") ?? DurationText.longest
        self.accepted = try Self.accepted(self.formats, keys, self.timeout)
        self.prefix = try Self.path(source, "SENDFILE_LINK_PREFIX") ?? ""
        self.statusPath = try Self.path(source, "SENDFILE_STATUS_PATH")
        self.bindings = try Self.bindings(source)
        self.disposition = try Self.disposition(source)
        self.cookie = try GateCookie(source)
        self.ledger = try LedgerSettings(source)
        self.store = try StoreSettings(source)
        let isStore = self.store != nil
        self.root = isStore ? nil : source["SENDFILE_ROOT"]
        let values = source.values.filter { pair in
            !Setting.secrets.contains(pair.key) && !(isStore && pair.key == "SENDFILE_ROOT")
        }
        self.reader = EnvironmentVariables(values.mapValues { String(decoding: $0, as: UTF8.self) })
        try self.checkBindings()
    }

    /// Makes links in the format of new links.
    var links: SignedLinks { self.accepted.newest }

    /// The format of new links.
    var format: LinkFormat { self.links.format }

    static func duration(_ source: SettingsSource, _ name: String) throws(GateError) -> Duration? {
        guard let text = source[name] else { return nil }
        guard case .lasting(let duration) = LinkDuration(text) else { throw Self.wrong(name, text, LinkDuration.form) }
        return duration
    }

    /// The path of the file that contains the secrets, if there is one.
    var secretFile: String? { self.source["SENDFILE_LINK_SECRET_FILE"] }

    /// The names of the keys, the one that signs new links first; a key without a name has an empty one.
    var keyNames: [String] { self.accepted.keys.links.map(\.id) }

    /// Reads each file with keys again. A file that is unreadable or invalid leaves its previous keys in use.
    ///
    /// - Returns: The links with these keys, and a failure for each such file, which names it.
    func readKeysAgain(_ links: AcceptedLinks) -> (links: AcceptedLinks, failures: [GateError]) {
        var (links, failures) = (links, [GateError]())
        for path in links.keys.paths {
            do throws(GateError) {
                links = try Self.accepted(self.formats, links.keys.reading(path), self.timeout)
            } catch {
                failures.append(error.naming(path))
            }
        }
        return (links, failures)
    }

    private static func accepted(
        _ formats: GateFormats, _ keys: GateKeys, _ timeout: Duration
    ) throws(GateError) -> AcceptedLinks {
        do {
            return try AcceptedLinks(formats, keys: keys, timeout: timeout)
        } catch {
            throw GateError(.configuration, "\(error)")
        }
    }

    /// Runs a function of a library that reads settings. An error about a setting of the settings file names its line.
    func locating<Result>(_ body: () throws -> Result) throws(GateError) -> Result {
        do {
            return try body()
        } catch {
            throw GateError(error).located(in: self.source.places)
        }
    }

    private static func path(_ source: SettingsSource, _ name: String) throws(GateError) -> String? {
        guard var path = source[name] else { return nil }
        guard path.hasPrefix("/"), !path.contains("%"), !path.contains("?"), !path.contains("#") else {
            throw Self.wrong(name, path, "a URL path that begins with / and contains no percent-encoding")
        }
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The parts of a list that is separated by commas, without the spaces around them. A part that contains a space is
    /// not two parts, so it is an invalid value.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            var part = part.drop { $0 == " " }
            while part.last == " " { part.removeLast() }
            return String(part)
        }
    }

    private static func bindings(_ source: SettingsSource) throws(GateError) -> Set<Binding> {
        guard let text = source["SENDFILE_LINK_BINDING"] else { return [] }
        var bindings: Set<Binding> = []
        for word in Self.list(text) where !word.isEmpty {
            guard let binding = Binding(rawValue: word) else {
                let names = Binding.allCases.map(\.rawValue).joined(separator: ", ")
                throw Self.wrong("SENDFILE_LINK_BINDING", text, "a comma-separated list of \(names)")
            }
            bindings.insert(binding)
        }
        return bindings
    }

    /// Makes a link in each format with the configured bindings, so that a binding that a format does not support is an
    /// error at start.
    private func checkBindings() throws(GateError) {
        let binding = LinkBinding(
            clientAddress: self.bindings.contains(.address) ? "192.0.2.1" : nil,
            user: self.bindings.contains(.user) ? "user" : nil, method: self.bindings.contains(.method) ? "GET" : nil)
        for links in self.accepted.all {
            do {
                _ = try links.link(to: "file", expires: .now + self.timeout, binding: binding)
            } catch {
                throw GateError(
                    .configuration,
                    "SENDFILE_LINK_BINDING is incompatible with SENDFILE_LINK_FORMAT=\(links.format): \(error)")
            }
        }
    }

    private static func disposition(_ source: SettingsSource) throws(GateError) -> GateDisposition {
        guard let text = source["SENDFILE_DISPOSITION"] else { return .attachment }
        guard let disposition = GateDisposition(rawValue: text) else {
            throw Self.wrong("SENDFILE_DISPOSITION", text, "attachment, inline or inline-all")
        }
        return disposition
    }

    static func wrong(_ name: String, _ value: String, _ expected: String) -> GateError {
        GateError(.configuration, "\(name) is \(value.debugDescription), which is not \(expected)")
    }
}
