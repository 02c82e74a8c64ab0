import Glibc

/// The state of this machine that a plan depends on.
struct MachineFacts: Sendable {
    /// The absolute path of this program.
    var program = "/usr/bin/sendfile-gate"
    /// Whether systemd runs this machine.
    var hasSystemd = true
    var isSocketEnabled = false
    var isSocketActive = false
    /// The web server's configuration in force, in the format of ``SetupServer/dump``.
    var configuration = ""
    /// Whether the web server runs.
    var isServerActive = true
    /// The programs that listen on the URL's port.
    var portHolders: Set<String> = []
    /// Whether the gate already answers at the URL.
    var isServed = false
    /// The https URL of the same host to which the running web server redirects the http URL.
    var redirect: String?
    /// Why the files of the root cannot be read, with the remedy; `nil` if they can.
    var obstacle: String?
    /// The configuration files of the web server's package whose content is the package's.
    var unchangedFiles: Set<String> = []
    /// Reads a file.
    var file: @Sendable (String) throws -> FileState?
    /// Whether a user is a member of the web servers' group.
    var isMember: @Sendable (String) -> Bool = { _ in true }
    /// The path without symbolic links; `nil` if it does not exist.
    var resolved: @Sendable (String) -> String?

    init(
        file: @escaping @Sendable (String) throws -> FileState?,
        resolved: @escaping @Sendable (String) -> String? = { $0 }
    ) {
        self.file = file
        self.resolved = resolved
    }

    /// Looks at this machine.
    init(_ request: SetupRequest) async throws {
        self.init(file: FileState.read, resolved: CheckedFile.resolved)
        self.isMember = { name in
            guard let user = LocalUser(named: name), let group = getgrnam(GatePaths.group) else { return false }
            return user.groups.contains(group.pointee.gr_gid)
        }
        self.program = CheckedFile.resolved("/proc/self/exe") ?? self.program
        self.hasSystemd = access("/run/systemd/system", F_OK) == 0
        if self.hasSystemd {
            let unit = "sendfile-gate.socket"
            self.isSocketEnabled =
                try await CommandRun(["systemctl", "--quiet", "is-enabled", unit])?.succeeded ?? false
            self.isSocketActive = try await CommandRun(["systemctl", "--quiet", "is-active", unit])?.succeeded ?? false
            self.isServerActive =
                try await CommandRun(["systemctl", "--quiet", "is-active", request.server.package])?.succeeded ?? false
        }
        self.portHolders = try PortHolders.names(of: request.port)
        let probe = GateProbe(url: request.url.text)
        self.isServed = try await probe.isServed()
        if !request.isSecure { self.redirect = try await probe.redirect() }
        self.obstacle = RootAccess.obstacle(of: request.root)
        let title = request.server.title
        let reason = "\(title)'s configuration is invalid already, and nothing was changed"
        try await CommandRun.succeed(request.server.test, failing: reason)
        self.configuration = try await CommandRun.succeed(request.server.dump, failing: reason)
        self.unchangedFiles = try await Self.unchangedFiles(of: request.server)
    }

    /// The configuration files that dpkg installed, except those that it finds changed.
    private static func unchangedFiles(of server: SetupServer) async throws -> Set<String> {
        guard server == .nginx,
            let list = try await CommandRun(["dpkg-query", "--show", "--showformat=${Conffiles}\n", "nginx-common"]),
            let changed = try await CommandRun(["dpkg", "--verify", "nginx-common"])
        else { return [] }
        // " /etc/nginx/nginx.conf 0123456789abcdef" and "??5?????? c /etc/nginx/nginx.conf"
        let paths = list.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
        let others = changed.output.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        return Set(paths).subtracting(others)
    }
}
