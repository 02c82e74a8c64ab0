import Glibc

/// A gate behind each web server of a machine, with the same keys and one ledger in the Valkey or Redis server of the release.
struct MachineGates {
    let machine: Machine
    let sites: [MachineSite]
    private let ledger: (service: String, configuration: String)

    static let films = "\(Machine.root)/films"
    /// A file that a download manager fetches in parts, and one for a rate.
    static let (big, rated) = ((name: "films/big.bin", size: 12 << 20), (name: "films/rated.bin", size: 400_000))

    private static let password = "the-password-of-the-ledger"
    private static let keys = "/etc/sendfile-gate-keys"
    private static let logs = "/var/log/gates"
    /// The directory of the log of a program that systemd starts.
    private static let unitLogs = "gate-of-the-unit"
    private static let ledgerSettings = [
        ("SENDFILE_GRANT_LEDGER", "valkey://127.0.0.1:6379"), ("SENDFILE_GRANT_LEDGER_PASSWORD", Self.password),
    ]

    /// Starts everything.
    init(_ release: Release) throws {
        let machine = try Machine.running(release)
        self.machine = machine
        self.ledger =
            release == .bookworm
            ? ("redis-server", "/etc/redis/redis.conf") : ("valkey-server", "/etc/valkey/valkey.conf")
        try self.machine.write("\(GateSite.secret)\n", to: MachineProgram.secret, mode: 0o400)
        try Film.make()
        let archive = "\(try Workspace.shared.makeDirectory("film"))/film.tar"
        let tar = try ChildProcess(
            ["tar", "-C", try Workspace.shared.root, "-cf", archive, Film.folder], log: "\(archive).log")
        guard try tar.waitForEnd() == .exited(0) else { throw Failure(try Files.text(tar.log)) }
        // The settings of the server are those of the article GrantLedgers.
        try self.machine.run(
            """
            chown www-data \(MachineProgram.secret)
            mkdir -p \(Self.keys) \(Self.films)
            tar --no-same-owner -xf - -C \(Machine.root)
            seq 2000000 | head -c \(Self.big.size) >'\(Machine.root)/\(Self.big.name)'
            seq 2000000 | head -c \(Self.rated.size) >'\(Machine.root)/\(Self.rated.name)'
            install -d -o www-data -g www-data \(Self.logs)
            # Other tests' downloads are not in the access logs of these gates.
            truncate --no-create --size=0 /var/log/lighttpd/downloads.jsonl /var/log/nginx/downloads.jsonl \
                /var/log/apache2/downloads.jsonl
            printf '%s\\n' 'appendonly yes' 'appendfsync always' 'maxmemory-policy noeviction' 'requirepass \(Self.password)' \
                >>\(self.ledger.configuration)
            systemctl start \(self.ledger.service)
            a2enmod --quiet headers
            """, input: archive)
        for pair in CDNSigner.pairs {
            try self.machine.write(Files.text("\(CDNSigner.keys)/\(pair).pem"), to: "\(Self.keys)/\(pair).pem")
        }
        // nginx is the last one, because the setup of another server removes the units.
        self.sites = try [WebServer.lighttpd, .apacheFcgid, .nginx].map { server in
            var program = MachineProgram.gate
            program.options = ["downloads", "status"]
            program.edits = Self.edits(server)
            return try MachineSite(Delivery(server: server, streams: false, release: release), program)
        }
    }

