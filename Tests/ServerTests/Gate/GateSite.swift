import Glibc
import Sendfile

/// A running web server with sendfile-gate, configured by the files of `conf`.
final class GateSite: Sendable {
    /// The parameters of a site; each site is started once.
    struct Setup: Hashable, Sendable {
        var server: WebServer
        var format = "hmac"
        /// Settings in addition to those of `conf`, or instead of them.
        var settings: [String: String] = [:]
        /// Whether the gate serves only the URLs below `/downloads`, as the comments in `conf` describe.
        var isPart = false
        /// Options of the server's `gate.conf`, whose lines begin with the name.
        var options: [String] = []
        /// Faults: texts of the configuration, and what replaces them.
        var edits: [String: String] = [:]
        /// Whether only root can read the secret.
        var secretIsClosed = false
        /// The secret file; `nil` for ``GateSite/secret`` alone.
        var secrets: String?
        /// The port of an application, to which the web server passes all other requests if the gate serves a part of
        /// the site.
        var application: UInt16?

        /// Whether the site has a fault, so that the gate's own response cannot be expected.
        fileprivate var isBroken: Bool { !self.edits.isEmpty || self.secretIsClosed }
    }

    /// The servers that have a `gate.conf` in `conf`.
    static let servers: [WebServer] = [.lighttpd, .nginx, .apacheFcgid]

    /// The secret of every gate. It must not be visible anywhere, and differs between test runs, which may overlap.
    static let secret = "the-secret-of-the-gate-\(getpid())-that-must-not-be-seen"

    let setup: Setup
    let port: UInt16
    let directory: String
    private let processes: [ChildProcess]

    /// The site of a setup, which tests share. It is started on first use, and ends when as many others have been used since as are kept and no
    /// test has it: a sanitizer multiplies the memory of a gate.
    static func shared(_ setup: Setup) throws -> GateSite {
        try self.sites.withLock { sites in
            let site: GateSite
            if let index = sites.firstIndex(where: { $0.setup == setup }) {
                site = sites.remove(at: index)
            } else {
                do {
                    site = try GateSite(setup)
                } catch {
                    // Another process may take a free port.
                    site = try GateSite(setup)
                }
            }
            sites.append(site)
            if sites.count > self.mostSites { sites.removeFirst() }
            return site
        }
    }

    /// The sites that run, with the one that was used last at the end.
    private static let sites = Locked<[GateSite]>([])
    private static let mostSites = 32

    private init(_ setup: Setup) throws {
        self.setup = setup
        let workspace = try Workspace.shared
        let server = setup.server
        self.directory = try workspace.makeDirectory("gate-\(server.folder)")
        self.port = try Address.freePort()
        let secret = "\(self.directory)/secret"
        try Files.write(setup.secrets ?? "\(Self.secret)\n", to: secret, mode: 0o400)
        // systemd reads the file as root; with the other servers, the program reads it as the server's user.
        if server.startsProgram, !setup.secretIsClosed { try Files.giveToServer(secret) }
        let values = [
            "PORT": String(self.port), "PROGRAM": workspace.gate, "SOCKET": "\(self.directory)/gate.sock",
            "ROOT": workspace.root, "RUN": self.directory, "SECRET": secret,
        ]
        let main = server == .apacheFcgid ? "apache2.conf" : "\(server.folder).conf"
        try ConfigurationFiles.fill(server.folder, into: self.directory, values: values, files: [main, "gate.conf"])
        let include = server == .apacheFcgid ? "Include fcgid.conf" : "include \"sendfile.conf\""
        for option in setup.options {
            try ConfigurationFiles.enable(option, in: self.directory, files: [main, "gate.conf"])
        }
        try ConfigurationFiles.change(
            server == .nginx
                ? ["include sendfile.conf;": "include gate.conf;"]
                : [include: include.replacing(/(sendfile|fcgid)\.conf/, with: "gate.conf")], in: self.directory)

        if setup.isPart {
            let (old, new) =
                switch server {
                case .lighttpd: ("\"/\" =>", "\"/downloads\" =>")
                case .nginx: ("location / {", "location /downloads/ {")
                default: ("<Location \"/\">", "<Location \"/downloads/\">")
                }
            try ConfigurationFiles.change([old: new], in: self.directory)
        }
        if let port = setup.application {
            try ConfigurationFiles.change(
                Self.application(at: port, behind: server, root: workspace.root), in: self.directory)
        }
        try ConfigurationFiles.change(
            setup.edits.mapValues { [directory = self.directory] in $0.replacing("@RUN@", with: directory) },
            in: self.directory)
        let settings = setup.settings.merging(["SENDFILE_LINK_FORMAT": setup.format]) { $1 }
        var processes: [ChildProcess] = []
        if server.startsProgram {
            try Self.set(settings, in: "\(self.directory)/gate.conf")
        } else {
            let units = ["sendfile-gate.socket", "sendfile-gate.service"]
            try ConfigurationFiles.fill("systemd", into: self.directory, values: values, files: units)
            try Self.set(settings, in: "\(self.directory)/sendfile-gate.service")
            let service = try SystemdService(unitsIn: self.directory, name: "sendfile-gate")
            processes.append(try service.start(log: "\(self.directory)/program.log"))
        }
        processes.append(try ChildProcess(server.command(run: self.directory), log: "\(self.directory)/server.log"))
        self.processes = processes

        let deadline = time(nil) + Socket.patience
        // The gate's response to a URL without a signature.
        while true {
            let status = try? self.client.get("/downloads/").status
            if setup.isBroken ? status != nil : status == 404 { break }
            guard processes.allSatisfy(\.isRunning), time(nil) < deadline else {
                for process in processes where process.isRunning { process.signal(SIGKILL) }
                for process in processes { _ = try process.waitForEnd() }
                throw Failure("the gate behind \(server.rawValue) does not answer.\n\(self.logs)")
            }
            usleep(10_000)
        }
    }

