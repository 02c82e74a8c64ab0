import Glibc
import Testing

extension ServerTests {
    @Suite struct CheckCommandTests {
        /// Invalid arguments, with the expected status and message.
        static let refusals: [(arguments: [String], status: Int32, text: String)] = [
            (["--url", "ftp://localhost/a", "--file", "/etc/passwd"], 64, "--url is \"ftp://localhost/a\""),
            (["--url", "http://localhost/a b", "--file", "/etc/passwd"], 64, "spaces as %20"),
            (
                ["--url", "http://localhost/a", "--file", "passwd"], 64,
                "--file is \"passwd\", which is not an absolute path"
            ),
            (
                ["--url", "http://localhost/a", "--file", "/nowhere"], 64,
                "--file is \"/nowhere\", which cannot be read"
            ),
            (["--url", "http://localhost/a", "--file", "/etc"], 64, "not a regular file"),
            (["--url", "http://localhost/a", "--file", "/dev/null"], 64, "not a regular file"),
            (
                ["--url", "http://localhost/a", "--file", "/etc/passwd", "--root", "/srv"], 64,
                "does not contain --file"
            ),
            (["--url", "http://localhost/a", "--file", "/etc/passwd", "--timeout", "0"], 64, "--timeout is 0"),
            (["--url", "http://localhost/a", "--file", "/etc/passwd", "--header", "s3cret"], 64, "not a header field"),
            (["--url", "http://localhost/a", "--file", "/etc/passwd", "--header", "@/nowhere"], 64, "\"@/nowhere\""),
            (["--url", "http://localhost/a", "--file", "/etc/passwd", "--server", "iis"], 64, "lighttpd"),
            (["--url", "http://localhost/a", "--file", "/etc/passwd", "--program", "/nowhere"], 64, "--program"),
            (["--url", "http://127.0.0.1:1/a", "--file", "/etc/passwd"], 69, "http://127.0.0.1:1 does not answer"),
            (["--url", "http://nowhere.invalid/a", "--file", "/etc/passwd"], 69, "nowhere.invalid does not answer"),
            // Without a URL the target is a gate, and its settings are required.
            (["--file", "/etc/passwd"], 78, "SENDFILE_LINK_SECRET_FILE"),
        ]

        @Test("The error about an invalid argument names it and the remedy", arguments: Self.refusals.indices)
        func refused(_ index: Int) throws {
            let (arguments, status, text) = Self.refusals[index]
            let result = try CheckCommand.run(arguments)
            #expect(result.status == status, "\(result.output)")
            #expect(result.output.contains(text), "\(result.output)")
            #expect(!result.output.contains("s3cret"))
        }

        @Test("The error about an unknown user names the user")
        func user() throws {
            let site = try CheckedSite(.lighttpd)
            let result = try CheckCommand.run(site.arguments(["--user", "nobody-of-this-name"]))
            #expect(result.status == 64)
            #expect(result.output.contains("--user is \"nobody-of-this-name\""))
            try site.stop()
        }

        @Test(
            "Missing write permission beside the file skips only the checks with test files",
            .enabled(if: geteuid() == 0))
        func unwritable() throws {
            let site = try CheckedSite(.nginx)
            let arguments = try site.arguments(["--json"])
            try Files.giveToServer("\(site.directory)/cookie")
            let log = "\(site.directory)/check"
            let check = try ChildProcess(
                ChildProcess.asServer + [Workspace.shared.gate, "check"] + arguments, log: log)
            #expect(try check.waitForEnd() == .exited(0))
            let report = try CheckReport(from: Files.text(log))
            #expect(report.finding("names")?.status == "skipped")
            #expect(report.finding("names")?.title.contains("\(site.root)/reports does not accept test files") == true)
            #expect(report.finding("sender")?.status == "pass", "\(report.summary)")
            try site.stop()
        }

        @Test("The error about missing curl says what to install")
        func noCurl() throws {
            let directory = try Workspace.shared.makeDirectory("empty")
            let result = try CheckCommand.run(
                ["--url", "http://127.0.0.1:1/a", "--file", "/etc/passwd"], environment: ["PATH": directory])
            #expect(result.status == 64)
            #expect(result.output.contains("apt install curl"), "\(result.output)")
        }

        @Test("Other users see neither a cookie nor a URL in process arguments, and the report shows no URL query")
        func secrets() throws {
            let site = try CheckedSite(.lighttpd)
            let directory = try Workspace.shared.makeDirectory("curl")
            // A wrapper that logs its arguments and then runs curl.
            try Files.write(
                "#!/bin/sh\nprintf '%s\\n' \"$*\" >>'\(directory)/calls'\nexec /usr/bin/curl \"$@\"\n",
                to: "\(directory)/curl", mode: 0o755)
            var arguments = try site.arguments()
            arguments[1] += "?token=t0ken"
            let path = "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)"
            for more in [[], ["--json"]] {
                let result = try CheckCommand.run(arguments + more, environment: ["PATH": path])
                #expect(result.status == 0, "\(result.output)")
                #expect(!result.output.contains("t0ken"))
                #expect(!result.output.contains("alice"))
            }
            let calls = Set(try Files.text("\(directory)/calls").split(separator: "\n"))
            #expect(calls == ["--disable --config -"])
            try site.stop()
        }

        @Test("The help explains every check")
        func help() throws {
            let result = try CheckCommand.run(["--help"])
            #expect(result.status == 0)
            for check in ["permissions", "leak", "large-file", "revalidation", "internal", "public", "names", "clock"] {
                #expect(result.output.contains("\n  \(check)\n      "), "\(check)")
            }
        }

        @Test(
            "The result behind TLS and HTTP/2 is the same, if the certificate is trusted",
            .enabled(if: access("/usr/bin/openssl", X_OK) == 0))
        func tls() throws {
            let certificate = try Certificate(in: Workspace.shared.makeDirectory("tls"))
            let lines = "ssl_certificate \(certificate.file); ssl_certificate_key \(certificate.key);"
            let site = try CheckedSite(
                .nginx,
                edits: [("listen 127.0.0.1:@PORT@;", "listen 127.0.0.1:@PORT@ ssl http2; \(lines)")])
            var arguments = try site.arguments()
            arguments[1] = arguments[1].replacing("http://", with: "https://")
            let stranger = try CheckCommand.run(arguments)
            #expect(stranger.status == 69)
            #expect(stranger.output.contains("certificate"), "\(stranger.output)")
            let result = try CheckCommand.run(arguments + ["--insecure", "--strict"])
            #expect(result.status == 0, "\(result.output)")
            try site.stop()
        }
    }
}
