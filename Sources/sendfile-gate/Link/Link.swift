import ArgumentParser
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SignedLinks
import SystemPackage

/// Makes a link.
struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a link that expires.",
        discussion: """
            Reads the settings that serve reads, so that both agree: run it with the same environment, or the same \
            --config. The link is one line on standard output; whatever is to be said besides is on standard error.

              sendfile-gate link reports/q3.pdf
              sendfile-gate link q3.pdf --expires 7d --base https://example.org/dl/
              sendfile-gate link tmp/4711.pdf --name 'Q3 report.pdf' --for-user alice

            A file that is not there gets a link all the same, and a warning: it may be made later, or on another machine. \
            The status is 0 whenever a link was printed, 64 for an option or a path that cannot be, 66 and 77 for a file of settings \
            that is not there or cannot be read, 74 if standard output takes nothing, 78 for a setting. sendfile-gate help \
            serve lists the settings.
            """)

    @Argument(help: "The file's path below SENDFILE_ROOT: ada/q3.pdf for /srv/reports/ada/q3.pdf.")
    var path: String

    @Option(
        help: ArgumentHelp(
            "How long the link is good for: 90s, 30m, 1h, 7d, seconds, or until @ and seconds since 1970.",
            discussion: "SENDFILE_LINK_TIMEOUT without it.", valueName: "time"))
    var expires: String?

    @Option(help: "The name that the file is saved under; part of what is signed (format hmac only).")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The URL that the link is put behind.", discussion: "SENDFILE_LINK_PREFIX without it.", valueName: "url"))
    var base: String?

    @Option(
        name: .customLong("for-address"),
        help: ArgumentHelp("The client's address, where links are bound to one.", valueName: "address"))
    var address: String?

    @Option(
        name: .customLong("for-user"),
        help: ArgumentHelp("The user as the web server names them, where links are bound to one.", valueName: "user"))
    var user: String?

    @OptionGroup var source: SettingsOption

    func run() async throws {
        try await Gate.run {
            let settings = try self.source.settings { Gate.complain("warning: \($0)") }
            let now = Int64(time(nil))
            let end = try self.duration(settings).end(from: now)
            let base = try self.base(settings)
            try self.refuseWholePath(settings)
            let link: String
            do {
                link = try settings.links.link(
                    to: self.path, expires: end, name: self.name, binding: self.binding(settings))
            } catch let error as SignedLinksError {
                throw GateError(.usage, "\(error)")
            }
            try self.warn(about: link, settings, at: now)
            self.warnIfMissing(settings)
            // Not print(): a script has to see from the status that the link did not get out.
            do {
                try FileDescriptor.standardOutput.writeAll("\(base)\(link)\n".utf8)
            } catch {
                throw GateError(.output, "the link cannot be written to standard output: \(error)")
            }
        }
    }

    private func duration(_ settings: GateSettings) throws(GateError) -> LinkDuration {
        guard let expires else { return .lasting(settings.timeout) }
        guard let duration = LinkDuration(expires) else {
            throw GateError(
                .usage,
                "--expires is \(expires.debugDescription), which is not \(LinkDuration.form), or @ and seconds since 1970"
            )
        }
        return duration
    }

    /// What stands before the link, without a slash at the end.
    private func base(_ settings: GateSettings) throws(GateError) -> String {
        guard var base = self.base else {
            return String(decoding: PercentEncoding.encodePath(settings.prefix.utf8), as: UTF8.self)
        }
        guard base.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"?#\"<>".utf8.contains($0) }) else {
            throw GateError(
                .usage,
                "--base is \(base.debugDescription), which is not the beginning of a URL, as https://example.org/downloads/"
            )
        }
        while base.hasSuffix("/") { base.removeLast() }
        return base
    }

    /// What the link is bound to: what the settings say, no more and no less.
    private func binding(_ settings: GateSettings) throws(GateError) -> LinkBinding {
        for (option, value, binding) in [
            ("--for-address", self.address, GateSettings.Binding.address), ("--for-user", self.user, .user),
        ] {
            switch (value, settings.bindings.contains(binding)) {
            case (nil, true), ("", true):
                throw GateError(
                    .usage, "links are bound to the \(binding) (SENDFILE_LINK_BINDING); say which with \(option)")
            case (_?, false):
                throw GateError(
                    .usage,
                    "\(option) binds nothing: set SENDFILE_LINK_BINDING to \(binding), here and for serve")
            default: continue
            }
        }
        return LinkBinding(
            clientAddress: self.address, user: self.user, method: settings.bindings.contains(.method) ? "GET" : nil)
    }

    /// Says so if serve would not take the link now: one that ends later than its format can say begins later, too.
    private func warn(about link: String, _ settings: GateSettings, at now: Int64) throws {
        let parts = link.split(separator: "?", maxSplits: 1)
        let verdict = settings.links.verify(
            path: PercentEncoding.decode(parts[0].utf8), query: parts.count > 1 ? String(parts[1]) : "", at: now,
            binding: try self.binding(settings))
        switch verdict {
        case .valid: return
        case .expired: Gate.complain("warning: the link has expired already")
        case .invalid(let flaw):
            Gate.complain(
                "warning: the link is not good now: \(flaw); links of the format \(settings.format) say when they were made, so "
                    + "for longer ones raise SENDFILE_LINK_TIMEOUT, here and for serve")
        }
    }

    /// Ends here if the path is the file's place on this machine: serve would look for it below the root once more. A link that
    /// can never be good is a mistake.
    private func refuseWholePath(_ settings: GateSettings) throws(GateError) {
        guard var root = settings.root else { return }
        while root.hasSuffix("/") { root.removeLast() }
        guard !root.isEmpty, self.path.hasPrefix("\(root)/"), (try? self.isThere(below: root)) != true else { return }
        let path = self.path.dropFirst(root.count).drop { $0 == "/" }
        guard !path.isEmpty else { return }
        throw GateError(
            .usage,
            "the path is \(self.path.debugDescription), which is the file's place on this machine; below SENDFILE_ROOT it is "
                + String(path).debugDescription)
    }

    /// Whether serve would find the file.
    private func isThere(below root: String) throws -> Bool {
        let logger = Logger(label: "link") { _ in SwiftLogNoOpLogHandler() }
        let sendfile = try Sendfile(root: root, backend: .stream, logger: logger)
        let request = HTTPRequest(method: .head, scheme: nil, authority: nil, path: nil)
        let path = self.path.hasPrefix("/") ? String(self.path.dropFirst()) : self.path
        return try sendfile(request, path).status == .ok
    }

    /// Says so if serve would answer with 404. Not an error: the file may be made later, or be on another machine.
    private func warnIfMissing(_ settings: GateSettings) {
        guard let root = settings.root else { return }
        do {
            guard try !self.isThere(below: root) else { return }
            Gate.complain(
                "warning: below SENDFILE_ROOT (\(root.debugDescription)) there is no file \(self.path.debugDescription) that this "
                    + "user can read")
        } catch {
            Gate.complain("warning: \(error)")
        }
    }
}
