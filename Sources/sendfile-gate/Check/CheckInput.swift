import Glibc
import SendfileBasics
import SignedLinks

/// The command line, combined with a gate's settings.
struct CheckInput {
    let target: Target
    let socket: String?
    /// The paths on which a download from a gate depends; `nil` for another program.
    let watched: WatchedPaths?

    /// - Parameter settings: A gate's settings; `nil` for another program.
    init(_ check: Check, _ settings: GateSettings?) throws {
        if let settings {
            self.target = try Self.gate(check, settings)
            self.socket = check.socket ?? settings.socket
            self.watched = Self.watched(self.target, settings, self.socket)
        } else if let url = check.url, let file = check.file {
            self.target = try Self.download(check, url, file)
            self.socket = check.socket
            self.watched = nil
        } else {
            throw CheckFailure(.unusable, "--url or --file is missing")
        }
    }

    /// The settings of the gate to check; `nil` if another program is meant.
    static func settings(_ check: Check) throws -> GateSettings? {
        guard check.timeout > 0 else {
            throw CheckFailure(.unusable, "--timeout is \(check.timeout); set it to 1 second or more")
        }
        // Settings are a gate's. With header fields, another program behind the same web server may be meant.
        let isGate = check.gate || check.source.file != nil || Self.hasGateSettings && check.headers.isEmpty
        guard isGate || check.url == nil || check.file == nil else { return nil }
        return try check.source.settings { Gate.complain("warning: \($0)") }
    }

    private static func download(_ check: Check, _ url: String, _ file: String) throws -> Target {
        guard let url = URLText(url) else {
            throw CheckFailure(
                .unusable, "--url is \"\(url)\", which is not an http or https URL; encode spaces as %20")
        }
        let program = try Self.program(check.program)
        let hasProgram = program != nil || !check.processes.isEmpty
        return Target(
            url: url, file: try CheckedFile(file), headers: try HeaderLines.read(check.headers),
            internalPrefix: Self.prefix(check.internal ?? "/protected/"), root: try Self.root(check.root, of: file),
            publicPrefixes: check.publicPrefixes.map(Self.prefix),
            activity: hasProgram ? ProgramActivity(processes: check.processes, program: program) : nil,
            mayPost: !check.noPost, mayWrite: check.writeTestFiles, names: check.names, gate: nil)
    }

    private static func watched(_ target: Target, _ settings: GateSettings, _ socket: String?) -> WatchedPaths {
        // A setting whose value is a path: the secret's file, the access log.
        let paths = settings.source.values.filter { Setting.isKnown($0.key) && $0.value.first == UInt8(ascii: "/") }
            .values.map { String(decoding: $0, as: UTF8.self) }.sorted()
        return WatchedPaths(
            texts: WatchedPaths.system + [settings.source.file].compactMap { $0 },
            places: WatchedPaths.systemPlaces + paths + [target.file.path, socket, Self.ownPath].compactMap { $0 },
            root: target.root)
    }

    private static func gate(_ check: Check, _ settings: GateSettings) throws -> Target {
        guard let root = check.root ?? settings.root, root.hasPrefix("/") else {
            throw CheckFailure(
                .unusable, "the directory of the files is unknown: set SENDFILE_ROOT as for serve, or use --root")
        }
        var url = try Self.withoutSignature(check, settings)
        let file: String
        if let path = check.file {
            file = path.hasPrefix("/") ? path : "\(root)/\(path)"
            if let hint = MissingFile.hint(file, in: root) {
                throw CheckFailure(.unusable, "--file is \"\(file)\", which does not exist\(hint)")
            }
        } else if let named = Self.file(of: check.url, in: root, settings) {
            file = named
            if let hint = MissingFile.hint(file, in: root) {
                throw CheckFailure(
                    .unusable, "--url is a valid link, and its file \"\(file)\" does not exist\(hint)")
            }
        } else {
            do {
                file = try SampleFile.find(in: root)
            } catch let failure as CheckFailure where check.root == nil && MissingVolume.mount(root) == nil {
                let place =
                    settings.source.places["SENDFILE_ROOT"].map { "\($0): SENDFILE_ROOT is \"\(root)\": " } ?? ""
                throw CheckFailure(failure.code, place + failure.description)
            }
        }
        let trimmed = try Self.root(root, of: file)
        let path = String(file.dropFirst((trimmed ?? "").count + 1))
        // With the URL of the file, as for another program, the gate's URL is what precedes the file's path.
        let tail = "/\(PercentEncoding.text(path.utf8, keeping: PercentEncoding.pathCharacters))"
        if let whole = url, whole.hasSuffix(tail) { url = String(whole.dropLast(tail.count)) }
        let links = try GateLinks(settings, url: url, address: check.address, user: check.forUser)
        return Target(
            url: try links.url(path), file: try CheckedFile(file), headers: try HeaderLines.read(check.headers),
            internalPrefix: Self.prefix(check.internal ?? settings.internalPrefix ?? "/protected/"), root: trimmed,
            publicPrefixes: check.publicPrefixes.map(Self.prefix),
            activity: ProgramActivity(
                processes: check.processes, program: try Self.program(check.program) ?? Self.ownPath),
            mayPost: !check.noPost, mayWrite: check.writeTestFiles, names: check.names,
            standsForRoot: check.file == nil, gate: links)
    }