    /// The settings of a gate.
    private static func edits(_ server: WebServer) -> [(old: String, new: String)] {
        let log = server == .nginx ? "/var/log/\(Self.unitLogs)" : Self.logs
        let values =
            Self.ledgerSettings + [
                ("SENDFILE_GRANT_COOKIE", "without-tls"), ("FASTCGI_ACCESS_LOG", "\(log)/\(server.folder).jsonl"),
                ("SENDFILE_CLOUDFRONT_KEYS", CDNSigner.pairs.map { "\(Self.keys)/\($0).pem" }.joined(separator: ",")),
                ("SENDFILE_CLOUDFRONT_URL", CDNSigner.url), ("SENDFILE_AKAMAI_KEY", CDNSigner.akamaiKey),
            ]
        func edit(_ line: String, _ make: (String, String) -> String) -> (old: String, new: String) {
            (line, ([line] + values.map(make)).joined(separator: "\n"))
        }
        switch server {
        case .lighttpd: return [edit("\"SENDFILE_DISPOSITION\" => \"attachment\",") { "\"\($0)\" => \"\($1)\"," }]
        case .nginx:
            let lines =
                [("SENDFILE_STATUS_PATH", "/-/status")].map { "Environment=\($0)=\($1)" }
                + ["LogsDirectory=\(Self.unitLogs)"]
            let line = edit("Environment=SENDFILE_DISPOSITION=attachment") { "Environment=\"\($0)=\($1)\"" }
            return [
                (line.old, ([line.new] + lines).joined(separator: "\n")), ("PrivateNetwork=yes", "PrivateNetwork=no"),
                ("RestrictAddressFamilies=AF_UNIX", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"),
            ]
        default: return [edit("FcgidInitialEnv SENDFILE_DISPOSITION attachment") { "FcgidInitialEnv \($0) \"\($1)\"" }]
        }
    }

    /// Stops everything, because other tests use the machine.
    func remove() throws {
        for site in self.sites { try site.remove() }
        try self.machine.run("systemctl stop \(self.ledger.service); rm -rf \(Self.films) \(Self.keys) \(Self.logs)")
    }

    /// Stops or starts the server of the ledger.
    func ledger(_ verb: String) throws { try self.machine.run("systemctl \(verb) \(self.ledger.service)") }

    /// The output of a subcommand, for the ledger.
    @discardableResult
    func grants(_ arguments: String) throws -> String {
        let settings = Self.ledgerSettings.map { "\($0)='\($1)'" }.joined(separator: " ")
        return try self.machine.run("\(settings) sendfile-gate grants \(arguments)")
    }

    /// The sockets of a gate; mod_fcgid has one for each process.
    func sockets(_ site: MachineSite) throws -> [String] {
        switch site.delivery.server {
        case .lighttpd: ["/run/lighttpd/sendfile-gate-0"]
        case .nginx: ["/run/sendfile-gate.sock"]
        // A previous Apache may have left its sockets: only those of processes are in /proc/net/unix.
        default:
            try self.machine.run("awk '$8 ~ /fcgid.sock/ { print $8 }' /proc/net/unix | sort --unique")
                .split(separator: "\n").map(String.init)
        }
    }

    /// Both logs of a gate's downloads.
    func logs(_ site: MachineSite) -> [String] {
        let server = site.delivery.server
        let folder = server == .apacheFcgid ? "apache2" : server.folder
        return [
            "\(server == .nginx ? "/var/log/\(Self.unitLogs)" : Self.logs)/\(server.folder).jsonl",
            "/var/log/\(folder)/downloads.jsonl",
        ]
    }

    /// Lets clients with addresses of their own send a request to the gates in turn, all at once.
    ///
    /// - Returns: The number of clients by the status of their response.
    func ask(_ target: String, clients: Int) throws -> [Int: Int] {
        let ports = self.sites.map { String($0.client.port) }.joined(separator: " ")
        let output = try self.machine.run(
            """
            set -- \(ports)
            for client in $(seq 2 \(clients + 1)); do
                eval "port=\\${$((client % $# + 1))}"
                curl -s -o /dev/null -w '%{http_code}\\n' --interface 127.0.0.$client "http://127.0.0.1:$port\(target)" &
            done
            wait
            """)
        return output.split(separator: "\n").reduce(into: [:]) { $0[Int($1) ?? 0, default: 0] += 1 }
    }
}
