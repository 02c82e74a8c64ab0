import Glibc
import Testing

extension ServerTests {
    /// Maintenance of a web server by an administrator, a timer or a package, under load.
    @Suite(.serialized, .onMachines) struct MachineUpkeepTests {
        enum Work: String, CaseIterable, Sendable {
            case reload
            case logrotate
            /// From the previous version, or the same version again if the archive has no other.
            case upgrade

            /// The script; `nil` if Debian has none, or another delivery covers it.
            func script(_ server: WebServer) -> String? {
                switch self {
                case .reload: "systemctl reload \(server.service)"
                // Debian's Caddy logs to the journal.
                case .logrotate: server == .caddy ? nil : "logrotate --force /etc/logrotate.d/\(server.service)"
                case .upgrade:
                    server == .apacheFcgid
                        ? nil : "dpkg --force-confold --install /srv/packages/\(server.service)/installed/*.deb"
                }
            }

            /// The errors that clients may see instead of a response.
            func losses(_ server: WebServer, _ release: Release) -> [String] {
                let connections = ["Connection refused", "Connection reset", "the connection ended"]
                return switch (self, server) {
                // Caddy closes connections that it has accepted and not read.
                case (.reload, .caddy): connections
                // A request that needs another process asks a process manager that has just ended, and waits until the
                // socket's time limit.
                case (.reload, .apacheFcgid), (.logrotate, .apacheFcgid):
                    [Failure.system("receive", EAGAIN).description]
                // nginx hands its sockets over to the new version. On Debian 12 and 13, nginx-common restarts the service all the same.
                case (.upgrade, .nginx) where release == .forky: []
                // The old version stops before the new one starts.
                case (.upgrade, _): connections
                case (.reload, _), (.logrotate, _): []
                }
            }
        }

        /// With `UPKEEP=all` in the environment, also the two servers whose own faults occasionally fail a run:
        /// mod_fcgid, which in rare cases leaves a request waiting forever, and Caddy 2.6, which a reload can crash.
        private static let servers: [WebServer] =
            [.lighttpd, .nginx, .apacheProxyFcgi]
            + (getenv("UPKEEP").map { String(cString: $0) } == "all" ? [.apacheFcgid, .caddy] : [])

        private static let cases = MachineRequirements.releases.flatMap { release in
            Self.servers.map {
                Delivery(server: $0, streams: false, release: release)
            }
        }

        @Test(
            "A reload, log rotation and an upgrade lose only what the article documents, and no response is wrong",
            arguments: cases)
        func load(_ delivery: Delivery) throws {
            try withLogs(of: MachineSite(delivery)) { site in
                for work in Work.allCases {
                    guard let script = work.script(delivery.server) else { continue }
                    let versions = work == .upgrade ? try Self.installOlder(site) : nil
                    let load = MachineLoad(site, clients: 2)
                    try load.wait(forMore: 100)
                    let (end, output) = try site.machine.attempt(script)
                    try load.wait(forMore: 100)
                    try load.stop()
                    #expect(end == .exited(0), "\(output)")
                    let lost = load.lost
                    let title =
                        "\(delivery.testDescription): \(work.rawValue)\(versions.map { " (\($0.title))" } ?? "")"
                    print("\(title): \(load.answered) answered, lost \(lost)")
                    if let versions { #expect(try Self.version(site) == versions.newer) }
                    // No connection, or no answer; but never a wrong one.
                    let allowed = work.losses(delivery.server, site.machine.release)
                    #expect(lost.keys.allSatisfy { seen in allowed.contains { seen.contains($0) } }, "\(lost)")
                    try Self.restartCrashed(site)
                    #expect(try site.client.get("/file/plain.txt").body == Corpus.content(of: "plain.txt"))
                }
            }
        }

        /// The versions before and after an upgrade of the web server's package.
        private struct Versions {
            let older: String
            let newer: String

            var title: String {
                self.older == self.newer ? "\(self.newer) again" : "\(self.older) to \(self.newer)"
            }
        }

        /// Installs the previous version, if the archive had one when the machine's root was made.
        private static func installOlder(_ site: MachineSite) throws -> Versions {
            let newer = try Self.version(site)
            let folder = "/srv/packages/\(site.delivery.server.service)/older"
            try site.machine.run(
                "! test -d \(folder) || dpkg --force-confold --force-downgrade --install \(folder)/*.deb")
            try site.machine.wait("the older version answers") { (try? site.client.get("/ready"))?.status == 200 }
            let older = try Self.version(site)
            #expect((older != newer) == (access(site.machine.path(folder), F_OK) == 0))
            return Versions(older: older, newer: newer)
        }

        private static func version(_ site: MachineSite) throws -> String {
            try site.machine.run("dpkg-query --show --showformat '${Version}' \(site.delivery.server.service)")
        }

        /// Caddy 2.6 sometimes crashes when it is reloaded under load ("context: internal error: missing cancel
        /// error"), and Debian's unit does not restart it.
        private static func restartCrashed(_ site: MachineSite) throws {
            guard site.delivery.server == .caddy else { return }
            try site.machine.run("systemctl is-active --quiet caddy || systemctl start caddy")
            try site.machine.wait("Caddy answers") { (try? site.client.get("/ready"))?.status == 200 }
        }

        @Test(
            "logrotate moves the access log under load, and each download has its line",
            arguments: MachineRequirements.releases)
        func accessLog(_ release: Release) throws {
            var program = MachineProgram.application
            program.edits = [
                (
                    "UMask=0077",
                    """
                    UMask=0077
                    # The program's user can write only here.
                    LogsDirectory=downloads
                    Environment=FASTCGI_ACCESS_LOG=/var/log/downloads/downloads.jsonl
                    """
                )
            ]
            let rotation = try #require(try CodeBlock.all.first { $0.text.hasPrefix("/var/log/downloads/*.jsonl {") })
                .text
            let delivery = Delivery(server: .nginx, streams: false, release: release)
            try withLogs(of: MachineSite(delivery, program)) { site in
                let machine = site.machine
                try machine.write(rotation, to: "/etc/logrotate.d/downloads")
                try machine.run("rm -f /var/log/downloads/*")
                let load = MachineLoad(site)
                for _ in 0..<5 {
                    try load.wait(forMore: 100)
                    let output = try machine.run("logrotate --force /etc/logrotate.d/downloads")
                    #expect(output == "")
                }
                try load.wait(forMore: 100)
                try load.stop()
                #expect(load.lost == [:])
                // The program writes a line after its response, on another thread.
                var lines: [Substring] = []
                try machine.wait("each download has its line") {
                    lines = try machine.run("zcat --force /var/log/downloads/downloads.jsonl*").split(separator: "\n")
                    return lines.count >= load.files
                }
                #expect(lines.allSatisfy { $0.hasPrefix("{\"time\":") && $0.hasSuffix("}") })
                #expect(lines.count == load.files)
                #expect(try machine.run("ls /var/log/downloads/").split(separator: "\n").count == 6)
            }
        }
    }
}
