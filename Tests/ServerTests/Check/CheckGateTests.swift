import Glibc
import Testing

extension ServerTests {
    @Suite struct CheckGateTests {
        private func check(
            _ site: GateSite, _ arguments: [String] = [], environment: [String: String] = [:], path: String = ""
        ) throws -> (status: Int32, report: CheckReport) {
            let result = try CheckCommand.run(
                ["--json", "--url", "http://127.0.0.1:\(site.port)\(path)"] + arguments,
                environment: try site.environment.merging(environment) { $1 })
            return (result.status, try CheckReport(from: result.output))
        }

        @Test("A gate with the files of conf passes all checks", arguments: GateSite.servers)
        func unbroken(_ server: WebServer) throws {
            let (status, report) = try self.check(.shared(.init(server: server)), ["--write-test-files"])
            #expect(status == 0, "\(report.summary)")
            #expect(report.diagnoses("fail").isEmpty && report.diagnoses("warn").isEmpty, "\(report.summary)")
            #expect(report.findings.filter { $0.status == "skipped" }.map(\.check) == ["socket"])
        }

        @Test(
            "A gate with bound links or another format passes all checks",
            arguments: [
                GateSite.Setup(server: .nginx, settings: ["SENDFILE_LINK_BINDING": "address,method"]),
                GateSite.Setup(server: .lighttpd, format: "wsgi-xsendfile"),
            ])
        func bound(_ setup: GateSite.Setup) throws {
            let address = setup.settings.isEmpty ? [] : ["--for-address", "127.0.0.1"]
            let (status, report) = try self.check(.shared(setup), ["--gate", "--file", "team/report.txt"] + address)
            #expect(status == 0, "\(report.summary)")
        }

        /// Faults in the settings with which links are made.
        static let mistakes: [(environment: [String: String], path: String)] = [
            (["SENDFILE_LINK_SECRET_FILE": "", "SENDFILE_LINK_SECRET": "another-secret-than-that-of-the-gate"], ""),
            (["SENDFILE_LINK_FORMAT": "nginx-secure-link"], ""), ([:], "/elsewhere"),
        ]

        @Test(
            "A different secret, format or URL than the gate's is diagnosed",
            arguments: GateSite.servers, Self.mistakes.indices)
        func wrongSecret(_ server: WebServer, _ index: Int) throws {
            let (environment, path) = Self.mistakes[index]
            let (status, report) = try self.check(
                .shared(.init(server: server)), environment: environment, path: path)
            #expect(status == 1)
            #expect(report.diagnoses("fail") == ["link/wrong-secret"], "\(report.summary)")
            #expect(report.finding("link")?.remedy.contains { $0.contains("SENDFILE_LINK_SECRET_FILE") } == true)
        }

        @Test("A gate that streams causes a warning")
        func streams() throws {
            let site = try GateSite.shared(.init(server: .lighttpd, settings: ["SENDFILE_BACKEND": "stream"]))
            let (status, report) = try self.check(site, environment: ["SENDFILE_BACKEND": "lighttpd"])
            #expect(status == 0)
            #expect(report.diagnoses("warn") == ["sender/streamed", "large-file/streamed"], "\(report.summary)")
        }

        @Test("The report does not contain secrets")
        func secret() throws {
            let site = try GateSite.shared(.init(server: .nginx))
            let result = try CheckCommand.run(
                ["--url", "http://127.0.0.1:\(site.port)/"], environment: try site.environment)
            #expect(result.status == 0, "\(result.output)")
            #expect(!result.output.contains(GateSite.secret))
            #expect(!result.output.contains("signature="))
        }

        @Test(
            "A wrong clock is the only diagnosis",
            .enabled(if: Self.compiler != nil, "no C compiler is in PATH"),
            arguments: [-7200, 7200])
        func clock(_ seconds: Int) throws {
            let directory = try Workspace.shared.makeDirectory("clock")
            try Files.write(
                """
                #include <sys/syscall.h>
                #include <unistd.h>
                long time(long *now) {
                    long result[2];
                    syscall(SYS_clock_gettime, 0, result);
                    result[0] += \(seconds);
                    if (now) *now = result[0];
                    return result[0];
                }

                """, to: "\(directory)/clock.c")
            let compile = try ChildProcess(
                [#require(Self.compiler), "-shared", "-fPIC", "-o", "\(directory)/clock.so", "\(directory)/clock.c"],
                log: "\(directory)/log")
            #expect(try compile.waitForEnd() == .exited(0))
            let (status, report) = try self.check(
                .shared(.init(server: .nginx)), environment: ["LD_PRELOAD": "\(directory)/clock.so"])
            #expect(status == 1)
            #expect(report.diagnoses("fail") == ["clock/clock-off"], "\(report.summary)")
        }

        /// Swift's own, unless its toolchain comes without one.
        private static let compiler: String? = {
            let path = getenv("PATH").map { String(cString: $0) } ?? ""
            return ["clang", "cc", "gcc"].flatMap { name in path.split(separator: ":").map { "\($0)/\(name)" } }
                .first { access($0, X_OK) == 0 }
        }()
    }
}
