import Glibc
import SignedLinks
import Testing

extension ServerTests {
    /// The messages between programs and a real systemd, with the units of `conf`.
    @Suite(.serialized, .onMachines) struct MachineNotificationTests {
        /// Adds settings to a unit for as long as `body` runs.
        private static func with(
            _ settings: String, of unit: String = "sendfile.service", on machine: Machine, _ body: () throws -> Void
        ) throws {
            let directory = "/etc/systemd/system/\(unit).d"
            try machine.run("mkdir -p \(directory)")
            try machine.write("[Service]\n\(settings)\n", to: "\(directory)/test.conf")
            try machine.run("systemctl daemon-reload")
            defer { _ = try? machine.run("rm -r \(directory); systemctl daemon-reload; systemctl reset-failed") }
            try body()
        }

        @Test(
            "systemctl start returns when the program accepts requests, and systemctl stop when it has ended",
            arguments: MachineRequirements.releases)
        func ready(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let machine = site.machine
                // The manager would wait for a minute and a half for a program that says nothing.
                try machine.run("systemctl stop sendfile.service; systemctl start sendfile.service", seconds: 30)
                #expect(try machine.property("Type") == "notify")
                #expect(try machine.property("SubState") == "running")
                #expect(try machine.property("StatusText") == "accepting requests")
                #expect(try machine.run("systemctl status sendfile.service").contains("\"accepting requests\""))
                try machine.run("systemctl stop sendfile.service")
                #expect(try machine.property("Result") == "success")
                #expect(try machine.property("SubState") == "dead")
            }
        }