    /// The URL, of which a signature is removed if the gate accepts it.
    ///
    /// - Throws: ``CheckFailure`` with the reason why the gate refuses the link.
    static func withoutSignature(_ check: Check, _ settings: GateSettings) throws -> String? {
        guard let text = check.url, let url = URLText(text) else { return check.url }
        if let grant = GivenGrant(url: url, settings: settings) {
            if let flaw = grant.flaw { throw Self.refused(flaw, settings) }
            return grant.plainURL.text
        }
        if let link = GivenCDNLink(url: url, settings: settings) {
            if let flaw = link.flaw { throw Self.refused(flaw, settings, isSignedHere: false) }
            return link.plainURL.text
        }
        guard url.query != "" else { return check.url }
        let binding = LinkBinding(
            clientAddress: settings.bindings.contains(.address) ? check.address : nil,
            user: settings.bindings.contains(.user) ? check.forUser : nil,
            method: settings.bindings.contains(.method) ? "GET" : nil)
        if let flaw = GivenLink(url: url, settings: settings, binding: binding).flaw() {
            throw Self.refused(flaw, settings)
        }
        return url.at(url.path).text
    }

    /// - Parameter isSignedHere: Whether the link was signed with one of the gate's secrets.
    private static func refused(_ flaw: String, _ settings: GateSettings, isSignedHere: Bool = true) -> CheckFailure {
        CheckFailure(
            .unusable, "--url is a link that the gate refuses: \(flaw)\(Self.places(flaw, settings, isSignedHere))")
    }

    /// The places of the settings that a reason names; that of the secret for a reason that names none.
    private static func places(_ flaw: String, _ settings: GateSettings, _ isSignedHere: Bool) -> String {
        var names = settings.source.places.keys.filter { flaw.contains($0) }.sorted()
        if names.isEmpty, isSignedHere { names = ["SENDFILE_LINK_SECRET", "SENDFILE_LINK_SECRET_FILE"] }
        let places = names.compactMap { name in settings.source.places[name].map { "\($0): \(name)" } }
        let secret = isSignedHere && (flaw.contains("key") || flaw.contains("secret")) ? settings.secretFile : nil
        let all = places + (secret.map { ["the keys of \($0): \(Self.keyNames(in: $0))"] } ?? [])
        return all.isEmpty ? "" : "   (\(all.joined(separator: "; ")))"
    }

    /// The names of the keys in a file of secrets, with their lines; not the secrets.
    private static func keyNames(in file: String) -> String {
        PlainLines.read(file).map { line in
            let name = line.name.firstIndex(of: ":").map { String(line.name[..<$0]) }
            return "line \(line.line) has \(name.map { "the name \($0.debugDescription)" } ?? "no name")"
        }.joined(separator: ", ")
    }

    /// The file of a link.
    private static func file(of link: String?, in root: String, _ settings: GateSettings) -> String? {
        guard let link = link.flatMap({ URLText($0) }) else { return nil }
        let grant = GivenGrant(url: link, settings: settings)
        guard grant != nil || link.query != "" else { return nil }
        let url = grant?.plainURL ?? link
        let path = String(decoding: PercentEncoding.decode(url.path.utf8), as: UTF8.self)
        guard path.hasPrefix("\(settings.prefix)/") else { return nil }
        let file = root + path.dropFirst(settings.prefix.count)
        return access(file, R_OK) == 0 || errno == ENOENT || errno == ENOTDIR ? file : nil
    }

    /// Whether the environment contains a gate's settings.
    private static var hasGateSettings: Bool {
        for name in ["SENDFILE_LINK_SECRET", "SENDFILE_LINK_SECRET_FILE"] {
            if let value = getenv(name), value.pointee != 0 { return true }
        }
        return false
    }

    /// The program's path as the kernel reports it.
    private static func program(_ path: String?) throws -> String? {
        guard let path else { return nil }
        guard let resolved = realpath(path, nil) else {
            throw CheckFailure(.unusable, "--program is \"\(path)\", which does not exist")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The path of this program, which is also the one that runs serve.
    private static var ownPath: String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : nil
    }

    /// Removes slashes at the end.
    private static func root(_ path: String?, of file: String) throws -> String? {
        var root = path
        while let path = root, path.hasSuffix("/") { root = String(path.dropLast()) }
        if let root, !file.hasPrefix("\(root)/") {
            throw CheckFailure(.unusable, "--root is \"\(root)\", which does not contain --file \"\(file)\"")
        }
        return root
    }

    /// Adds a slash at both ends.
    private static func prefix(_ text: String) -> String {
        let parts = text.split(separator: "/")
        return parts.isEmpty ? "/" : "/\(parts.joined(separator: "/"))/"
    }
}
