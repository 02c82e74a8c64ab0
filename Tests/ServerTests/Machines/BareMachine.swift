import Testing

/// A machine on which only one web server runs, as its package configures it, and no gate.
///
/// Machines are shared by all tests, so the previous state is restored at the end.
struct BareMachine {
    let machine: Machine
    let server: String

    /// Each web server on each release.
    static let setups = MachineRequirements.releases.flatMap { release in
        ["nginx", "lighttpd", "apache2"].map { (release, $0) }
    }

    /// Each web server on one release: two sets, in which no server is on the same release.
    static let setupsInTurn = (
        first: MachineRequirements.inTurn(["nginx", "lighttpd", "apache2"]),
        second: MachineRequirements.inTurn(["nginx", "lighttpd", "apache2"], from: 1)
    )

    /// The directories that a setup can change.
    private static let places = [
        "etc/nginx", "etc/lighttpd", "etc/apache2", "etc/sendfile-gate", "etc/systemd/system", "var/lib/apache2",
        "var/backups", "etc/hosts",
    ]

    /// Runs a test on such a machine.
    ///
    /// - Parameter server: `nginx`, `lighttpd` or `apache2`.
    static func with(_ server: String, _ release: Release, _ body: (BareMachine) throws -> Void) throws {
        let machine = try Machine.running(release)
        let places = Self.places.joined(separator: " ")
        try machine.run(
            """
            mkdir -p /root/bare
            mkdir -p /etc/sendfile-gate
            tar -C / -cf /root/bare/before.tar \(places)
            systemctl stop nginx lighttpd apache2 caddy
            ! test -e /etc/systemd/system/sendfile-gate.socket || systemctl stop sendfile-gate.socket sendfile-gate.service
            rm -rf /etc/sendfile-gate /etc/systemd/system/sendfile-gate* /etc/systemd/system/sendfile.*
            rm -f /etc/nginx/conf.d/sendfile* /etc/lighttpd/conf-enabled/90-sendfile* /etc/apache2/sites-enabled/sendfile*
            systemctl daemon-reload
            # make-root has changed these so that all servers run at the same time.
            ln -sf ../sites-available/default /etc/nginx/sites-enabled/default
            sed -i 's/^server.port .*/server.port                 = 80/' /etc/lighttpd/lighttpd.conf
            sed -i 's/^Listen 8083$/Listen 80/' /etc/apache2/ports.conf
            rm -f /etc/apache2/mods-enabled/proxy* /etc/apache2/mods-enabled/xsendfile* /etc/apache2/mods-enabled/fcgid*
            rm -rf /srv/reports /srv/big
            mkdir -p /srv/reports/q3
            seq 4096 | sed 's/^/the report, line /' >'/srv/reports/q3/report 1.pdf'
            mv /usr/local/bin/sendfile-gate /root/bare/sendfile-gate
            systemctl reset-failed
            systemctl start \(server)
            """)
        defer {
            _ = try? machine.run(
                """
                systemctl stop nginx lighttpd apache2
                umount --quiet --recursive /srv/reports /srv/reports/q3 2>/dev/null || true
                systemctl disable --now sendfile-gate.socket 2>/dev/null || true
                dpkg --purge sendfile-gate
                rm -rf \(places.split(separator: " ").filter { $0 != "etc/hosts" }.map { "/\($0)" }.joined(separator: " "))
                tar -C / -xf /root/bare/before.tar
                mv /root/bare/sendfile-gate /usr/local/bin/
                rm -rf /root/bare
                systemctl daemon-reload
                """)
        }
        // Debian's lighttpd is a simple service: systemd reports it as started before it listens.
        try machine.wait("\(server) listens") {
            try machine.attempt("curl --silent --output /dev/null http://localhost/").end == .exited(0)
        }
        try body(BareMachine(machine: machine, server: server))
    }

    /// Installs the Debian package: one command.
    func installPackage() throws {
        try self.machine.run("cat >/root/bare/gate.deb", input: MachinePackage.shared.get())
        try self.machine.run("dpkg --install /root/bare/gate.deb")
    }

    /// Runs `sendfile-gate init` without a terminal; one command.
    func setUp(_ options: String = "", url: String = "http://localhost/files/") throws -> (
        end: ChildProcess.End, output: String
    ) {
        let name = self.server == "apache2" ? "apache" : self.server
        return try self.machine.attempt(
            "sendfile-gate init --server \(name) --root /srv/reports --url \(url) \(options) </dev/null", seconds: 300)
    }

    /// The names, modes and contents of everything that a setup can change.
    func fingerprint() throws -> String {
        try self.machine.run(
            """
            find \(Self.places.map { "/\($0)" }.joined(separator: " ")) /run/sendfile-gate* /usr/lib/systemd/system \
                -printf '%p %m %u %g %l %s %T@\\n' -type f -exec sha256sum {} \\; 2>/dev/null | sort
            """)
    }

    /// The link that a successful setup prints: the last line.
    static func link(_ output: String) throws -> Substring {
        let line = try #require(output.split(separator: "\n").last)
        try #require(line.hasPrefix("http"), "\(output)")
        return line
    }

    /// Expects that a client on the machine gets the file by a link.
    ///
    /// - Parameter options: Options of curl.
    func expectFile(_ link: Substring, _ options: String = "") throws {
        try self.machine.run(
            "curl --silent --show-error --fail \(options) '\(link)' | cmp - '/srv/reports/q3/report 1.pdf'")
    }
}

/// The Debian package of the program under test.
enum MachinePackage {
    static let shared = Result { () throws -> String in
        let directory = try Workspace.shared.makeDirectory("package")
        guard let program = try MachinePrograms.shared.get().paths.first(where: { $0.hasSuffix("/sendfile-gate") })
        else {
            throw Failure("the static programs do not contain sendfile-gate")
        }
        let log = "\(directory)/build.log"
        let build = try ChildProcess(
            ["\(CodeBlock.package)/conf/debian/build", "--program", program, "--output", directory],
            environment: ChildProcess.plainEnvironment, log: log)
        let lines = try build.waitForEnd(seconds: 300)
        let text = try Files.text(log)
        guard lines == .exited(0), let path = text.split(separator: "\n").last else {
            throw Failure("conf/debian/build: \(lines)\n\(text)")
        }
        return String(path)
    }
}