    deinit {
        // The web server first, because some start the gate again.
        for process in self.processes.reversed() where process.isRunning {
            process.signal(SIGTERM)
            _ = try? process.waitForEnd()
        }
    }

    var client: HTTPClient { HTTPClient(port: self.port) }

    /// The settings with which `sendfile-gate link` makes links for this site.
    var environment: [String: String] {
        get throws {
            self.setup.settings.merging([
                "SENDFILE_ROOT": try Workspace.shared.root, "SENDFILE_LINK_FORMAT": self.setup.format,
                "SENDFILE_LINK_SECRET_FILE": "\(self.directory)/secret",
            ]) { $1 }
        }
    }

    /// A link as printed by the program, without the line end.
    func link(_ arguments: String...) throws -> String {
        let run = try GateRun(["link"] + arguments, environment: self.environment)
        guard run.end == .exited(0), run.output.hasSuffix("\n") else { throw Failure("no link: \(run.errors)") }
        return String(run.output.dropLast())
    }

    /// The processes of the gate.
    var programs: [ProcessStatistics] {
        get throws {
            let program = Sanitizer.executable(of: try Workspace.shared.gate)
            return try Files.names(in: "/proc").compactMap { pid_t($0) }.filter { pid in
                guard let text = try? Files.text("/proc/\(pid)/cmdline"), text.hasPrefix(program) else { return false }
                return (try? Files.text("/proc/\(pid)/environ"))?.contains(self.directory) == true
            }.map { ProcessStatistics(pid: $0) }
        }
    }

    /// The program's socket.
    var socket: String {
        get throws {
            switch self.setup.server {
            case .lighttpd: return "\(self.directory)/gate.sock-0"
            case .nginx: return "\(self.directory)/gate.sock"
            default:
                // mod_fcgid names it after its process.
                let names = try Files.names(in: self.directory).filter { $0.contains(/^[0-9]+\.[0-9]+$/) }
                guard names.count == 1 else { throw Failure("the sockets of mod_fcgid: \(names)") }
                return "\(self.directory)/\(names[0])"
            }
        }
    }

    /// The log output of the server and the program.
    var logs: String {
        let names = (try? Files.names(in: self.directory)) ?? []
        return names.filter { $0.hasSuffix(".log") }.map { name in
            "--- \(name)\n\((try? Files.text("\(self.directory)/\(name)")) ?? "cannot be read\n")"
        }.joined()
    }

    /// The log output of the program, and of the servers that keep it in a file of theirs.
    var programLog: String {
        let name = [WebServer.lighttpd: "server.log", .nginx: "program.log"][self.setup.server] ?? "error.log"
        return (try? Files.text("\(self.directory)/\(name)")) ?? ""
    }

    /// Changes settings as an operator would: beside SENDFILE_DISPOSITION, which every file contains, or in place.
    private static func set(_ settings: [String: String], in path: String) throws {
        var lines = try Files.text(path).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let model = lines.firstIndex(where: { $0.contains("SENDFILE_DISPOSITION") }) else {
            throw Failure("\(path) does not set SENDFILE_DISPOSITION")
        }
        let line = lines[model]
        for (name, value) in settings {
            let new = line.replacing("SENDFILE_DISPOSITION", with: name).replacing("attachment", with: value)
            let old = lines.firstIndex { line in
                !line.drop { $0 == " " }.hasPrefix("#")
                    && line.split { !($0.isLetter || $0 == "_") }.contains { $0 == name }
            }
            if let old { lines[old] = new } else { lines.insert(new, at: model) }
        }
        try Files.write(lines.joined(separator: "\n"), to: path)
    }
}
