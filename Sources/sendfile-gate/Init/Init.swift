import ArgumentParser
import Glibc
import SignedLinks
import SystemPackage

/// Sets up the gate behind the web server of this machine.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set up the gate behind the web server of this machine.",
        discussion: """
            Makes a secret, writes the settings of the gate and the configuration of the web server, tests it, starts the \
            gate with systemd, runs check, and prints a link that works. Run it as root, on Debian 12 or newer.

              sendfile-gate init --server nginx --root /srv/reports \\
                --url https://example.org/files/

            An option that is missing is asked for on a terminal. Before anything is changed, the plan is printed; \
            with --dry-run it is printed with the content of the files, and nothing is changed. A file that exists with \
            other content is never overwritten. If a step fails, all previous steps are undone. Repeat the command at \
            any time: a step that is done already is left out.

            With nginx, an include line must be in the server block of the URL's host. It is inserted into Debian's default \
            site if that file is unchanged. A file of your own is changed only with --edit, and a copy is kept in \
            /var/backups.

            Exit status: 0 the link works; 1 the gate is set up, and a check failed; 64 an option that is invalid or does \
            not fit this machine; 69 a command of the web server or of systemd failed; 73 a file of yours would have to be \
            changed; 77 not root.
            """)

    @Option(help: ArgumentHelp("The web server: nginx, lighttpd or apache.", valueName: "name"))
    var server: SetupServer?

    @Option(help: ArgumentHelp("The directory of the files; an absolute path.", valueName: "path"))
    var root: String?

    @Option(
        help: ArgumentHelp("The URL that precedes every link, such as https://example.org/files/.", valueName: "url"))
    var url: String?

    @Flag(help: "Insert the include line into a file of your own (nginx).")
    var edit = false

    @Flag(help: "Print the plan with the content of the files, and change nothing.")
    var dryRun = false

    @Flag(help: "Let the final check accept any certificate.")
    var insecure = false

    func run() async throws {
        try await Gate.run {
            guard geteuid() == 0 else {
                throw GateError(
                    .noPermission,
                    "only root can set up a web server, and test its configuration for --dry-run; run this command with sudo"
                )
            }
            let questions = SetupQuestions()
            let server = try SetupServer.choose(self.server, questions)
            let request = try SetupRequest(
                server: server, root: self.root ?? questions.root(), url: self.url ?? questions.url(),
                mayEdit: self.edit)
            let facts = try await MachineFacts(request)
            let plan: SetupPlan
            do throws(SetupRefusal) {
                plan = try SetupPlanner(request, facts).plan()
            } catch {
                guard case .edit(let path, let line, let text) = error, questions.allowsEdit(path, line, text) else {
                    throw error.gateError
                }
                do throws(SetupRefusal) {
                    plan = try SetupPlanner(request.allowingEdit, facts).plan()
                } catch {
                    throw error.gateError
                }
            }
            try Self.write(plan.text(withContents: self.dryRun))
            if self.dryRun { return }
            try await SetupRunner().run(plan)
            guard plan.start.isEmpty else {
                try Self.write("\nThis machine has no systemd. Start the gate, and then check it:\n\n")
                return try Self.write(plan.start.map { "  \($0)\n" }.joined())
            }
            let probe = GateProbe(url: request.url.text)
            try await self.check(request, connectingTo: probe.address(hasReloaded: !plan.steps.isEmpty))
        }
    }

    /// Runs check with the real URL, and prints a link.
    ///
    /// - Parameter address: The address to connect to, if the URL's host does not lead to this machine.
    private func check(_ request: SetupRequest, connectingTo address: String?) async throws {
        var check = [
            "--config", GatePaths.settings, "--url", request.url.text, "--server", request.server.rawValue,
            "--socket", GatePaths.socket,
        ]
        if let address { check += ["--connect-to", address] }
        if self.insecure { check.append("--insecure") }
        let shown = "sendfile-gate check " + check.map(\.quotedForShell).joined(separator: " ")
        let file: String
        do {
            file = try SampleFile.find(in: request.root)
            // A root may contain files that no link returns. That is not a fault of the setup.
            check += ["--file", file]
        } catch {
            return try Self.write(
                """

                The gate is set up. \(request.root) contains no file yet: put one there, and then run
                  \(shown)
                  \(self.linkCommand(request, "FILE"))

                """)
        }
        if let address {
            try Self.write("\n\(request.host) does not lead to this machine yet, so check connects to \(address).\n")
        }
        try Self.write("\n")
        do {
            try await Check.parse(check).run()
        } catch {
            Gate.complain("the gate is set up, but the check failed; after the remedy, run: \(shown)")
            throw error
        }
        let settings = try GateSettings(SettingsSource(environment: [:], file: GatePaths.settings))
        let path = String(file.dropFirst(request.root.count + 1))
        let link = try settings.links.link(
            to: path, expires: .now + settings.timeout,
            binding: LinkBinding(method: settings.bindings.contains(.method) ? "GET" : nil))
        try Self.write(
            """

            More links: \(self.linkCommand(request, "FILE"))
            For your site, the secret is in \(GatePaths.secret).
            A link that works\(address == nil ? "" : " as soon as \(request.host) leads to this machine"):
            \(request.url.origin)\(request.prefix)\(link)

            """)
    }

    private func linkCommand(_ request: SetupRequest, _ file: String) -> String {
        "sendfile-gate link \(file) --config \(GatePaths.settings) --base \(request.url.text.quotedForShell)"
    }

    private static func write(_ text: String) throws {
        try FileDescriptor.standardOutput.writeAll(text.utf8)
    }
}

/// The gate's files on a machine that init has set up.
enum GatePaths {
    static let directory = "/etc/sendfile-gate"
    static let settings = "/etc/sendfile-gate/sendfile-gate.conf"
    static let secret = "/etc/sendfile-gate/secret"
    /// The group of the web servers on Debian, of which the gate is a member.
    static let group = "www-data"
    /// The socket of the systemd unit.
    static let socket = "/run/sendfile-gate.sock"
    /// The socket without systemd: in a directory that the group can write.
    static let ownSocket = "/run/sendfile-gate/gate.sock"
}