        @Test(
            "An invalid setting fails systemctl start at once, and systemctl status contains its sentence",
            arguments: MachineRequirements.releases)
        func invalidSetting(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let machine = site.machine
                try machine.run("systemctl stop sendfile.service")
                try Self.with("Environment=FASTCGI_WORKERS=many", on: machine) {
                    let start = try machine.attempt("systemctl start sendfile.service", seconds: 30)
                    #expect(start.end != .exited(0))
                    #expect(try machine.property("ExecMainStatus") == "78")
                    let status = try machine.attempt("journalctl --sync; systemctl status --no-pager sendfile.service")
                    let sentence = "FASTCGI_WORKERS is \"many\", which is not a whole number, 1 or more"
                    #expect(status.output.contains("test-application: \(sentence)"), "\(status.output)")
                    print("\(release.testDescription): \(try machine.property("StatusText"))")
                    // The unit's dead state keeps the program's last words.
                    #expect(try machine.property("StatusText") == sentence)
                }
                try machine.run("systemctl start sendfile.service")
            }
        }

        @Test(
            "A program that is stopped by SIGSTOP is restarted by the watchdog",
            arguments: MachineRequirements.releases)
        func watchdog(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let machine = site.machine
                #expect(try machine.property("WatchdogUSec") == "30s")
                try Self.with("WatchdogSec=2s", on: machine) {
                    try machine.run("systemctl restart sendfile.service")
                    let journal = try machine.journal()
                    let process = try machine.property("MainPID")
                    // A program that responds is left alone for longer than the watchdog's time.
                    let begin = try Self.lastMessage(to: machine)
                    try machine.wait("messages have arrived for 4 s") {
                        try Self.lastMessage(to: machine) > begin + 4_000_000
                    }
                    #expect(try machine.property("MainPID") == process)
                    try machine.run("systemctl kill --signal=STOP --kill-whom=main sendfile.service")
                    try machine.wait("the watchdog restarts the program") {
                        let now = try machine.property("MainPID")
                        return now != process && now != "0"
                    }
                    #expect(try site.client.get("/file/plain.txt").body == Corpus.content(of: "plain.txt"))
                    #expect(try journal().contains("Watchdog timeout"))
                }
                try machine.run("systemctl restart sendfile.service")
            }
        }

        /// When the watchdog got its last message, in microseconds of the monotonic clock.
        private static func lastMessage(to machine: Machine) throws -> Int {
            Int(try machine.property("WatchdogTimestampMonotonic")) ?? 0
        }

        @Test("journalctl -p selects lines by their level", arguments: MachineRequirements.releases)
        func priorities(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let machine = site.machine
                for format in ["text", "json"] {
                    try Self.with("Environment=FASTCGI_LOG_FORMAT=\(format)", on: machine) {
                        try machine.run("systemctl restart sendfile.service")
                        let process = try machine.property("MainPID")
                        #expect(try site.client.get("/throw").status == 500)
                        func lines(_ priority: String) throws -> [Substring] {
                            try machine.run(
                                "journalctl --sync; journalctl --quiet --output=cat -p \(priority) _PID=\(process)"
                            ).split(separator: "\n")
                        }
                        let (errors, all) = (try lines("err"), try lines("info"))
                        #expect(errors.count == 1 && errors[0].contains("the handler threw"), "\(errors)")
                        #expect(all.count { $0.contains("listening on") } == 1, "\(all)")
                        // The journal removes the priority.
                        #expect((errors + all).allSatisfy { $0.hasPrefix(format == "json" ? "{\"time\":\"20" : "20") })
                    }
                }
                try machine.run("systemctl restart sendfile.service")
            }
        }

        @Test(
            "systemctl reload of the gate returns when the secrets are read, and loses no request",
            arguments: MachineRequirements.releases)
        func reload(_ release: Release) throws {
            let machine = try Machine.running(release)
            func write(_ keys: [String]) throws {
                try machine.write(keys.map { "\($0)\n" }.joined(), to: MachineProgram.secret, mode: 0o440)
                try machine.run("chgrp www-data \(MachineProgram.secret)")
            }
            func link(_ key: String) throws -> String {
                let parts = key.split(separator: ":").map(String.init)
                return try SignedLinks(keys: [LinkKey(id: parts[0], secret: parts[1])]).link(
                    to: "plain.txt", expires: .now + .seconds(600))
            }
            let first = "k0:the-first-secret-of-the-machine"
            try write([first])
            // The package's unit: the program reads the file itself.
            let unit = try Files.text("\(CodeBlock.package)/conf/debian/sendfile-gate.service")
            let lines = unit.split(separator: "\n").filter {
                ["ExecReload=", "NotifyAccess=", "SupplementaryGroups="].contains(where: $0.hasPrefix)
            }
            #expect(lines.count == 4)
            var program = MachineProgram.gate
            program.edits = [
                ("LoadCredential=secret:@SECRET@", lines.joined(separator: "\n")),
                ("=%d/secret", "=@SECRET@"),
            ]
            let delivery = Delivery(server: .nginx, streams: false, release: release)
            try withLogs(of: MachineSite(delivery, program)) { site in
                let (client, old) = (site.client, try link(first))
                let load = Load(clients: 3, requests: 1_000_000) { _ in
                    let answer = try client.get(old)
                    guard answer.status == 200, answer.body == Corpus.content(of: "plain.txt") else {
                        throw Failure("\(answer.status)")
                    }
                }
                let process = try machine.property("MainPID", of: "sendfile-gate.service")
                for number in 1...8 {
                    load.wait(forMore: 50)
                    let key = "k\(number):secret-\(number)-of-the-machine"
                    try write([key, first])
                    #expect(try client.get(link(key)).status == 404)
                    try machine.run("systemctl reload sendfile-gate.service", seconds: 30)
                    #expect(try client.get(link(key)).status == 200)
                }
                load.wait(forMore: 50)
                try load.stop()
                #expect(try machine.property("MainPID", of: "sendfile-gate.service") == process)
                #expect(
                    try machine.property("StatusText", of: "sendfile-gate.service")
                        == "accepting requests; SIGHUP: the secrets were read again")

                // Debian 12 has systemd 252, which does not know this type.
                guard release != .bookworm else { return }
                try Self.with("Type=notify-reload\nExecReload=", of: "sendfile-gate.service", on: machine) {
                    try machine.run("systemctl restart sendfile-gate.service")
                    #expect(try machine.property("Type", of: "sendfile-gate.service") == "notify-reload")
                    let key = "k9:secret-9-of-the-machine"
                    try write([key, first])
                    #expect(try client.get(link(key)).status == 404)
                    try machine.run("systemctl reload sendfile-gate.service", seconds: 30)
                    #expect(try client.get(link(key)).status == 200)
                }
            }
        }
    }
}
