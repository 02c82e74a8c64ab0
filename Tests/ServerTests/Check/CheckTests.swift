import Glibc
import Testing

extension ServerTests {
    @Suite struct CheckTests {
        @Test("Nothing is found wrong with the configurations in conf", arguments: WebServer.allCases)
        func unbroken(_ server: WebServer) throws {
            let site = try CheckedSite(server)
            let result = try CheckCommand.run(site.arguments(["--json"]))
            let report = try CheckReport(from: result.output)
            #expect(result.status == 0, "\(report.summary)\n\(site.logs)")
            #expect(report.diagnoses("fail").isEmpty, "\(report.summary)")
            #expect(report.diagnoses("warn").isEmpty, "\(report.summary)")
            #expect(report.server == server.folder)
            // All that can be seen was looked at.
            let skipped = report.findings.filter { $0.status == "skipped" }.map(\.check)
            #expect(skipped == (geteuid() == 0 ? ["socket"] : skipped))
            #expect(try Files.names(in: "\(site.root)/reports") == ["q3.pdf"])
            try site.stop()
        }

        @Test(
            "Each mistake is named, alone, with the line to change",
            arguments: BrokenSetup.nginx + BrokenSetup.lighttpd + BrokenSetup.apache + BrokenSetup.caddy)
        func broken(_ setup: BrokenSetup) throws {
            guard !setup.needsRoot || geteuid() == 0 else {
                try Test.cancel("only root can make a file that another user cannot read")
            }
            let site = try CheckedSite(
                setup.server, edits: setup.edits, backend: setup.backend, program: setup.program
            ) { root in
                guard let mode = setup.mode else { return }
                guard chmod("\(root)/reports", mode) == 0 else { throw Failure.system("chmod") }
            }
            let result = try CheckCommand.run(site.arguments(["--json"] + setup.arguments))
            let report = try CheckReport(from: result.output)
            #expect(report.diagnoses("fail") == setup.fails, "\(report.summary)\n\(site.logs)")
            #expect(report.diagnoses("warn") == setup.warns, "\(report.summary)\n\(site.logs)")
            #expect(result.status == (setup.fails.isEmpty ? 0 : 1))
            let check = (setup.fails + setup.warns)[0].prefix { $0 != "/" }
            let remedy = report.finding(String(check))?.remedy ?? []
            #expect(
                remedy.contains { $0.contains(setup.remedy.replacing("@ROOT@", with: site.root)) }, "\(remedy)")
            try site.stop()
        }
    }
}
