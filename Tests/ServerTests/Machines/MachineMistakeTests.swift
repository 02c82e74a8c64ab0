import Testing

extension ServerTests {
    /// `sendfile-gate check` of a gate after an ordinary mistake, on machines: their configurations are where an
    /// administrator writes them.
    @Suite(.serialized, .onMachines) struct MachineMistakeTests {
        private static let cases = MachineRequirements.inTurn(OrdinaryMistake.all)

        @Test("A mistake is the only diagnosis, with the line to change", arguments: Self.cases)
        func mistake(_ release: Release, _ mistake: OrdinaryMistake) throws {
            let machine = try Machine.running(release)
            try Self.writeSecret(machine, mistake.server)
            for file in mistake.files { try machine.write(file.text, to: file.path) }
            defer { for file in mistake.files { _ = try? machine.run("rm -f \(file.path)") } }
            var program = MachineProgram.gate
            program.edits = mistake.edits
            let delivery = Delivery(server: mistake.server, streams: false, release: release)
            try withLogs(of: MachineSite(delivery, program, isBroken: true)) { site in
                if mistake.script != "" { try machine.run(mistake.script) }
                defer { if mistake.undo != "" { _ = try? machine.run(mistake.undo) } }
                let output = try Self.check(site, mistake.host)
                let line = try Self.text(of: mistake.line, on: site)
                guard mistake.diagnosis != "" else {
                    #expect(output.contains("does not answer"), "\(output)")
                    #expect(output.contains(line), "\(line) is not in \(output)")
                    return
                }
                let report = try CheckReport(from: output)
                #expect(report.diagnoses("fail") == [mistake.diagnosis], "\(report.summary)")
                #expect(report.diagnoses("warn") == [], "\(report.summary)")
                let check = String(mistake.diagnosis.prefix { $0 != "/" })
                let remedy = report.finding(check)?.remedy ?? []
                #expect(remedy.contains { $0.contains(line) }, "\(line) is not in \(remedy)")
            }
        }

        private static let places = MachineRequirements.releases.flatMap { release in
            GateSite.servers.map { Delivery(server: $0, streams: false, release: release) }
        }

        @Test("A gate without a mistake has no finding, and nor has one whose rate is limited", arguments: Self.places)
        func good(_ delivery: Delivery) throws {
            let machine = try Machine.running(try #require(delivery.release))
            try Self.writeSecret(machine, delivery.server)
            let zone = "/etc/nginx/conf.d/another.conf"
            try machine.write("limit_req_zone $binary_remote_addr zone=one:1m rate=10r/s;\n", to: zone)
            defer { _ = try? machine.run("rm -f \(zone)") }
            var limited = MachineProgram.gate
            let location = "    location / {\n"
            limited.edits = [(location, "\(location)        limit_req zone=one burst=20 nodelay;\n")]
            for program in delivery.server == .nginx ? [.gate, limited] : [MachineProgram.gate] {
                try withLogs(of: MachineSite(delivery, program)) { site in
                    let report = try CheckReport(from: try Self.check(site, "127.0.0.1"))
                    #expect(report.failed == 0 && report.diagnoses("warn") == [], "\(report.summary)")
                    #expect(report.finding("link")?.status == "pass" && report.finding("public")?.status == "pass")
                }
            }
        }

        private static func writeSecret(_ machine: Machine, _ server: WebServer) throws {
            try machine.write("\(GateSite.secret)\n", to: MachineProgram.secret, mode: 0o400)
            try machine.run("chown \(server.startsProgram ? "www-data" : "root") \(MachineProgram.secret)")
        }

        private static func check(_ site: MachineSite, _ host: String) throws -> String {
            try site.machine.attempt(
                """
                SENDFILE_ROOT=\(Machine.root) SENDFILE_LINK_FORMAT=hmac \
                SENDFILE_LINK_SECRET_FILE=\(MachineProgram.secret) \
                sendfile-gate check --json --url http://\(host):\(site.client.port) --file plain.txt
                """
            ).output
        }

        /// The line with its place, as a remedy names it.
        private static func text(of line: OrdinaryMistake.Line, on site: MachineSite) throws -> String {
            let (file, text): (String, String)
            switch line {
            case .missing(let text): return text
            case .of(let path, let content): (file, text) = (path, content)
            case .ofGate(let content): (file, text) = (site.configuration, content)
            }
            let lines = try Files.text(site.machine.path(file)).split(
                separator: "\n", omittingEmptySubsequences: false)
            let number = try #require(lines.firstIndex { $0.contains(text) })
            return "\(file):\(number + 1)"
        }
    }
}
