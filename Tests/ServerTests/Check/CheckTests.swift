import Glibc
import Testing

extension ServerTests {
    @Suite struct CheckTests {
        @Test("The configurations in conf pass all checks", arguments: WebServer.allCases)
        func unbroken(_ server: WebServer) throws {
            let site = try CheckedSite(server)
            let result = try CheckCommand.run(site.arguments(["--json"]))
            let report = try CheckReport(from: result.output)
            #expect(result.status == 0, "\(report.summary)\n\(site.logs)")
            #expect(report.diagnoses("fail").isEmpty, "\(report.summary)")
            #expect(report.diagnoses("warn").isEmpty, "\(report.summary)")
            #expect(report.server == server.folder)
            // All checks that are possible were run.
            let skipped = report.findings.filter { $0.status == "skipped" }.map(\.check)
            #expect(skipped == ["socket", "link", "fields"])
            #expect(try Files.names(in: "\(site.root)/reports") == ["q3.pdf"])
            try site.stop()
        }

        @Test(
            "Each fault is the only diagnosis, with the line to change",
            arguments: BrokenSetup.all)
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
            let result = try CheckCommand.run(
                site.arguments(["--json"] + setup.arguments, header: setup.header))
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

        @Test("REMOTE_USER is accepted with auth_basic")
        func password() throws {
            let site = try CheckedSite(
                .nginx,
                edits: [
                    (
                        "        #auth_basic           \"Downloads\";",
                        "        auth_basic \"Downloads\"; auth_basic_user_file @ROOT@/../users;"
                    ),
                    (
                        "        #fastcgi_param REMOTE_USER $remote_user;",
                        "        fastcgi_param REMOTE_USER $remote_user;"
                    ),
                ]
            ) { root in try Files.write("alice:{PLAIN}wonderland\n", to: "\(root)/../users") }
            let result = try CheckCommand.run(
                site.arguments(["--json"], header: "Authorization: Basic YWxpY2U6d29uZGVybGFuZA=="))
            let report = try CheckReport(from: result.output)
            #expect(result.status == 0, "\(report.summary)\n\(site.logs)")
            let title = try #require(report.finding("protected")).title
            #expect(title == "without the given headers the status is 401, with another password 401")
            #expect(!result.output.contains("YWxpY2U6"))
            // A password other than the one in the file.
            let wrong = try CheckCommand.run(
                site.arguments(["--json"], header: "Authorization: Basic YWxpY2U6YWxpY2U="))
            let status = try #require(CheckReport(from: wrong.output).finding("status"))
            #expect(status.diagnosis == "not-signed-in")
            #expect(status.cause?.hasPrefix("nginx asks for a name and a password") == true, "\(wrong.output)")
            try site.stop()
        }

        @Test("An unused password beside a cookie is not a fault")
        func uselessPassword() throws {
            let site = try CheckedSite(.nginx)
            let result = try CheckCommand.run(
                site.arguments(header: "Cookie: user=alice\nAuthorization: Basic YWxpY2U6d29uZGVybGFuZA=="))
            #expect(result.status == 0, "\(result.output)")
            #expect(!result.output.contains("another password"))
            try site.stop()
        }

        @Test("A regular-expression location does not affect the internal location")
        func regularExpression() throws {
            let site = try CheckedSite(
                .nginx,
                edits: [("    location / {", "    location ~ [.]pdf$ { root @ROOT@/../empty; }\n    location ^~ / {")])
            let result = try CheckCommand.run(site.arguments())
            #expect(result.status == 0, "\(result.output)\n\(site.logs)")
            try site.stop()
        }

        @Test("No line names the file's directory as the root if the root is unknown")
        func unknownRoot() throws {
            let site = try CheckedSite(.nginx, edits: [("alias @ROOT@/;", "alias @ROOT@/../empty/;")])
            let all = try site.arguments(["--json"])
            let index = try #require(all.firstIndex(of: "--root"))
            let result = try CheckCommand.run(Array(all[..<index] + all[(index + 2)...]))
            let report = try CheckReport(from: result.output)
            #expect(report.diagnoses("fail") == ["status/not-found-by-server"], "\(report.summary)")
            let remedy = try #require(report.finding("status")).remedy
            #expect(remedy.contains { $0.hasPrefix("alias <the directory of SENDFILE_ROOT>/;") }, "\(remedy)")
            #expect(remedy.contains { $0.contains("--root") }, "\(remedy)")
            #expect(!remedy.contains { $0.contains(site.root) }, "\(remedy)")
            try site.stop()
        }

        @Test("The finding about an unreachable program names the option that tests the socket")
        func closedSocket() throws {
            let site = try CheckedSite(.nginx, program: .missing)
            let cases: [([String], String, Bool)] = [
                ([], "status", true), (["--socket", site.socket], "socket", false),
            ]
            for (arguments, check, isNamed) in cases {
                let report = try CheckReport(from: CheckCommand.run(site.arguments(["--json"] + arguments)).output)
                let cause = try #require(report.finding(check)?.cause)
                #expect(cause.contains("--socket PATH") == isNamed, "\(cause)")
            }
            try site.stop()
        }

        @Test("The command of a remedy gives access to the web server's user", .enabled(if: geteuid() == 0))
        func remedy() throws {
            let site = try CheckedSite(.nginx) { root in
                for directory in [root, "\(root)/reports"] where chmod(directory, 0o700) != 0 {
                    throw Failure.system("chmod")
                }
                guard chmod("\(root)/reports/q3.pdf", 0o640) == 0 else { throw Failure.system("chmod") }
            }
            let first = try CheckReport(from: CheckCommand.run(site.arguments(["--json"])).output)
            let remedies = try #require(first.finding("permissions")).remedy
            #expect(remedies.count == 3)
            for remedy in remedies {
                let match = try #require(remedy.firstMatch(of: /chmod o\+[rx] [^)]+/))
                let shell = try ChildProcess(["sh", "-c", String(match.output)], log: "\(site.directory)/remedy.log")
                #expect(try shell.waitForEnd() == .exited(0))
            }
            let second = try CheckCommand.run(site.arguments())
            #expect(second.status == 0, "\(second.output)")
            try site.stop()
        }

        @Test("A terminal shows colours, unless NO_COLOR is set")
        func colours() throws {
            let site = try CheckedSite(.lighttpd)
            let arguments = try site.arguments(["--socket", "/nowhere/program.sock"])
            let plain = try CheckCommand.run(arguments)
            #expect(plain.status == 1)
            #expect(!plain.output.contains("\u{1B}"))
            #expect(plain.output.contains("FAIL  socket"))
            #expect(plain.output.contains("-> \"bin-path\" => "))
            let coloured = try CheckCommand.run(arguments, terminal: true)
            #expect(coloured.status == 1)
            #expect(coloured.output.contains("\u{1B}[1;31mFAIL\u{1B}[0m  socket"))
            #expect(coloured.output.contains("\u{1B}[32mok  \u{1B}[0m  bytes"))
            let asked = try CheckCommand.run(arguments, environment: ["NO_COLOR": "1"], terminal: true)
            #expect(!asked.output.contains("\u{1B}"))
            try site.stop()
        }

        @Test("A warning is a failure with --strict")
        func strict() throws {
            let site = try CheckedSite(.lighttpd, backend: "stream")
            #expect(try CheckCommand.run(site.arguments()).status == 0)
            #expect(try CheckCommand.run(site.arguments(["--strict"])).status == 1)
            try site.stop()
        }
    }
}
