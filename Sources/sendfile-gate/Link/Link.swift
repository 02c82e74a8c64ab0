import ArgumentParser
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SendfileBasics
import SignedLinks
import SystemPackage

/// Prints a link.
struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a link that expires.",
        discussion: """
            Reads the settings of serve, so that both agree: run it with the same environment or the same --config. The \
            link is one line on standard output; warnings and errors are on standard error.

              sendfile-gate link reports/q3.pdf
              sendfile-gate link q3.pdf --expires 7d --base https://example.org/dl/
              sendfile-gate link tmp/4711.pdf --name 'Q3 report.pdf' --for-user alice
              sendfile-gate link films/7/index.m3u8 --grant cookie --covers 'films/7/*'

            For a file that does not exist, a link and a warning are printed: the file may be created later, or on \
            another machine. The exit status is 0 if a link was printed, 64 for an invalid option or path, 66 or 77 for a \
            settings file that does not exist or cannot be read, 74 if writing to standard output fails, 78 for an invalid \
            setting. sendfile-gate help serve lists the settings.
            """)

    @Argument(help: "The file's path below SENDFILE_ROOT: ada/q3.pdf for /srv/reports/ada/q3.pdf.")
    var path: String

    @Option(
        help: ArgumentHelp(
            "The lifetime of the link: 90s, 30m, 1h, 7d, 2w or seconds; or its end: a date such as 2027-01-31 (the end of the day) or 2027-01-31T18:00, or @ and seconds since 1970.",
            discussion: "By default SENDFILE_LINK_TIMEOUT.", valueName: "time"))
    var expires: String?

    @Option(help: "The name under which the file is saved; included in the signature (format hmac only).")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The URL to prepend to the link.",
            discussion: "By default SENDFILE_LINK_PREFIX, which is also added to a URL without a path.",
            valueName: "url"))
    var base: String?

    @Option(
        name: .customLong("for-address"),
        help: ArgumentHelp(
            "The client's address, if links are bound to one; with --grant, as for --network.", valueName: "address"))
    var address: String?

    @Option(
        name: .customLong("for-user"),
        help: ArgumentHelp(
            "The user name as the web server passes it, if links are bound to one, or for a grant.", valueName: "user"))
    var user: String?

    @OptionGroup(title: "Options of a grant") var grants: GrantOptions

    @OptionGroup var source: SettingsOption

    func run() async throws {
        try await Gate.run {
            let settings = try self.source.settings { Gate.complain("warning: \($0)") }
            let now = LinkTime.now
            let end = try self.duration(settings).end(from: now)
            guard end <= now + settings.longest else {
                throw GateError(
                    .usage,
                    "the link would expire later than SENDFILE_LINK_LONGEST (\(DurationText.text(settings.longest))) allows, "
                        + "and serve would refuse it; give an earlier end in seconds, not in milliseconds")
            }
            let base = try self.base(settings)
            try self.refuseWholePath(settings)
            let link =
                if let place = try self.grants.place() {
                    try self.link(with: self.grants, in: place, settings, until: end, at: now)
                } else {
                    try self.link(settings, until: end, at: now)
                }
            self.warnIfMissing(settings)
            // Not print(), because the exit status must tell a script that writing the link failed.
            do {
                try FileDescriptor.standardOutput.writeAll("\(base)\(link)\n".utf8)
            } catch {
                throw GateError(.output, "the link cannot be written to standard output: \(error)")
            }
        }
    }

    /// Makes a link without a grant.
    private func link(_ settings: GateSettings, until end: LinkTime, at now: LinkTime) throws -> String {
        let link: String
        do {
            link = try settings.links.link(
                to: self.path, expires: end, name: self.name, binding: self.binding(settings))
        } catch let error as SignedLinksError {
            throw GateError(.usage, "\(error)")
        }
        try self.warn(about: link, settings, at: now)
        return link
    }

    private func duration(_ settings: GateSettings) throws(GateError) -> LinkDuration {
        guard let expires else { return .lasting(settings.timeout) }
        guard let duration = LinkDuration(expires) else {
            throw GateError(
                .usage,
                "--expires is \(expires.debugDescription), which is not \(LinkDuration.form), \(LinkDuration.endForm)"
            )
        }
        return duration
    }

    /// The text before the link, without a slash at the end.
    private func base(_ settings: GateSettings) throws(GateError) -> String {
        guard var base = self.base else {
            return String(decoding: PercentEncoding.encodePath(settings.prefix.utf8), as: UTF8.self)
        }
        guard base.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"?#\"<>".utf8.contains($0) }) else {
            throw GateError(
                .usage,
                "--base is \(base.debugDescription), which is not the beginning of a URL, such as https://example.org/downloads/"
            )
        }
        while base.hasSuffix("/") { base.removeLast() }
        let prefix = String(decoding: PercentEncoding.encodePath(settings.prefix.utf8), as: UTF8.self)
        if !prefix.isEmpty, !base.hasSuffix(prefix) {
            guard let separator = base.firstRange(of: "://"), !base[separator.upperBound...].contains("/") else {
                Gate.complain(
                    "warning: --base is \(base.debugDescription), which does not end with SENDFILE_LINK_PREFIX, \(prefix)/"
                )
                return base
            }
            base += prefix
        }
        return base
    }

    /// The values to which the link is bound: exactly those that the settings require.
    private func binding(_ settings: GateSettings) throws(GateError) -> LinkBinding {
        for (option, value, binding) in [
            ("--for-address", self.address, GateSettings.Binding.address), ("--for-user", self.user, .user),
        ] {
            switch (value, settings.bindings.contains(binding)) {
            case (nil, true), ("", true):
                throw GateError(
                    .usage, "links are bound to the \(binding) (SENDFILE_LINK_BINDING); add \(option)")
            case (_?, false):
                throw GateError(
                    .usage,
                    "\(option) has no effect: set SENDFILE_LINK_BINDING to \(binding), here and for serve")
            default: continue
            }
        }
        return LinkBinding(
            clientAddress: self.address, user: self.user, method: settings.bindings.contains(.method) ? "GET" : nil)
    }

    /// Warns if serve would refuse the link now. If a format cannot express the link's lifetime, the link becomes valid
    /// later, too.
    private func warn(about link: String, _ settings: GateSettings, at now: LinkTime) throws {
        let parts = link.split(separator: "?", maxSplits: 1)
        let verdict = settings.links.verify(
            path: PercentEncoding.decode(parts[0].utf8), query: parts.count > 1 ? String(parts[1]) : "", at: now,
            binding: try self.binding(settings))
        switch verdict {
        case .valid: return
        case .expired: Gate.complain("warning: the link has expired already")
        case .invalid(let flaw):
            Gate.complain(
                "warning: the link is not valid now: \(flaw); links of the format \(settings.format) contain their creation time, so "
                    + "for a longer lifetime raise SENDFILE_LINK_TIMEOUT, here and for serve")
        }
    }

    /// Refuses a path that is the file's absolute path on this machine, because serve would look for it below the root.
    /// Such a link can never work.
    private func refuseWholePath(_ settings: GateSettings) throws(GateError) {
        guard var root = settings.root else { return }
        while root.hasSuffix("/") { root.removeLast() }
        guard !root.isEmpty, self.path.hasPrefix("\(root)/"), (try? self.isThere(below: root)) != true else { return }
        let path = self.path.dropFirst(root.count).drop { $0 == "/" }
        guard !path.isEmpty else { return }
        throw GateError(
            .usage,
            "the path is \(self.path.debugDescription), which is the file's absolute path; below SENDFILE_ROOT it is "
                + String(path).debugDescription)
    }

    /// Whether serve would find the file.
    private func isThere(below root: String) throws -> Bool { try self.tag(below: root) != nil }

    /// The `ETag` of the file without quotes; `nil` if serve would not find it.
    func tag(below root: String) throws -> String? {
        let logger = Logger(label: "link") { _ in SwiftLogNoOpLogHandler() }
        let sendfile = try Sendfile(root: root, backend: .stream, logger: logger)
        let request = HTTPRequest(method: .head, scheme: nil, authority: nil, path: nil)
        let path = self.path.hasPrefix("/") ? String(self.path.dropFirst()) : self.path
        return try sendfile(request, path).version
    }

    /// Warns if serve would answer with 404. This is not an error: the file may be created later, or exist on another
    /// machine.
    private func warnIfMissing(_ settings: GateSettings) {
        guard let root = settings.root else { return }
        do {
            guard try !self.isThere(below: root) else { return }
            Gate.complain(
                "warning: SENDFILE_ROOT (\(root.debugDescription)) contains no file \(self.path.debugDescription) that this user "
                    + "can read")
        } catch {
            Gate.complain("warning: \(error)")
        }
    }
}
