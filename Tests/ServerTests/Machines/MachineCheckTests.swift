import Testing

extension ServerTests {
    /// `sendfile-gate check` on machines, where a program has the user and the limits that systemd sets.
    @Suite(.serialized, .onMachines) struct MachineCheckTests {
        private static let root = "/srv/checked/files"

        /// Writes the report below the root, and two directories beside it: with another report, and empty.
        private static func writeFiles(_ machine: Machine, mode: UInt32?) throws {
            try machine.run(
                """
                rm -rf /srv/checked
                mkdir -p \(root)/reports \(root)/public /srv/checked/other/reports /srv/checked/empty
                seq 4096 | sed 's/^/the report, line /' >\(root)/reports/q3.pdf
                seq 4096 | sed 's/^/old report, line /' >/srv/checked/other/reports/q3.pdf
                # A file that was modified less than a second ago is streamed.
                find /srv/checked -type f -exec touch -d @1600000000 {} +
                \(mode.map { "chmod \(String($0, radix: 8)) \(root)/reports" } ?? "")
                """)
        }

        private static func program(_ edits: [(old: String, new: String)] = []) -> MachineProgram {
            MachineProgram(
                path: "\(Machine.programs)/test-application", root: Self.root, ready: ("/ready", 200), edits: edits)
        }

        private static func check(_ site: MachineSite, _ arguments: [String] = []) throws -> CheckReport {
            try site.machine.write("Cookie: user=alice\n", to: "/root/cookie", mode: 0o600)
            let command = [
                "sendfile-gate check --url http://127.0.0.1:\(site.client.port)/private/reports/q3.pdf",
                "--file \(Self.root)/reports/q3.pdf --header @/root/cookie --root \(Self.root)",
                "--program \(Machine.programs)/test-application --write-test-files --json",
            ]
            let text = (command + arguments).joined(separator: " ")
            return try CheckReport(from: try site.machine.attempt(text).output)
        }

        private static let deliveries = MachineRequirements.releases.flatMap { release in
            WebServer.allCases.map { Delivery(server: $0, streams: false, release: release) }
        }

        @Test("The configurations in conf pass all checks", arguments: deliveries)
        func unbroken(_ delivery: Delivery) throws {
            try Self.writeFiles(Machine.running(try #require(delivery.release)), mode: nil)
            try withLogs(of: MachineSite(delivery, Self.program())) { site in
                let report = try Self.check(site)
                #expect(report.diagnoses("fail") == [], "\(report.summary)")
                #expect(report.diagnoses("warn") == [], "\(report.summary)")
                #expect(report.server == delivery.server.folder)
            }
        }

        /// One fault of each kind that a machine may show differently than the tests' own servers: permissions,
        /// sockets, dialects, modules.
        private static let mistakes: [(WebServer, String)] = [
            (.nginx, "internal forgotten"), (.nginx, "the program has not been started, and the socket is known"),
            (.nginx, "Apache's dialect"),
            (.nginx, "a directory that nginx's user may not enter"), (.nginx, "SENDFILE_BACKEND missing"),
            (.lighttpd, "x-sendfile not enabled"), (.lighttpd, "a docroot too narrow"),
            (.lighttpd, "a directory that lighttpd's user may not enter"),
            (.apacheFcgid, "XSendFile off"), (.apacheFcgid, "another XSendFilePath"),
            (.apacheFcgid, "a directory that Apache's user may not enter"), (.caddy, "another root"),
            (.caddy, "the program has not been started, and the socket is known"),
        ]

        private static let brokenSetups = MachineRequirements.releases.flatMap { release in
            Self.mistakes.flatMap { server, mistake in
                BrokenSetup.all.filter { $0.server == server && $0.mistake == mistake }.map { (release, $0) }
            }
        }

        @Test("Each fault is the only diagnosis, with the line to change", arguments: brokenSetups)
        func broken(_ release: Release, _ setup: BrokenSetup) throws {
            let machine = try Machine.running(release)
            try Self.writeFiles(machine, mode: setup.mode)
            let delivery = Delivery(server: setup.server, streams: false, release: release)
            let site = try MachineSite(
                delivery, Self.program(setup.edits), backend: setup.backend, isBroken: true)
            if setup.program == .missing {
                try machine.run("systemctl stop sendfile.socket sendfile.service; rm -f /run/sendfile.sock")
            }
            try withLogs(of: site) { site in
                let report = try Self.check(
                    site, setup.arguments.map { $0.replacing("@SOCKET@", with: "/run/sendfile.sock") })
                #expect(report.diagnoses("fail") == setup.fails, "\(report.summary)")
                #expect(report.diagnoses("warn") == setup.warns, "\(report.summary)")
                let check = (setup.fails + setup.warns)[0].prefix { $0 != "/" }
                let remedy = report.finding(String(check))?.remedy ?? []
                #expect(
                    remedy.contains { $0.contains(setup.remedy.replacing("@ROOT@", with: Self.root)) }, "\(remedy)")
            }
        }

        @Test("The faults are those of the table")
        func allMistakes() {
            #expect(Self.brokenSetups.count == Self.mistakes.count * MachineRequirements.releases.count)
        }
    }
}
