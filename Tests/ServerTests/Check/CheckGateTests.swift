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
            // The root of the tests contains links that lead out of it.
            #expect(report.diagnoses("fail").isEmpty, "\(report.summary)")
            #expect(report.diagnoses("warn") == ["permissions/leaves-root"], "\(report.summary)")
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
        static let mistakes: [(environment: [String: String], path: String, diagnosis: String, remedy: String)] = [
            (
                ["SENDFILE_LINK_SECRET_FILE": "", "SENDFILE_LINK_SECRET": "another-secret-than-that-of-the-gate"], "",
                "link/wrong-secret", "systemctl restart sendfile-gate.service"
            ),
            (["SENDFILE_LINK_FORMAT": "nginx-secure-link"], "", "link/other-format", "SENDFILE_LINK_FORMAT=hmac"),
            (["SENDFILE_LINK_BINDING": "method"], "", "link/other-binding", "SENDFILE_LINK_BINDING="),
            ([:], "/elsewhere", "link/other-prefix", "SENDFILE_LINK_PREFIX"),
        ]

        @Test(
            "A different secret, format or URL than the gate's is diagnosed",
            arguments: GateSite.servers, Self.mistakes.indices)
        func wrongSecret(_ server: WebServer, _ index: Int) throws {
            let (environment, path, diagnosis, remedy) = Self.mistakes[index]
            let (status, report) = try self.check(
                .shared(.init(server: server)), environment: environment, path: path)
            #expect(status == 1)
            #expect(report.diagnoses("fail") == [diagnosis], "\(report.summary)")
            #expect(report.finding("link")?.remedy.contains { $0.contains(remedy) } == true, "\(report.summary)")
        }

        /// An ordinary mistake in the configuration of a web server or of the gate.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let setup: GateSite.Setup
            let title: String
            /// The path of the gate's URL.
            var path = ""
            let diagnosis: String
            /// A part of the line to change.
            let remedy: String

            var testDescription: String { "\(self.setup.server.rawValue): \(self.title)" }

            init(
                _ server: WebServer, _ title: String, _ edits: [String: String] = [:], isPart: Bool = false,
                secretIsClosed: Bool = false, _ diagnosis: String, _ remedy: String
            ) {
                self.setup = GateSite.Setup(
                    server: server, isPart: isPart, edits: edits, secretIsClosed: secretIsClosed)
                self.title = title
                self.path = isPart ? "/downloads/" : ""
                (self.diagnosis, self.remedy) = (diagnosis, remedy)
            }
        }

        private static let location = "    location / {\n"

        static let ordinary: [Mistake] = [
            Mistake(
                .nginx, "a regular-expression location takes the links",
                [location: "    location ~ \\.txt$ { root /nowhere; }\n\(location)"], "link/gate-not-reached",
                "location ^~ /"),
            Mistake(
                .nginx, "try_files",
                ["        fastcgi_pass sendfile_gate;": "        try_files $uri =404; fastcgi_pass sendfile_gate;"],
                "link/gate-not-reached", "try_files …;   (remove it"),
            Mistake(
                .nginx, "REQUEST_URI is $uri", ["REQUEST_URI       $request_uri;": "REQUEST_URI $uri;"],
                "link/query-lost", "fastcgi_param REQUEST_URI $request_uri;"),
            Mistake(
                .nginx, "error_page 404 =200",
                [
                    location: """
                        location = /sorry.html { default_type text/html; return 200 "<html>sorry</html>"; }
                    \(location)fastcgi_intercept_errors on; error_page 404 =200 /sorry.html;

                    """
                ], "link/refusal-accepted", "without =200"),
            Mistake(
                .nginx, "a cache whose key has no query",
                [
                    "upstream sendfile_gate {":
                        "fastcgi_cache_path @RUN@/cache keys_zone=z:1m;\nupstream sendfile_gate {",
                    location: "\(location)fastcgi_cache z; fastcgi_cache_key $uri; fastcgi_cache_valid 200 1h;"
                        + " fastcgi_ignore_headers Cache-Control;\n",
                    "SENDFILE_BACKEND  nginx;": "SENDFILE_BACKEND stream;",
                ], "link/cached", "must contain $request_uri"),
            Mistake(
                .nginx, "a cache that stores refusals, whose key has no query",
                [
                    "upstream sendfile_gate {":
                        "fastcgi_cache_path @RUN@/refusals keys_zone=r:1m;\nupstream sendfile_gate {",
                    location: "\(location)fastcgi_cache r; fastcgi_cache_key $uri; fastcgi_cache_valid any 1m;"
                        + " fastcgi_ignore_headers Cache-Control;\n",
                ], "link/cached", "must contain $request_uri"),
            Mistake(
                .nginx, "a cache that keeps files longer than their links are valid",
                [
                    "upstream sendfile_gate {":
                        "fastcgi_cache_path @RUN@/kept keys_zone=k:1m;\nupstream sendfile_gate {",
                    location: "\(location)fastcgi_cache k; fastcgi_cache_key $request_uri; fastcgi_cache_valid 200 1h;"
                        + " fastcgi_ignore_headers Cache-Control; add_header X-Cache $upstream_cache_status;\n",
                    "SENDFILE_BACKEND  nginx;": "SENDFILE_BACKEND stream;",
                ], "link/cached", "fastcgi_cache off;"),
            Mistake(.nginx, "deny all", [location: "\(location)deny all;\n"], "link/gate-not-reached", "not deny all"),
            Mistake(
                .nginx, "a location without the prefix setting", isPart: true, "link/other-prefix",
                "Environment=SENDFILE_LINK_PREFIX=/downloads"),
            Mistake(
                .lighttpd, "a part of the site without the prefix setting", isPart: true, "link/other-prefix",
                "\"SENDFILE_LINK_PREFIX\" => \"/downloads\""),
            Mistake(
                .apacheFcgid, "a location without the prefix setting", isPart: true, "link/other-prefix",
                "FcgidInitialEnv SENDFILE_LINK_PREFIX \"/downloads\""),
            Mistake(
                .apacheFcgid, "without ExecCGI", ["        Options +ExecCGI\n": ""], "link/gate-not-reached",
                "Options +ExecCGI"),
            Mistake(
                .apacheFcgid, "Require all denied",
                ["Require all granted\n    </Location>": "Require all denied\n    </Location>"],
                "link/gate-not-reached", "Require all granted"),
            Mistake(
                .apacheFcgid, "a secret that Apache's user cannot read", secretIsClosed: true,
                "status/secret-unreadable", "chown www-data "),
        ]

        @Test("An ordinary mistake is the only diagnosis, with the line to change", arguments: Self.ordinary)
        func ordinaryMistake(_ mistake: Mistake) throws {
            guard !mistake.setup.secretIsClosed || geteuid() == 0 else {
                try Test.cancel("only root can make a file that another user cannot read")
            }
            let (status, report) = try self.check(
                .shared(mistake.setup), ["--file", "team/report.txt"], path: mistake.path)
            #expect(status == 1)
            #expect(report.diagnoses("fail") == [mistake.diagnosis], "\(report.summary)")
            if mistake.diagnosis == "link/cached" { #expect(report.diagnoses("warn") == [], "\(report.summary)") }
            let check = mistake.diagnosis.prefix { $0 != "/" }
            #expect(
                report.finding(String(check))?.remedy.contains { $0.contains(mistake.remedy) } == true,
                "\(report.summary)")
        }

        @Test("A secret that was replaced without a restart is diagnosed", arguments: GateSite.servers)
        func replacedSecret(_ server: WebServer) throws {
            let site = try GateSite.shared(.init(server: server, settings: ["SENDFILE_LINK_TIMEOUT": "3601"]))
            try Files.write("a-new-secret-of-the-gate-\(getpid())\n", to: "\(site.directory)/secret", mode: 0o400)
            let (status, report) = try self.check(site)
            #expect(status == 1)
            #expect(report.diagnoses("fail") == ["link/wrong-secret"], "\(report.summary)")
            #expect(report.finding("link")?.remedy.first?.contains("systemctl restart sendfile-gate.service") == true)
        }

        @Test("A symbolic link that leads out of the root is diagnosed")
        func linkOut() throws {
            let (status, report) = try self.check(.shared(.init(server: .nginx)), ["--file", "link-out.txt"])
            #expect(status == 1)
            #expect(report.diagnoses("fail") == ["status/leaves-root"], "\(report.summary)")
        }

        @Test("With the gate's settings in the environment, --url and --file of a file check the gate")
        func wholeURL() throws {
            let (status, report) = try self.check(
                .shared(.init(server: .nginx)), ["--file", "\(try Workspace.shared.root)/team/report.txt"],
                path: "/team/report.txt")
            #expect(status == 0, "\(report.summary)")
            #expect(report.finding("link")?.status == "pass", "\(report.summary)")
        }

        @Test("A client without the secret learns only that a gate refused the request")
        func question() throws {
            let site = try GateSite.shared(.init(server: .nginx))
            let nonce = String(repeating: "0", count: 32)
            for field in ["\(nonce).\(String(repeating: "0", count: 64))", nonce, "?"] {
                let answer = try site.client.get("/plain.txt", ["Sendfile-Gate-Check": field])
                #expect(answer.status == 404)
                #expect(answer.field("Sendfile-Gate-Check") == "unknown-key")
            }
            #expect(try site.client.get("/plain.txt").field("Sendfile-Gate-Check") == nil)
        }

        @Test("A gate that streams causes a warning")
        func streams() throws {
            let site = try GateSite.shared(.init(server: .lighttpd, settings: ["SENDFILE_BACKEND": "stream"]))
            let (status, report) = try self.check(site, environment: ["SENDFILE_BACKEND": "lighttpd"])
            #expect(status == 0)
            let warnings = ["permissions/leaves-root", "sender/streamed", "large-file/streamed"]
            #expect(report.diagnoses("warn") == warnings, "\(report.summary)")
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
