import Glibc
import Sendfile
import Testing

extension ServerTests {
    /// The units of `conf/systemd` with a real systemd, behind nginx.
    @Suite(.serialized, .onMachines) struct MachineUnitTests {
        @Test("The first request starts the program, as a dynamic user", arguments: MachineRequirements.releases)
        func start(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                try site.machine.run("systemctl stop sendfile.service")
                #expect(try site.machine.property("ActiveState") == "inactive")
                let answer = try site.client.get("/file/plain.txt")
                #expect(answer.status == 200)
                #expect(answer.body == Corpus.content(of: "plain.txt"))
                #expect(try site.machine.property("ActiveState") == "active")
                // The range of systemd's dynamic users.
                let user = try site.machine.run("stat -c %u /proc/\(site.machine.property("MainPID"))")
                #expect((61184...65519).contains(Int(user.dropLast()) ?? 0), "\(user)")
            }
        }

        @Test("The program's log is in the journal", arguments: MachineRequirements.releases)
        func journal(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let journal = try site.machine.journal()
                try site.machine.run("systemctl restart sendfile.service")
                #expect(try site.client.get("/file/plain.txt").status == 200)
                #expect(try journal().contains("listening on"))
            }
        }

        @Test("systemctl restart under load loses no request", arguments: MachineRequirements.releases)
        func restart(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let load = MachineLoad(site)
                for _ in 0..<8 {
                    try load.wait(forMore: 100)
                    // systemd counts starts, and refuses the sixth within ten seconds.
                    try site.machine.run("systemctl reset-failed sendfile.service")
                    try site.machine.run("systemctl restart sendfile.service")
                }
                try load.wait(forMore: 100)
                try load.stop()
                #expect(load.lost == [:])
                #expect(load.programs >= 8)
            }
        }

        @Test("A program that was killed or has crashed is restarted", arguments: MachineRequirements.releases)
        func crash(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                for signal in ["KILL", "SEGV", "ABRT"] {
                    #expect(try site.client.get("/ready").status == 200)
                    let process = try site.machine.property("MainPID")
                    try site.machine.run("systemctl kill --signal=\(signal) --kill-whom=main sendfile.service")
                    try site.machine.wait("the program runs again after SIG\(signal)") {
                        let now = try site.machine.property("MainPID")
                        return now != process && now != "0"
                    }
                    #expect(try site.client.get("/file/plain.txt").status == 200)
                    try site.machine.run("systemctl reset-failed sendfile.service")
                }
            }
        }

        @Test(
            "A program with an invalid setting is not restarted, and the journal contains the reason",
            arguments: MachineRequirements.releases)
        func wrongSetting(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let machine = site.machine
                let journal = try machine.journal()
                let dropIn = "/etc/systemd/system/sendfile.service.d"
                try machine.run("mkdir \(dropIn); systemctl stop sendfile.service")
                try machine.write("[Service]\nEnvironment=FASTCGI_WORKERS=many\n", to: "\(dropIn)/wrong.conf")
                try machine.run("systemctl daemon-reload")
                defer { _ = try? machine.run("rm -r \(dropIn); systemctl daemon-reload; systemctl reset-failed") }
                #expect(try site.client.get("/ready").status == 502)
                try machine.wait("the service has failed") { try site.machine.property("ActiveState") == "failed" }
                #expect(try site.machine.property("ExecMainStatus") == "78")
                let text = try journal()
                #expect(text.contains("FASTCGI_WORKERS"), "\(text)")
                #expect(text.contains("many"), "\(text)")
            }
        }

        @Test("systemd-analyze rates the units as safe", arguments: MachineRequirements.releases)
        func security(_ release: Release) throws {
            try MachineSite.withUnits(release) { site in
                let text = try site.machine.run("systemd-analyze security --no-pager sendfile.service")
                let line = try #require(text.split(separator: "\n").last { $0.contains("exposure level") })
                let figure = try #require(line.firstMatch(of: #/: (?<figure>[0-9.]+) /#)?.output.figure)
                print("\(release.testDescription): sendfile.service: exposure level \(figure) of 10")
                #expect(try #require(Double(figure)) < 2, "\(text)")
            }
        }
    }
}
